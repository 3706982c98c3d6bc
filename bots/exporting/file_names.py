"""What a file in an archive is called: by its number and the sender's words, with an ending that starts no program."""

from __future__ import annotations

import re
import unicodedata

from bots.ai.transcription import ENDINGS as RECORDINGS

#: Characters of the sender's name that are kept.
LONGEST = 40
#: A content type -> the ending that opens it as what it is.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    **RECORDINGS,
    "audio/webm": "weba",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
}
#: Of any other file: a double click does nothing.
OTHER = "file"


def file_name(number: int, *, name: str, content_type: str) -> str:
    """`0012-Price-list.pdf`. Only letters, digits, `-`, `_` and `.`, of any script; `number` keeps names apart."""
    ending = ENDINGS.get(content_type, OTHER)
    written = unicodedata.normalize("NFC", name)
    if written.lower().endswith(f".{ending}"):
        written = written[: -len(ending) - 1]
    # \w leaves out what turns the direction of writing around, by which an ending could be hidden.
    stem = re.sub(r"[^\w.]+", "-", written).strip(".-_")[:LONGEST].rstrip(".-_")
    return f"{number:04}-{stem or content_type.partition('/')[0] or OTHER}.{ending}"
