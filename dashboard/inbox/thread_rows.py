"""The rows of a thread, a page at a time: by an index and never by counting, however long the conversation is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from bots.models import MediaFile, Message, Note

#: Messages of one page: two screens of a desktop, and three fifths of what fifty cost. And those that one live answer
#: brings at the most.
A_PAGE, MOST_NEW = 30, 200
#: Notes between the messages of one page.
MOST_NOTES = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """A message's place in its conversation: its time, and its id where two have the same."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id.hex}"

    @property
    def sort(self) -> str:
        return sort_key(self.at, self.id.hex)

    @classmethod
    def of(cls, message: Message) -> Cursor:
        return cls(message.timestamp, message.id)

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """None for what nobody was given."""
        at, _, identity = text.partition("_")
        try:
            moment = datetime.fromisoformat(at.replace(" ", "+"))
            return cls(moment, UUID(identity)) if moment.tzinfo else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Messages, oldest first; `before` is the one in front of them, `until` the time of the one that follows them."""

    messages: list[Message]
    before: Message | None
    until: datetime | None = None

    @property
    def has_newer(self) -> bool:
        return self.until is not None


def sort_key(moment: datetime, behind: str = "") -> str:
    """Texts that sort as the times do; without `behind`, in front of all that happened at the same time."""
    utc = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{utc}_{behind}" if behind else utc


def newest(conversation_id: UUID) -> Page:
    return _page(_older(_of(conversation_id), most=A_PAGE + 1))


def older_than(conversation_id: UUID, *, cursor: Cursor) -> Page:
    return _page(_older(_of(conversation_id).filter(_is_before(cursor)), most=A_PAGE + 1), until=cursor.at)


def newer_than(conversation_id: UUID, *, cursor: Cursor) -> Page:
    """The page that follows a message, which is its `before`."""
    found = _newer(_of(conversation_id).filter(_is_from(cursor)), most=A_PAGE + 2)
    shown, before = found[1 : A_PAGE + 1], next(iter(found), None)
    return Page(messages=shown, before=before, until=_time_of(found[A_PAGE + 1 :]))


def around(conversation_id: UUID, *, message: Message) -> Page:
    """A page with the message in its middle."""
    cursor = Cursor.of(message)
    behind = _newer(_of(conversation_id).filter(_is_from(cursor)), most=A_PAGE // 2 + 1)
    front = _older(_of(conversation_id).filter(_is_before(cursor)), most=A_PAGE // 2 + 1)
    page = _page(front, size=A_PAGE // 2)
    shown = [*page.messages, *behind[: A_PAGE // 2]]
    return Page(messages=shown, before=page.before, until=_time_of(behind[A_PAGE // 2 :]))


def since(conversation_id: UUID, *, cursor: Cursor) -> Page:
    """Everything from this message on; `has_newer` where that is more than one answer holds."""
    found = _newer(_of(conversation_id).filter(_is_from(cursor)), most=MOST_NEW + 1)
    before = _older(_of(conversation_id).filter(_is_before(cursor)), most=1)
    return Page(messages=found[:MOST_NEW], before=next(iter(before), None), until=_time_of(found[MOST_NEW:]))


def notes(conversation_id: UUID, *, since: datetime | None, until: datetime | None) -> list[Note]:
    found = Note.objects.filter(conversation_id=conversation_id)
    if since:
        found = found.filter(created_at__gte=since)
    if until:
        found = found.filter(created_at__lt=until)
    return list(reversed(found.order_by("-created_at")[:MOST_NOTES]))


def files(messages: Sequence[Message]) -> dict[tuple[UUID, int], MediaFile]:
    """The files of the messages, by their message and place; asks only where one has some."""
    wanted = [message.pk for message in messages if message.media]
    found = MediaFile.objects.filter(message__in=wanted) if wanted else ()
    return {(file.message_id, file.index): file for file in found}


def quoted(messages: Sequence[Message], *, contact_id: UUID) -> dict[str, Message]:
    """What messages answer or react to, by its external id or ours: the contact's own messages and those to them."""
    named = [name for message in messages for name in names_of_others(message)]
    known = {name: message for message in messages for name in (message.external_id, str(message.pk)) if name}
    missing = [name for name in named if name not in known]
    if not missing:
        return known
    ours = [name for name in missing if _is_uuid(name)]
    found = Message.objects.filter(Q(external_id__in=missing) | Q(pk__in=ours), conversation__contact_id=contact_id)
    for message in found.only(*PREVIEWED):
        known |= {str(message.pk): message, message.external_id or "": message}
    return known


def names_of_others(message: Message) -> list[str]:
    """The messages that this one speaks of: replied to, reacted to."""
    return [str(name) for key in ("replied_to", "reacted_to") if (name := message.metadata.get(key))]


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


PREVIEWED = ("id", "conversation_id", "external_id", "direction", "kind", "content", "author", "metadata", "timestamp")


def _of(conversation_id: UUID) -> QuerySet[Message]:
    """With the turns of the answers, of which only what a thread shows, and as `version` the bot's version of each."""
    found = Message.objects.filter(conversation_id=conversation_id).select_related("turn")
    shown = (field.attname for field in Message._meta.concrete_fields if field.attname != "told")
    return found.only(*shown, "turn__outcome", "turn__is_fallback").annotate(version=F("turn__configuration__version"))


def _is_before(cursor: Cursor) -> Q:
    return Q(timestamp__lte=cursor.at) & ~Q(timestamp=cursor.at, id__gte=cursor.id)


def _is_from(cursor: Cursor) -> Q:
    return Q(timestamp__gte=cursor.at) & ~Q(timestamp=cursor.at, id__lt=cursor.id)


def _older(found: QuerySet[Message], *, most: int) -> list[Message]:
    """The newest so many, newest first."""
    return list(found.order_by("-timestamp", "-id")[:most])


def _newer(found: QuerySet[Message], *, most: int) -> list[Message]:
    return list(found.order_by("timestamp", "id")[:most])


def _page(newest_first: list[Message], *, size: int = A_PAGE, until: datetime | None = None) -> Page:
    shown = newest_first[:size]
    before = newest_first[size] if len(newest_first) > size else None
    return Page(messages=list(reversed(shown)), before=before, until=until)


def _time_of(messages: list[Message]) -> datetime | None:
    return messages[0].timestamp if messages else None
