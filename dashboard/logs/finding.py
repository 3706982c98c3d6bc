"""From a filter to rows: by an index, or among a bounded number of the newest."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from bots.models import Message, WebhookLog
from dashboard import keyset
from dashboard.keyset import Page, Place
from dashboard.logs import searching
from dashboard.logs.filters import FAILED, REFUSED, Filter

#: Requests that led to no message, whose bodies are read for what is looked for.
MOST_READ = 3_000
#: Those of the index `webhook_uncommon`.
UNCOMMON = (*REFUSED, WebhookLog.Outcome.IGNORED, WebhookLog.Outcome.REPEAT)

Rows = QuerySet[WebhookLog]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`rows` in no order yet. `among`: the rows to look through, where no index knows the filter. `note`: how far was
    looked, where that is not everywhere."""

    rows: Rows
    among: Rows | None = None
    note: str = ""


def find(wanted: Filter) -> Found:
    in_time = WebhookLog.objects.filter(timestamp__gte=wanted.range.start, timestamp__lt=wanted.range.end)
    rows = in_time.filter(conditions(wanted))
    if wanted.slower_than:
        rows = rows.filter(processing_time__gte=wanted.slower_than)
    if wanted.words or wanted.number:
        keys, note = _searched(wanted, in_time=in_time)
        return Found(rows=rows.filter(pk__in=keys), note=note)
    if wanted.outcome == FAILED:
        failed = Message.objects.filter(direction=Message.Direction.IN, outcome=Message.Outcome.FAILED)
        failed = failed.filter(timestamp__gte=wanted.range.start).order_by("-timestamp")
        return Found(rows=rows.filter(message__in=list(failed.values_list("pk", flat=True)[: searching.MOST])))
    # Everything by its time, what is slow and what is uncommon by indexes of their own.
    is_uncommon = wanted.answered == "4xx" or wanted.outcome in UNCOMMON
    is_indexed = not wanted.is_narrowed or wanted.slower_than or is_uncommon
    return Found(rows=rows, among=None if is_indexed else in_time)


def page(found: Found, *, place: Place | None) -> Page[WebhookLog]:
    """One page, newest first, with all that a line shows; without the bodies."""
    rows = found.rows.select_related("message__turn", "message__conversation__contact", "channel").defer(*UNSHOWN)
    rows = rows.annotate(**NAMED)
    return keyset.page(rows, place=place, among=found.among)


#: What a line tells of a body, as Twilio calls it.
NAMED = {"reported_status": KT("body__MessageStatus"), "named": KT("body__From"), "named_to": KT("body__To")}
UNSHOWN = (
    "headers",
    "body",
    "channel__credentials",
    "message__media",
    "message__told",
    "message__turn__prompt",
    "message__turn__passages",
    "message__turn__answer",
)


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


def _searched(wanted: Filter, *, in_time: Rows) -> tuple[list[UUID], str]:
    """The keys of the newest requests with these words, or of this number, and how far was looked."""
    messages, is_cut = _messages(wanted)
    led = in_time.filter(message__in=messages).order_by("-timestamp").values_list("pk", flat=True)
    unlinked = in_time.filter(outcome__in=[*REFUSED, WebhookLog.Outcome.IGNORED], message=None)
    read = keyset.newest(unlinked, most=MOST_READ).annotate(text=Cast("body", TextField()))
    for part in (wanted.words, wanted.number):
        if part:
            read = read.filter(text__icontains=part)
    rest = read.order_by("-timestamp").values_list("pk", flat=True)
    note = f"Many messages fit: the newest {searching.MOST:,} of them are shown." if is_cut else ""
    return [*led[: 2 * searching.MOST], *rest[: searching.MOST]], note


def _messages(wanted: Filter) -> tuple[list[UUID], bool]:
    start, end = wanted.range.start, wanted.range.end
    if not wanted.number:
        return searching.with_words(wanted.words, start=start, end=end)
    of_number = searching.of_number(wanted.number, start=start, end=end)
    if wanted.words:
        of_number = of_number.filter(content__icontains=wanted.words)
    keys = list(of_number.order_by("-timestamp").values_list("pk", flat=True)[: searching.MOST])
    return keys, len(keys) == searching.MOST
