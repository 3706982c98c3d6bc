"""A program: `python -I extraction.py pdf|docx CHARACTERS < FILE` prints `{"text": ...}` or `{"problem": ...}` as JSON.

It is run by `documents.py`, imports nothing of Switchboard's, and gives up its rights before it looks at the file.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO

#: Bytes of memory, seconds of the processor's time, pages.
MOST_MEMORY = 512 * 1024 * 1024
MOST_TIME = 10
MOST_PAGES = 500
#: Bytes that a Word file may unfold to; a text of that size is a library.
MOST_UNFOLDED = 64 * 1024 * 1024


def bound() -> None:
    """Hold this process to its limits, whatever the file makes it do. It can write to no file."""
    limits = {resource.RLIMIT_AS: MOST_MEMORY, resource.RLIMIT_CPU: MOST_TIME, resource.RLIMIT_FSIZE: 0}
    for what, most in limits.items():
        with suppress(OSError, ValueError):  # macOS knows no bound of memory
            resource.setrlimit(what, (most, most))


def pdf_pages(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(content))
    # Many are locked against changes only, and open with no password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise PermissionError
    for page, _ in zip(reader.pages, range(MOST_PAGES), strict=False):
        yield page.extract_text()


def docx_paragraphs(content: bytes) -> Iterator[str]:
    from docx import Document
    from docx.table import Table

    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNFOLDED:
            raise MemoryError
    for block in Document(BytesIO(content)).iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(cell.text for cell in row.cells)
        else:
            yield block.text


READERS: dict[str, Callable[[bytes], Iterator[str]]] = {"pdf": pdf_pages, "docx": docx_paragraphs}


def extract(content: bytes, *, family: str, most: int) -> dict[str, str]:
    text = ""
    try:
        for piece in READERS[family](content):
            text += piece + "\n"
            if len(text) > most:
                break
    except PermissionError:
        return {"problem": "locked"}
    except MemoryError:
        return {"problem": "too_large"}
    except Exception as error:  # noqa: BLE001 (a parser of broken files raises anything)
        if not text.strip():
            return {"problem": "locked" if type(error).__name__ == "FileNotDecryptedError" else "unreadable"}
    return {"text": text[: most + 1]}


if __name__ == "__main__":
    bound()
    print(json.dumps(extract(sys.stdin.buffer.read(), family=sys.argv[1], most=int(sys.argv[2]))))  # noqa: T201
