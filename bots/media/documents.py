"""The text of a document, read so that no document can harm the reader.

PDF and Word files are read by a program of its own (`extraction.py`) that has so much time, memory and nothing to write
to, and whose output is cut off: a bomb or a bug in a parser ends that program, not the worker.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Timer
from typing import IO, Any, Literal

from bots.media.files import Family, Problem
from bots.storable import storable

PROGRAM = Path(__file__).with_name("extraction.py")
#: Seconds by the clock. The program ends itself sooner, by the processor's time.
LONGEST_READING = 15.0
#: Seconds that a document waits for its turn.
LONGEST_QUEUE = 15.0
#: Characters that are kept of a document: some 3,000 tokens, which each later turn is told again.
LONGEST_TEXT = 12_000
#: Bytes that the program may say: so many a character, escaped, and a little.
BYTES_A_CHARACTER, MORE_BYTES = 12, 1000
CUT = "\n[The rest of the file is left out.]"

#: Each takes a processor and half a gigabyte at the worst.
_places = BoundedSemaphore(max(2, os.cpu_count() or 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    text: str = ""
    problem: Problem | Literal[""] = ""


def read(content: IO[bytes], *, family: Family, most: int = LONGEST_TEXT) -> Document:
    """The document's text, at most `most` characters of it. Takes no longer than half a minute."""
    document = (
        _decoded(content.read(most * 4 + 4), most=most)
        if family == "text"
        else _extracted(content, family=family, most=most)
    )
    text = storable(document.text).strip()
    if document.problem or not text:
        return Document(problem=document.problem or "empty")
    return Document(text=text if len(text) <= most else text[:most].rstrip() + CUT)


def _decoded(content: bytes, *, most: int) -> Document:
    """Text in the encoding that its first bytes name, in UTF-8, or as Windows writes it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Document(text=content.decode("utf-16", "replace"))
    try:
        # A character may be cut in two at the end of what was read.
        return Document(text=content.decode("utf-8-sig", "strict" if len(content) < most * 4 else "ignore"))
    except UnicodeDecodeError:
        return Document(text=content.decode("cp1252", "replace"))


def _extracted(content: IO[bytes], *, family: Family, most: int) -> Document:
    if not _places.acquire(timeout=LONGEST_QUEUE):
        return Document(problem="unavailable")
    try:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(content, copy)
            copy.seek(0)
            said = _said(copy, family=family, most=most)
    finally:
        _places.release()
    try:
        found: Any = json.loads(said)
        return Document(text=str(found.get("text", "")), problem=found.get("problem", ""))
    except (ValueError, AttributeError):
        return Document(problem="unreadable")


def _said(copy: IO[bytes], *, family: Family, most: int) -> bytes:
    """What the program says of the file; cut short where it says too much or takes too long."""
    program = subprocess.Popen(
        [sys.executable, "-I", str(PROGRAM), family, str(most)],
        stdin=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    alarm = Timer(LONGEST_READING, program.kill)
    alarm.daemon = True
    alarm.start()
    try:
        assert program.stdout
        return program.stdout.read(most * BYTES_A_CHARACTER + MORE_BYTES)
    finally:
        alarm.cancel()
        program.kill()
        program.wait()
        if program.stdout:
            program.stdout.close()
