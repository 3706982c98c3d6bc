"""From a filter to rows: by an index, or among a bounded number of the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from bots.desk import said
from bots.desk.one_of import one_of
from bots.models import Message, WebhookLog
from dashboard import keyset
from dashboard.keyset import Page, Place
from dashboard.logs import searching
from dashboard.logs.filters import FAILED, REFUSED, Filter

#: Requests that led to no message, whose bodies are read for what is looked for.
MOST_READ = 3_000
#: A provider brings a message again for so long: Meta, up to seven days.
LATEST_REPEAT = timedelta(days=8)
#: Those of the index `webhook_uncommon`.
UNCOMMON = (*REFUSED, WebhookLog.Outcome.IGNORED, WebhookLog.Outcome.REPEAT)

Rows = QuerySet[WebhookLog]


class Gathered(NamedTuple):
    """What the histogram asks of a row, and its key as text: of a thousand rows a page reads fifty."""

    timestamp: datetime
    kind: str
    outcome: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`rows` in no order yet. `among`: the rows to look through, where no index knows the filter. `gathered`: all of
    them, newest first, where they were found by their keys and no index has them in order. `note`: how far was looked,
    where that is not everywhere."""

    rows: Rows
    among: Rows | None = None
    gathered: list[Gathered] | None = None
    note: str = ""


def find(wanted: Filter) -> Found:
    in_time = WebhookLog.objects.filter(timestamp__gte=wanted.range.start, timestamp__lt=wanted.range.end)
    rows = _narrowed(wanted)
    if wanted.number:
        keys, note = _of_number(wanted, in_time=in_time)
        return _gathered(_values(rows, keys=keys), note=note)
    if wanted.words:
        unlinked = _unlinked(wanted, in_time=in_time)
        if (few := said.few_with(wanted.words)) is not None:
            led = rows.filter(message__in=_reported(few, wanted=wanted))
            start, end = wanted.range.start, wanted.range.end
            values, note = searching.newest_of_few(_keyed(led), start=start, end=end, fields=Gathered._fields)
            return _gathered([*values, *_values(rows, keys=unlinked)], note=note)
        rows = rows.filter(Q(said.has_all(wanted.words, content="message__content")) | Q(one_of("pk", unlinked)))
    # Everything by its time; what failed, what is slow and what is uncommon by indexes of their own.
    is_uncommon = wanted.answered == "4xx" or wanted.outcome in (*UNCOMMON, FAILED)
    is_indexed = not wanted.is_narrowed or wanted.slower_than or is_uncommon
    in_this_time = rows.filter(timestamp__gte=wanted.range.start, timestamp__lt=wanted.range.end)
    return Found(rows=in_this_time, among=None if is_indexed else in_time)


def page(found: Found, *, place: Place | None) -> Page[WebhookLog]:
    """One page, newest first, with all that a line shows; without the bodies."""
    rows = found.rows
    if found.gathered is not None:  # the page's own first: messages and contacts are looked up for them alone
        last = (place.at, place.key) if place else None
        behind = [row.key for row in found.gathered if last is None or (row.timestamp, row.key) < last]
        rows = WebhookLog.objects.filter(one_of("pk", behind[: keyset.A_PAGE + 1]))
    rows = rows.select_related("message__turn", "message__conversation__contact", "channel").only(*SHOWN)
    rows = rows.annotate(**NAMED)
    return keyset.page(rows, place=place, among=found.among)


#: What a line tells of a request; whatever else there is of it, of its message and of its turn is not read.
SHOWN = (
    "timestamp",
    "kind",
    "outcome",
    "error",
    "response_status",
    "processing_time",
    "processed_again_at",
    "message__timestamp",
    "message__metadata",
    "message__outcome",
    "message__outcome_reason",
    "message__turn__configuration",
    "message__conversation__contact__profile_name",
    "message__conversation__contact__phone",
    "channel__provider",
)
#: What a line tells of a body, as Twilio calls it.
NAMED = {"reported_status": KT("body__MessageStatus"), "named": KT("body__From"), "named_to": KT("body__To")}


def _values(rows: Rows, *, keys: list[UUID]) -> list[tuple[Any, ...]]:
    return list(_keyed(rows.filter(one_of("pk", keys))).values_list(*Gathered._fields)) if keys else []


def _keyed(rows: Rows) -> Rows:
    return rows.annotate(key=Cast("pk", TextField()))


def _gathered(values: list[tuple[Any, ...]], *, note: str) -> Found:
    gathered = sorted((Gathered(*row) for row in values), key=lambda row: (row.timestamp, row.key), reverse=True)
    rows = WebhookLog.objects.filter(one_of("pk", [row.key for row in gathered]))
    return Found(rows=rows, gathered=gathered, note=note)


def _reported(few: QuerySet[Message], *, wanted: Filter) -> QuerySet[Message]:
    """Those of few messages that a request of this filter can be about. The others' requests are not looked up."""
    if wanted.kind != WebhookLog.Kind.MESSAGE:
        return few
    since = wanted.range.start - LATEST_REPEAT
    return few.filter(direction=Message.Direction.IN).alias(at=F("timestamp") + timedelta()).filter(at__gte=since)


def conditions(wanted: Filter) -> Q:
    """What the tallies know as well: the same names stand in both tables."""
    found = Q()
    if wanted.outcome == FAILED:
        found &= Q(outcome=WebhookLog.Outcome.ACCEPTED)
    elif wanted.outcome:
        found &= Q(outcome=wanted.outcome)
    if wanted.kind:
        found &= Q(kind=wanted.kind)
    if wanted.channel:
        found &= Q(channel=wanted.channel)
    if wanted.answered == "4xx":
        found &= Q(outcome__in=REFUSED)
    elif wanted.answered:
        found &= ~Q(outcome__in=REFUSED)
    return found


def _narrowed(wanted: Filter) -> Rows:
    """By all but the time, the number and the words."""
    rows = WebhookLog.objects.filter(conditions(wanted))
    if wanted.slower_than:
        rows = rows.filter(processing_time__gte=wanted.slower_than)
    if wanted.outcome != FAILED:
        return rows
    failed = Message.objects.filter(direction=Message.Direction.IN, outcome=Message.Outcome.FAILED)
    failed = failed.filter(timestamp__gte=wanted.range.start).order_by("-timestamp")
    return rows.filter(message__in=list(failed.values_list("pk", flat=True)[: searching.MOST]))


def _of_number(wanted: Filter, *, in_time: Rows) -> tuple[list[UUID], str]:
    """The keys of the newest requests of this number, with these words, and how far was looked."""
    messages = searching.of_number(wanted.number, start=wanted.range.start, end=wanted.range.end)
    if wanted.words:
        messages = messages.filter(content__icontains=wanted.words)
    keys = list(messages.order_by("-timestamp").values_list("pk", flat=True)[: searching.MOST])
    led = in_time.filter(one_of("message_id", keys)).order_by("-timestamp").values_list("pk", flat=True)
    note = searching.CUT.format(most=searching.MOST) if len(keys) == searching.MOST else ""
    return [*led[: 2 * searching.MOST], *_unlinked(wanted, in_time=in_time)], note


def _unlinked(wanted: Filter, *, in_time: Rows) -> list[UUID]:
    """The keys of those that led to no message, among the newest: what is looked for stands in their bodies."""
    unlinked = in_time.filter(outcome__in=[*REFUSED, WebhookLog.Outcome.IGNORED], message=None)
    read = keyset.newest(unlinked, most=MOST_READ).annotate(text=Cast("body", TextField()))
    for part in (wanted.words, wanted.number):
        if part:
            read = read.filter(text__icontains=part)
    return list(read.order_by("-timestamp").values_list("pk", flat=True)[: searching.MOST])
