"""From a filter to conversations: a page of them for the inbox, or all of them for an export."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from bots.desk import lists, searching
from bots.desk.filters import Filter
from bots.desk.lists import Rows
from bots.desk.one_of import one_of
from bots.models import Conversation

ROWS_A_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last row that was shown: a page begins after it."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of the inbox. `messages`: by conversation, the newest message with the words that were searched for."""

    conversations: list[Conversation]
    following: Cursor | None
    messages: dict[UUID, UUID] = field(default_factory=dict)
    #: Older matches of the search were not looked at.
    is_cut: bool = False


def found(wanted: Filter, *, now: datetime) -> Rows:
    """All conversations of the filter, in no order and in whatever time that takes."""
    rows = _narrowed(wanted, now=now)
    return searching.everything(wanted, among=rows) if wanted.words else rows


def newest(wanted: Filter, *, now: datetime) -> Rows:
    """The filter's conversations in the order of its list, but for what is searched for."""
    return lists.in_order(_narrowed(wanted, now=now), view=wanted.view)


def first(wanted: Filter, *, now: datetime) -> QuerySet[Conversation, tuple[UUID, datetime]]:
    """What `Cursor` has of the rows with which that list begins: a page, and one more."""
    at = "waited_from" if wanted.view == "waiting" else "last_activity"
    return newest(wanted, now=now).values_list("id", at)[: ROWS_A_PAGE + 1]


def page(wanted: Filter, *, after: Cursor | None, now: datetime, size: int = ROWS_A_PAGE) -> Found:
    """The rows after the cursor, in a bounded time, with their contacts."""
    rows = _narrowed(wanted, now=now)
    matches = searching.newest(wanted, among=rows) if wanted.words else None
    if matches is not None:
        rows = rows.filter(one_of("pk", matches.conversations))
    rows = lists.in_order(_after(rows, after, wanted=wanted), view=wanted.view)
    shown = list(rows.select_related("contact")[: size + 1])
    return Found(
        conversations=shown[:size],
        following=cursor_of(shown[size - 1], wanted=wanted) if len(shown) > size else None,
        messages=matches.messages if matches else {},
        is_cut=matches is not None and matches.is_cut,
    )


def beginning(wanted: Filter, *, places: Sequence[Cursor]) -> Found:
    """The first page of a list, as `page` gives it, whose `first` rows were read already."""
    shown = places[:ROWS_A_PAGE]
    rows = Conversation.objects.filter(pk__in=[place.id for place in shown]).select_related("contact")
    known = {one.pk: one for one in rows}
    there = [place for place in shown if place.id in known]
    if wanted.view == "waiting":
        for place in there:
            known[place.id].waited_from = place.at  # type: ignore[attr-defined]  # as `lists.of` annotates it
    return Found(
        conversations=[known[place.id] for place in there],
        following=shown[-1] if len(places) > ROWS_A_PAGE else None,
    )


def among(wanted: Filter, *, ids: Collection[UUID], now: datetime) -> Found:
    """Those of some conversations that the filter finds, as `page` gives them, in the order of its list."""
    rows = _narrowed(wanted, now=now).filter(pk__in=ids)
    matches = searching.newest(wanted, among=rows) if wanted.words else None
    if matches is not None:
        rows = rows.filter(one_of("pk", matches.conversations))
    shown = list(lists.in_order(rows, view=wanted.view).select_related("contact"))
    return Found(conversations=shown, following=None, messages=matches.messages if matches else {})


def cursor_of(conversation: Conversation, *, wanted: Filter) -> Cursor:
    at = conversation.waited_from if wanted.view == "waiting" else conversation.last_activity  # type: ignore[attr-defined]
    return Cursor(at=at, id=conversation.pk)


def cursor_from(text: str) -> Cursor | None:
    """What `str(cursor)` gave; None for anything else."""
    moment, _, key = text.partition("~")
    try:
        at, conversation = parse_datetime(moment), UUID(key)
    except ValueError:
        return None
    return Cursor(at=at, id=conversation) if at is not None and at.tzinfo is not None else None


def _narrowed(wanted: Filter, *, now: datetime) -> Rows:
    rows = lists.of(wanted.view, now=now)
    if wanted.label is not None:
        rows = rows.filter(pk__in=Conversation.labels.through.objects.filter(label=wanted.label).values("conversation"))
    if wanted.assignee == "none":
        rows = rows.filter(assignee_id=None)
    elif wanted.assignee_id is not None:
        rows = rows.filter(assignee_id=wanted.assignee_id)
    if wanted.channel is not None:
        rows = rows.filter(contact__channel=wanted.channel)
    return rows


def _after(rows: Rows, cursor: Cursor | None, *, wanted: Filter) -> Rows:
    if cursor is None:
        return rows
    if wanted.view == "waiting":
        later = Q(waited_from__gt=cursor.at) | Q(waited_from=cursor.at, id__gt=cursor.id)
        return rows.filter(later, waited_from__gte=cursor.at)  # type: ignore[misc]  # `lists.of` annotates it
    earlier = Q(last_activity__lt=cursor.at) | Q(last_activity=cursor.at, id__lt=cursor.id)
    return rows.filter(earlier, last_activity__lte=cursor.at)
