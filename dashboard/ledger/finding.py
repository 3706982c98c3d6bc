"""From a filter to inbound messages: by an index, or among a bounded number of the newest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from bots.desk import said
from bots.desk.one_of import one_of
from bots.models import Conversation, Message
from dashboard import keyset
from dashboard.keyset import Page, Place
from dashboard.ledger.filters import WAITING, Filter
from dashboard.logs import searching

#: Conversations in which somebody waits that are looked at, the longest waiting first.
MOST_WAITING = 1_000

Rows = QuerySet[Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`rows` in no order yet. `among`: the rows to look through, where no index knows the filter. `gathered`: the time
    and key of all of them, newest first, where they were found by their keys. `note`: how far was looked, where that is
    not everywhere."""

    rows: Rows
    among: Rows | None = None
    gathered: list[tuple[datetime, str]] | None = None
    note: str = ""


def find(wanted: Filter) -> Found:
    start, end = wanted.range.start, wanted.range.end
    if wanted.words and (few := said.few_with(wanted.words)) is not None:
        few = _narrowed(few, wanted=wanted)
        few = few.annotate(key=Cast("pk", TextField()))  # as text: of a thousand rows a page reads fifty
        found, note = searching.newest_of_few(few, start=start, end=end, fields=["timestamp", "key"])
        gathered = [(at, key) for at, key in found]
        return Found(rows=_with_keys(key for _, key in gathered), gathered=gathered, note=note)
    in_time = Message.objects.filter(timestamp__gte=start, timestamp__lt=end)
    rows = _narrowed(in_time, wanted=wanted)
    if wanted.words:
        rows = rows.filter(said.has_all(wanted.words))
    is_indexed = not wanted.is_narrowed or wanted.outcome in (WAITING, Message.Outcome.FAILED)
    return Found(rows=rows, among=None if is_indexed else in_time)


def _narrowed(rows: Rows, *, wanted: Filter) -> Rows:
    """By all but the time and the words."""
    rows = rows.filter(direction=Message.Direction.IN)
    if wanted.reason:
        rows = rows.filter(outcome_reason=wanted.reason)
    if wanted.channel:
        rows = rows.filter(conversation__contact__channel=wanted.channel)
    if wanted.outcome == WAITING:
        return rows.filter(outcome="", conversation__in=waiting_conversations(most=MOST_WAITING))
    return rows.filter(outcome=wanted.outcome) if wanted.outcome else rows


def waiting_conversations(*, most: int) -> list[UUID]:
    """Those in which somebody waits, the longest first. Waiting messages themselves have no index by their time."""
    waiting = Conversation.objects.filter(waiting_since__isnull=False).order_by("waiting_since")
    return list(waiting.values_list("pk", flat=True)[:most])


def page(found: Found, *, place: Place | None) -> Page[Message]:
    """One page, newest first, with all that a line shows."""
    rows = found.rows
    if found.gathered is not None:
        last = (place.at, place.key) if place else None
        behind = [key for at, key in found.gathered if last is None or (at, key) < last]
        rows = _with_keys(behind[: keyset.A_PAGE + 1])
    return keyset.page(shown(rows), place=place, among=found.among)


def _with_keys(keys: Iterable[str]) -> Rows:
    return Message.objects.filter(one_of("pk", list(keys)))


def shown(rows: Rows) -> Rows:
    return rows.select_related("turn", "conversation__contact").only(*SHOWN)


#: What a line tells of a message; whatever else there is of it, of its turn and of its contact is not read.
SHOWN = (
    "timestamp",
    "kind",
    "content",
    "metadata",
    "outcome",
    "outcome_reason",
    "turn__configuration",
    "conversation__contact__profile_name",
    "conversation__contact__phone",
)
