"""What a file is: the provider's word for it, checked against its first bytes."""

from __future__ import annotations

from typing import Literal

#: What is done with a file: shown to the model, written down by a transcription service, read to text.
Family = Literal["image", "voice", "pdf", "docx", "text"]

#: Why a file was not opened. `not_taken`: the bot does not open such files. `gone`: the provider does not have it (any
#: more). `unavailable`, `not_heard`: the provider, or the transcription service, did not answer. `unreadable`: it is
#: broken, or not what it is said to be. `locked`: by a password. `empty`: there is nothing in it to be read.
Problem = Literal["not_taken", "too_large", "gone", "unavailable", "not_heard", "unreadable", "locked", "empty"]
#: Those that another look at the same bytes would find again.
LASTING: frozenset[str] = frozenset({"unreadable", "locked", "empty"})

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: What the provider calls it -> what is done with it. Images and sound are known by the first half of the word.
FAMILIES: dict[str, Family] = {
    "application/pdf": "pdf",
    DOCX: "docx",
    "text/plain": "text",
    "text/csv": "text",
    "text/markdown": "text",
    "text/x-markdown": "text",
    "text/tab-separated-values": "text",
    "application/csv": "text",
    "application/json": "text",
}
#: Files whose type nobody knew: the ending of the name tells.
ENDINGS: dict[str, Family] = {
    "pdf": "pdf",
    "docx": "docx",
    "txt": "text",
    "csv": "text",
    "md": "text",
    "json": "text",
}
UNKNOWN_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})

#: Bytes that are looked at.
HEAD = 1024
#: (where, what) -> content type. https://mimesniff.spec.whatwg.org, and RFC 4867 for AMR.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftyp", "audio/mp4"),
    (0, b"\x1aE\xdf\xa3", "audio/webm"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"PK\x03\x04", DOCX),
)


def essence(content_type: str) -> str:
    """`audio/ogg` of `audio/ogg; codecs=opus`."""
    return content_type.partition(";")[0].strip().lower()[:100]


def family_of(content_type: str, *, name: str = "") -> Family | None:
    """What would be done with such a file; None: nothing."""
    said = essence(content_type)
    if said in UNKNOWN_TYPES:
        return ENDINGS.get(name.rpartition(".")[2].lower())
    if said.startswith("audio/"):
        return "voice"
    return "image" if said.startswith("image/") else FAMILIES.get(said)


def true_type(head: bytes, *, family: Family) -> str:
    """The content type that a file of this family has by its first bytes; empty where it is not of this family."""
    if family == "pdf":
        # The marker may stand behind a mail header's rest: readers look for it in the first kilobyte.
        return "application/pdf" if b"%PDF-" in head else ""
    found = next((it for at, what, it in SIGNATURES if head[at:].startswith(what)), "")
    match family:
        case "text":
            return "" if found or (b"\0" in head.removeprefix(b"\xff\xfe") and not _is_utf16(head)) else "text/plain"
        case "docx":
            return found if found == DOCX else ""
        case "voice":
            return found if found.startswith("audio/") else ""
        case _:
            return found if found.startswith("image/") else ""


def moves(head: bytes) -> bool:
    """Whether an image is a moving one."""
    return b"NETSCAPE2.0" in head or (head[8:16] == b"WEBPVP8X" and bool(head[20] & 0b10)) or b"acTL" in head


def _is_utf16(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff"))
