"""A message with files, in words: what the model is told of it, now and as long as it remembers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bots.media.files import Family, Problem

LONGEST_NAME = 80

#: The kinds of messages (`bots.whatsapp.base.Kind`) -> what people call what came.
NOUNS = {
    "image": "photo",
    "audio": "voice note",
    "video": "video",
    "document": "file",
    "sticker": "sticker",
    "contacts": "contact card",
    "location": "location",
}
SOMETHING = "message of this kind"

_NOTE = re.compile(rf"^\[(?:{'|'.join(NOUNS.values())}|{SOMETHING})[^\]\n]*\] ?", re.MULTILINE)
_FILE = re.compile(r"\s*<file [^\n]*>\n.*?\n</file>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """One file of a message, and how far we got with it. `id` is our row's; `text` what was said or is written in it;
    `problem` why it was not opened, empty where it was."""

    noun: str
    family: Family | None = None
    id: str = ""
    content_type: str = ""
    name: str = ""
    text: str = ""
    problem: Problem | Literal[""] = ""


def told(content: str, *, files: Sequence[OpenedFile]) -> str:
    """What the model is told of a message: its words, and each file by a note, what was said in it or its text."""
    notes = [_note(file) for file in files]
    texts = [_quoted(file) for file in files if not file.problem and file.family in ("pdf", "docx", "text")]
    return "\n".join([" ".join([*notes, content]).strip(), *texts])


def spoken(told: str) -> str:
    """What the person said themselves, in writing or aloud: without our notes and without what stands in files."""
    return _NOTE.sub("", _FILE.sub("", told)).strip()


def _note(file: OpenedFile) -> str:
    if file.problem:
        return f"[{file.noun}, which you cannot open; the person has been told]"
    if file.family == "voice":
        return f"[{file.noun}] {file.text}"
    return f"[{file.noun}]"


def _quoted(file: OpenedFile) -> str:
    """The file's text between marks that it cannot hold itself: what it says stays inside."""
    inside = re.sub(r"<(?=\s*/?\s*file)", "‹", file.text, flags=re.IGNORECASE)
    name = re.sub(r"[^\w .,()+-]", "", file.name)[:LONGEST_NAME].strip() or "unnamed"
    return f'<file name="{name}">\n{inside}\n</file>'
