"""From rows to plain values: what every format is written from. However many there are, a few are in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from bots.exporting.packing import Pack
from bots.exporting.picking import Picked
from bots.media.files import essence
from bots.models import Contact, Conversation, MediaFile, Message

#: Conversations, and messages, that are read at a time.
CONVERSATIONS = 50
MESSAGES = 500
BOT = "Bot"
#: Of a message.
COLUMNS = (
    "id",
    "conversation_id",
    "timestamp",
    "direction",
    "author",
    "kind",
    "content",
    "status",
    "outcome",
    "outcome_reason",
    "error",
    "sent_at",
    "delivered_at",
    "read_at",
    "external_id",
    "media",
    "metadata",
)

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What stands at the head of a file. `contact` where it is all about one."""

    business: str
    scope: str
    format: str
    made_at: datetime
    conversations: int
    pack: Pack
    contact: Record | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A conversation, and its messages, oldest first: to be read once, before the next conversation is asked for."""

    conversation: Record
    messages: Iterable[Record]


def spoken(picked: Picked, *, pack: Pack, after_each: Callable[[int], None]) -> Iterator[Spoken]:
    """The conversations in their order; their files go into the pack. `after_each` is told how many are written, a few
    at a time."""
    done, record = 0, partial(message_record, pack=pack)
    for ids in picked.in_batches(CONVERSATIONS):
        rows = Conversation.objects.filter(pk__in=ids).select_related("contact__channel")
        rows = rows.defer("contact__channel__credentials").prefetch_related("labels", "notes")
        found = {row.pk: row for row in rows}
        by_conversation = groupby(_messages(ids), key=itemgetter("conversation_id"))
        following = next(by_conversation, None)
        for row in (found[pk] for pk in ids if pk in found):
            is_next = following is not None and following[0] == row.pk
            messages = following[1] if following is not None and is_next else ()
            yield Spoken(conversation_record(row), map(record, messages))
            if is_next:
                following = next(by_conversation, None)
        done += len(ids)
        after_each(done)


def _messages(ids: Collection[UUID]) -> Iterator[Record]:
    """The columns of all messages of these conversations, and their files: handed over by the database a few at a time,
    in the order of `pick`. As objects they would take twice as long."""
    rows = Message.objects.filter(conversation__in=ids).values(*COLUMNS)
    found = rows.order_by("conversation__started_at", "conversation_id", "timestamp", "pk").iterator(MESSAGES)
    while some := list(islice(found, MESSAGES)):
        files = _files_of([row["id"] for row in some])
        yield from ({**row, "files": files.get(row["id"], {})} for row in some)


def _files_of(messages: Collection[UUID]) -> dict[UUID, dict[int, MediaFile]]:
    """By message, and by the place in it."""
    files: dict[UUID, dict[int, MediaFile]] = {}
    for row in MediaFile.objects.filter(message__in=messages):
        files.setdefault(row.message_id, {})[row.index] = row
    return files


def contact_record(contact: Contact) -> Record:
    return {
        "id": str(contact.pk),
        "name": contact.profile_name,
        "number": contact.phone,
        "identity": contact.identity,
        "language": contact.language,
        "written_to": f"{contact.channel.provider}:{contact.channel.address}",
        "opted_out_at": _iso(contact.opted_out_at),
        "blocked_at": _iso(contact.blocked_at),
        "known_since": _iso(contact.created_at),
    }


def conversation_record(row: Conversation) -> Record:
    return {
        "id": str(row.pk),
        "contact": contact_record(row.contact),
        "started_at": _iso(row.started_at),
        "last_activity": _iso(row.last_activity),
        "is_active": row.is_active,
        "mode": row.mode,
        "labels": [label.name for label in row.labels.all()],
        "notes": [{"by": note.author, "at": _iso(note.created_at), "text": note.text} for note in row.notes.all()],
    }


def message_record(row: Record, *, pack: Pack) -> Record:
    """`by`: who wrote it, a member or the bot; empty: the contact."""
    is_ours = row["direction"] == Message.Direction.OUT
    return {
        "id": str(row["id"]),
        "at": _iso(row["timestamp"]),
        "direction": row["direction"],
        "by": (row["author"] or BOT) if is_ours else "",
        "kind": row["kind"],
        "text": row["content"],
        "files": [_file_record(row, index, pack=pack) for index in range(len(row["media"]))],
        "status": row["status"] if is_ours else "",
        "outcome": row["outcome"],
        "outcome_reason": row["outcome_reason"],
        "error": row["error"],
        "sent_at": _iso(row["sent_at"]),
        "delivered_at": _iso(row["delivered_at"]),
        "read_at": _iso(row["read_at"]),
        "provider_id": row["external_id"] or "",
    }


def _file_record(row: Record, index: int, *, pack: Pack) -> Record:
    """`path`: where it is beside the document; empty: nowhere, and `left_out` says why."""
    described, kept = row["media"][index], row["files"].get(index)
    path, left_out = pack.take(kept, at=row["timestamp"])
    name = kept.name if kept else described.get("name") or row["metadata"].get("file_name")
    return {
        "name": str(name or ""),
        "type": (kept and kept.content_type) or essence(str(described.get("content_type", ""))),
        "bytes": kept.bytes if kept else 0,
        "text": kept.text if kept else "",
        "path": path,
        "left_out": left_out,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
