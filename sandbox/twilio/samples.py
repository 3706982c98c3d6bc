"""The small files that ship with the phone, for those who have none at hand."""

from __future__ import annotations

from pathlib import Path

from sandbox.twilio.messages import Kind, MediaFile, new_sid

_FOLDER = Path(__file__).parent / "static" / "samples"

#: What WhatsApp makes of each: the file, its content type, the kind of message.
SAMPLES: dict[str, tuple[str, str, Kind]] = {
    "photo": ("photo.jpg", "image/jpeg", "image"),
    "voice": ("voice.ogg", "audio/ogg", "audio"),
    "document": ("menu.pdf", "application/pdf", "document"),
    "sticker": ("sticker.webp", "image/webp", "sticker"),
    "contact": ("contact.vcf", "text/vcard", "contacts"),
}
_KINDS: dict[str, Kind] = {"image": "image", "audio": "audio", "video": "video"}


def sample(name: str) -> tuple[MediaFile, Kind]:
    """A fresh copy of a sample. Raises `KeyError`."""
    file, content_type, kind = SAMPLES[name]
    content = (_FOLDER / file).read_bytes()
    return MediaFile(sid=new_sid("ME"), name=file, content_type=content_type, content=content), kind


def kind_of(content_type: str) -> Kind:
    """What WhatsApp shows a chosen file as."""
    if content_type in ("text/vcard", "text/x-vcard"):
        return "contacts"
    return _KINDS.get(content_type.split("/", maxsplit=1)[0], "document")
