"""Files that a business may send: what WhatsApp takes, and how large.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types and
https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bots.media.files import DOCX, SIGNATURES

Kind = Literal["image", "audio", "video", "document"]

MEGABYTE = 1024 * 1024
#: Bytes of one file, by its kind. Twilio carries nothing larger than 16 MB.
MOST: dict[Kind, int] = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
}
MOST_AT_TWILIO = 16 * MEGABYTE

OFFICE = "application/vnd.openxmlformats-officedocument."
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Office files are archives: the ending of the name tells which.
ARCHIVES = {
    "docx": DOCX,
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation",
}
OLD_OFFICE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
IMAGES = frozenset({"image/jpeg", "image/png"})
AUDIO = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/ogg"})


@dataclass(frozen=True, slots=True)
class Sendable:
    kind: Kind
    content_type: str

    def most_bytes(self, *, provider: str) -> int:
        return min(MOST[self.kind], MOST_AT_TWILIO) if provider == "twilio" else MOST[self.kind]


def recognise(head: bytes, *, name: str) -> Sendable | None:
    """What a file is by its first bytes (a kilobyte of them), and, among Office files, by its name; None: WhatsApp
    does not take it."""
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    archives = ARCHIVES if head.startswith(ZIP) else OLD_OFFICE if head.startswith(OLE) else None
    if archives is not None:
        content_type = archives.get(name.rpartition(".")[2].lower())
        return Sendable("document", content_type) if content_type else None
    if head.startswith(b"%PDF-"):
        return Sendable("document", "application/pdf")
    found = next((content_type for at, what, content_type in SIGNATURES if head[at:].startswith(what)), "")
    if found in IMAGES | AUDIO:
        return Sendable("image" if found in IMAGES else "audio", found)
    return Sendable("document", "text/plain") if not found and head and _is_text(head) else None


def _of_brand(brand: bytes) -> Sendable | None:
    """A file of the ISO base media format, by its major brand. https://mp4ra.org/registered-types/brands"""
    if brand.startswith(b"M4A"):
        return Sendable("audio", "audio/mp4")
    if brand.startswith(b"3gp"):
        return Sendable("video", "video/3gpp")
    if brand.startswith((b"mp4", b"iso", b"avc", b"M4V", b"dash", b"MSNV")):
        return Sendable("video", "video/mp4")
    return None


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; its last character may be cut off."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return False
        text = head[: error.start].decode("utf-8")
    return all(character.isprintable() or character in "\t\r\n\f" for character in text.removeprefix("\ufeff"))
