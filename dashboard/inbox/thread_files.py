"""A message's files and places as a thread shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.http import urlencode

from bots.media.files import essence
from bots.models import MediaFile, Message

Family = Literal["image", "sticker", "audio", "video", "document"]
State = Literal["there", "missing", "coming", "failed", "expired"]

#: What browsers show by themselves and cannot be made to run: everything else is only ever downloaded.
INLINE = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp"}
    | {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav", "audio/webm", "audio/flac"}
    | {"video/mp4", "video/3gpp", "video/webm", "application/pdf"}
)
#: Why a file could not be had, in words. `MediaFile.error` of a row whose fetch failed.
PROBLEMS = {
    "gone": "WhatsApp no longer has it.",
    "too_large": "It is too large to be kept.",
}
NOT_NOW = "It could not be fetched just now."
TYPES = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel table",
    "application/msword": "Word document",
    "application/vnd.ms-excel": "Excel table",
    "application/zip": "Archive",
    "text/plain": "Text",
    "text/csv": "Table",
    "text/vcard": "Contact card",
    "text/x-vcard": "Contact card",
}
#: Characters of a name's ending that says what a file is.
LONGEST_ENDING = 5
#: Degrees.
HIGHEST_LATITUDE, HIGHEST_LONGITUDE = 90, 180
MAP = "https://www.openstreetmap.org/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """One file. `missing`: nobody asked for it yet; `coming`: a worker was told; `failed`: `problem` says why.
    `index` says which one of the message's it is; `text`: what a voice note says."""

    family: Family
    state: State
    index: int
    name: str
    about: str
    url: str = ""
    text: str = ""
    problem: str = ""
    #: Worth being fetched as soon as somebody sees where it would stand: nobody tried yet.
    is_eager: bool = False
    #: It can be asked for (again).
    can_be_asked_for: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location that somebody sent. `url` leads to a map."""

    name: str
    address: str
    coordinates: str
    url: str


def shown_files(message: Message, *, rows: Mapping[tuple[UUID, int], MediaFile]) -> list[ShownFile]:
    return [
        _shown(message, index=index, described=described, row=rows.get((message.pk, index)))
        for index, described in enumerate(message.media)
    ]


def _shown(message: Message, *, index: int, described: Mapping[str, Any], row: MediaFile | None) -> ShownFile:
    content_type = row.content_type if row and row.content_type else essence(str(described.get("content_type", "")))
    family = _family(content_type, kind=message.kind)
    state, problem = state_of(row)
    name = (row.name if row else "") or str(described.get("name") or message.metadata.get("file_name") or "")
    size = filesizeformat(row.bytes) if row and row.bytes else ""
    return ShownFile(
        family=family,
        state=state,
        index=index,
        name=name or ("Document" if family == "document" else ""),
        about=" · ".join(part for part in (_type(content_type, name=name), size) if part),
        url=reverse("conversation_file", args=[row.pk]) if row and state == "there" else "",
        text=row.text if row and family == "audio" else "",
        problem=problem,
        is_eager=row is None and family in ("image", "sticker", "audio"),
        can_be_asked_for=bool(described.get("url")) and state in ("missing", "coming", "failed"),
    )


def _family(content_type: str, *, kind: str) -> Family:
    if kind == "sticker":
        return "sticker"
    half = content_type.partition("/")[0]
    if content_type in INLINE and half in ("image", "audio", "video"):
        return half  # type: ignore[return-value]
    return "document"


def state_of(row: MediaFile | None) -> tuple[State, str]:
    """How things stand with a file, and what went wrong with it, in words."""
    match row.state if row else None:
        case MediaFile.State.KEPT | MediaFile.State.READ:
            return "there", ""
        case MediaFile.State.EXPIRED:
            return "expired", "No longer kept: its time is over."
        case MediaFile.State.FETCHING:
            return "coming", ""
        case MediaFile.State.FAILED if row:
            return "failed", PROBLEMS.get(row.error, NOT_NOW)
        case _:
            return "missing", ""


def _type(content_type: str, *, name: str) -> str:
    ending = name.rpartition(".")[2] if "." in name else ""
    return TYPES.get(content_type) or (ending.upper() if 0 < len(ending) <= LONGEST_ENDING else "")


def place_of(message: Message) -> Place | None:
    """Where a location is; None for other messages, and for coordinates that are none."""
    known = message.metadata
    try:
        latitude, longitude = float(known.get("latitude", "")), float(known.get("longitude", ""))
    except (TypeError, ValueError):
        return None
    if message.kind != "location" or not (abs(latitude) <= HIGHEST_LATITUDE and abs(longitude) <= HIGHEST_LONGITUDE):
        return None
    query = urlencode({"mlat": str(latitude), "mlon": str(longitude)})
    return Place(
        name=str(known.get("label", "")) or "Location",
        address=str(known.get("address", "")),
        coordinates=f"{latitude:.5f}, {longitude:.5f}",
        url=f"{MAP}?{query}#map=16/{latitude}/{longitude}",
    )


def words_of(message: Message) -> str:
    """The message's text, without the line in which a location was put into words."""
    if message.kind != "location":
        return message.content
    return "\n".join(line for line in message.content.splitlines() if not line.startswith("Location: "))


def people_of(message: Message) -> list[str]:
    """The names on contact cards."""
    names = message.metadata.get("contact_names")
    return [str(name) for name in names if name] if isinstance(names, list) else []
