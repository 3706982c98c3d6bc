"""From a filter to inbound messages: by an index, or among a bounded number of the newest."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

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
    """`rows` in no order yet. `among`: the rows to look through, where no index knows the filter. `note`: how far was
    looked, where that is not everywhere."""

    rows: Rows
    among: Rows | None = None
    note: str = ""


def find(wanted: Filter) -> Found:
    in_time = Message.objects.filter(timestamp__gte=wanted.range.start, timestamp__lt=wanted.range.end)
    rows = in_time.filter(direction=Message.Direction.IN)
    if wanted.reason:
        rows = rows.filter(outcome_reason=wanted.reason)
    if wanted.channel:
        rows = rows.filter(conversation__contact__channel=wanted.channel)
    if wanted.outcome == WAITING:
        rows = rows.filter(outcome="", conversation__in=waiting_conversations(most=MOST_WAITING))
    elif wanted.outcome:
        rows = rows.filter(outcome=wanted.outcome)
    if wanted.words:
        keys, is_cut = searching.with_words(wanted.words, start=wanted.range.start, end=wanted.range.end)
        note = f"Many messages fit: the newest {searching.MOST:,} of them are shown." if is_cut else ""
        return Found(rows=rows.filter(pk__in=keys), note=note)
    is_indexed = not wanted.is_narrowed or wanted.outcome in (WAITING, Message.Outcome.FAILED)
    return Found(rows=rows, among=None if is_indexed else in_time)


def waiting_conversations(*, most: int) -> list[UUID]:
    """Those in which somebody waits, the longest first. Waiting messages themselves have no index by their time."""
    waiting = Conversation.objects.filter(waiting_since__isnull=False).order_by("waiting_since")
    return list(waiting.values_list("pk", flat=True)[:most])


def page(found: Found, *, place: Place | None) -> Page[Message]:
    """One page, newest first, with all that a line shows."""
    return keyset.page(shown(found.rows), place=place, among=found.among)


def shown(rows: Rows) -> Rows:
    return rows.select_related("turn", "conversation__contact").defer(
        "media", "told", "turn__prompt", "turn__passages", "turn__answer"
    )
