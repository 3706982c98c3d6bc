"""From rows to what stands in a thread, from top to bottom: days, messages, notes, what members did."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from bots.formatting.html import is_only_emoji, to_html
from bots.models import Message, Note
from dashboard.inbox import thread_files, thread_words
from dashboard.inbox.thread_files import Place, ShownFile
from dashboard.inbox.thread_rows import Cursor, sort_key

#: A pause after which the same speaker's next message begins a new run.
RUN = timedelta(minutes=5)
NOTHING = SafeString("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The message that one answers to, in a line; `anchor` leads to it."""

    who: str
    text: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something in a thread. `sort` orders items as texts; `short` and `version` tell a browser what it has already."""

    kind: Literal["day", "unread", "message", "note", "event"]
    key: str
    sort: str
    at: datetime
    text: str = ""
    html: SafeString = NOTHING
    who: str = ""
    message: Message | None = None
    shown: ShownMessage | None = None

    @property
    def clock(self) -> str:
        return f"{self.at:%H:%M}"

    @property
    def short(self) -> str:
        return self.key if self.kind == "day" else f"{self.kind[0]}{zlib.crc32(self.key.encode()):08x}"

    @property
    def version(self) -> str:
        return f"{zlib.crc32(repr((self.sort, self.text, self.html, self.who, self.shown)).encode()):08x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message's bubble, beside its words. `begins`: the first of a run; `times`: of its ticks, in words."""

    side: str
    speaker: thread_words.Speaker
    begins: bool
    is_emoji: bool
    cursor: str
    files: list[ShownFile]
    place: Place | None
    people: list[str]
    quote: Quote | None
    reactions: str
    status: str
    times: str
    outcome: str
    trouble: thread_words.Trouble | None
    template: str

    @property
    def holds_more(self) -> bool:
        """There is something in it besides words."""
        return bool(self.template or self.quote or self.files or self.place or self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a stretch of a thread is made of. `before`: the message in front of it."""

    messages: Sequence[Message]
    before: Message | None
    notes: Sequence[Note]
    events: Sequence[Mapping[str, Any]]
    files: Mapping[tuple[Any, int], Any]
    quoted: Mapping[str, Message]
    standing: thread_words.Standing
    provider: str
    zone: ZoneInfo
    today: date
    read_until: datetime | None = None


def items_of(rows: Rows) -> list[Item]:
    """In the order of their times."""
    reactions = _reactions(rows)
    hung = {message.pk for found in reactions.values() for message in found}
    entries: list[tuple[datetime, Message | Note | Mapping[str, Any]]] = [
        *((message.timestamp, message) for message in rows.messages if message.pk not in hung),
        *((note.created_at, note) for note in rows.notes),
        *((datetime.fromisoformat(entry["at"]), entry) for entry in rows.events),
    ]
    entries.sort(key=lambda entry: entry[0])
    return list(_in_order(entries, rows=rows, reactions=reactions))


def _in_order(
    entries: Sequence[tuple[datetime, Any]], *, rows: Rows, reactions: Mapping[str, list[Message]]
) -> Iterator[Item]:
    # A stretch begins with its day, also where the one before it ends with the same: the browser keeps the upper one.
    day = None
    previous, unread = rows.before, rows.read_until
    for moment, entry in entries:
        at = moment.astimezone(rows.zone)
        if at.date() != day:
            if day is not None:
                previous = None
            day = at.date()
            words = thread_words.day(at.date(), today=rows.today)
            yield Item(kind="day", key=f"day-{day}", sort=sort_key(moment), at=at, text=words)
        if unread and isinstance(entry, Message) and entry.direction == "in" and moment > unread:
            unread, previous = None, None
            yield Item(kind="unread", key="unread", sort=sort_key(moment), at=at)
        match entry:
            case Message():
                yield _message(entry, at=at, previous=previous, rows=rows, reactions=reactions)
                previous = entry
            case Note():
                key, html = f"n-{entry.pk}", mark_safe(to_html(entry.text))  # noqa: S308 (it escapes)
                yield Item(kind="note", key=key, sort=sort_key(moment, "n"), at=at, html=html, who=entry.author)
                previous = None
            case _:
                yield _event(entry, moment=moment, at=at)
                previous = None


def _message(
    message: Message,
    *,
    at: datetime,
    previous: Message | None,
    rows: Rows,
    reactions: Mapping[str, list[Message]],
) -> Item:
    who = thread_words.who(message)
    begins = previous is None or not _continues(message, previous)
    words = thread_files.words_of(message)
    shown = ShownMessage(
        side=message.direction,
        speaker=thread_words.speaker(message),
        begins=begins,
        is_emoji=is_only_emoji(words),
        cursor=str(Cursor.of(message)),
        files=thread_files.shown_files(message, rows=rows.files),
        place=thread_files.place_of(message),
        people=thread_files.people_of(message),
        quote=_quote(message, rows=rows),
        reactions=" ".join(dict.fromkeys(one.content for one in reactions.get(str(message.pk), ()) if one.content)),
        status=message.status if message.direction == Message.Direction.OUT else "",
        times=_times(message, zone=rows.zone),
        outcome=thread_words.outcome(message),
        trouble=thread_words.trouble(message, standing=rows.standing, provider=rows.provider),
        template=str(message.metadata.get("template", "")) if message.kind == "template" else "",
    )
    has_more = shown.files or shown.place or shown.people
    text = "" if words or has_more else _without_words(message)
    return Item(
        kind="message",
        key=f"m-{message.pk}",
        sort=sort_key(message.timestamp, message.pk.hex),
        at=at,
        text=text,
        html=mark_safe(to_html(words)),  # noqa: S308 (it escapes)
        who=who if begins else "",
        message=message,
        shown=shown,
    )


def _continues(message: Message, previous: Message) -> bool:
    is_same = message.direction == previous.direction and thread_words.who(message) == thread_words.who(previous)
    return is_same and message.timestamp - previous.timestamp < RUN


def _without_words(message: Message) -> str:
    if message.kind == "reaction":
        return "Took a reaction back"
    names = {"text": "No text", "unsupported": "A kind of message that cannot be shown here. See it on the phone."}
    return names.get(message.kind) or thread_words.preview(message)


def _event(entry: Mapping[str, Any], *, moment: datetime, at: datetime) -> Item:
    text, note = thread_words.event(entry), str(entry.get("note", ""))
    html = mark_safe(escape(note))  # noqa: S308 (it escapes)
    key = f"e-{zlib.crc32(f'{moment.isoformat()}{text}'.encode()):08x}"
    return Item(kind="event", key=key, sort=sort_key(moment, "e"), at=at, text=text, html=html)


def _reactions(rows: Rows) -> dict[str, list[Message]]:
    """Reactions at the messages of this stretch, by these messages' ids; a later one takes an earlier one's place.

    One to a message that is not here stands in the thread as itself."""
    here = {message.pk for message in rows.messages}
    found: dict[str, list[Message]] = {}
    for message in rows.messages:
        name = message.metadata.get("reacted_to") or message.metadata.get("replied_to")
        target = rows.quoted.get(str(name)) if message.kind == "reaction" and name else None
        if target is not None and target.pk in here and target.pk != message.pk:
            found.setdefault(str(target.pk), []).append(message)
    return found


def _quote(message: Message, *, rows: Rows) -> Quote | None:
    name = message.metadata.get("replied_to") or message.metadata.get("reacted_to")
    target = rows.quoted.get(str(name)) if name else None
    if target is None or target.pk == message.pk:
        return None
    who = "They" if target.direction == Message.Direction.IN else target.author or "Bot"
    return Quote(who=who, text=thread_words.preview(target), message_id=str(target.pk))


def _times(message: Message, *, zone: ZoneInfo) -> str:
    """`Written 14:02:11 · sent 14:02:12 · delivered 14:02:13`."""
    if message.direction == Message.Direction.IN:
        return f"Received {message.timestamp.astimezone(zone):%-d %b %Y, %H:%M:%S}"
    steps = [("Written", message.timestamp), ("sent", message.sent_at)]
    steps += [("delivered", message.delivered_at), ("read", message.read_at)]
    return " · ".join(f"{word} {moment.astimezone(zone):%H:%M:%S}" for word, moment in steps if moment)
