"""The histogram over the list: hours that are over come from the tallies, the rest is counted in this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Aggregate, Count, F, FloatField, Func, IntegerField, Q, QuerySet, Sum, Value
from django.http import QueryDict

from bots import tallies
from bots.models import WebhookLog, WebhookTally
from dashboard import keyset, ranges
from dashboard.charts import histogram
from dashboard.charts.bars import BarChart, bar_chart
from dashboard.charts.frame import Series
from dashboard.logs.filters import REFUSED, Filter
from dashboard.logs.finding import Found, Rows, conditions

#: Rows that are counted one by one; and drawn, where the tallies do not know the filter.
MOST_COUNTED, MOST_DRAWN = 50_000, 1_000
SERIES = (("Messages", "1"), ("Delivery statuses", "calm"), ("Refused", "bad"))
IS_REFUSED = Q(outcome__in=REFUSED)
PARTS = {
    "messages": Q(kind=WebhookLog.Kind.MESSAGE) & ~IS_REFUSED,
    "statuses": Q(kind=WebhookLog.Kind.STATUS) & ~IS_REFUSED,
    "refused": IS_REFUSED,
}

#: Where a span begins -> how many of each series.
Counts = dict[datetime, list[int]]
Counted = tuple[datetime, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """`total` of what is drawn; `note`: of what it is drawn, where that is not everything."""

    chart: BarChart
    title: str
    total: int
    note: str


def of(wanted: Filter, *, found: Found, given: QueryDict) -> Histogram:
    """`given`: the page's own query string, which each bar narrows to its span."""
    spans = wanted.range.parts
    counts, note = _counted(wanted) if wanted.is_counted else _drawn(wanted, found=found)
    columns = [counts.get(span.start, [0, 0, 0]) for span in spans]
    series = [
        Series(name=name, tone=tone, values=[column[at] for column in columns])
        for at, (name, tone) in enumerate(SERIES)
    ]
    chart = bar_chart(
        labels=[ranges.label(span, part=wanted.range.part) for span in spans],
        series=series,
        links=zoomed(given, spans=spans),
    )
    return Histogram(
        chart=chart,
        title=f"Requests, {ranges.in_words(wanted.range)}",
        total=sum(map(sum, columns)),
        note=note,
    )


def zoomed(given: QueryDict, *, spans: Sequence[ranges.Span]) -> list[str]:
    """The addresses of the same list within each span."""
    query = given.copy()
    for name in ("range", "cursor", "from", "to"):
        query.pop(name, None)
    kept = f"{query.urlencode()}&" if query else ""
    ends = [{"from": ranges.as_text(span.start), "to": ranges.as_text(span.end)} for span in spans]
    return [f"?{kept}{urlencode(part)}" for part in ends]


def _counted(wanted: Filter) -> tuple[Counts, str]:
    """Everything: whole hours from the tallies, where there are any, and one by one what is not in them."""
    counts: Counts = {}
    begins = wanted.range.parts[0].start
    if wanted.range.counts_hours:
        until = max(begins, min(tallies.counted_until(), wanted.range.end))
        _add(counts, _tallied(wanted, start=begins, end=until))
        begins = until
    rows = WebhookLog.objects.filter(timestamp__gte=begins, timestamp__lt=wanted.range.end)
    floor = keyset.floor(rows, most=MOST_COUNTED)
    recent = rows.filter(timestamp__gte=floor) if floor else rows
    _add(counts, _live(recent.filter(conditions(wanted)), part=wanted.range.part))
    note = "What came before {:%-d %b, %H:%M} UTC is not all counted yet. It is within the hour."
    return counts, note.format(floor) if floor else ""


def _tallied(wanted: Filter, *, start: datetime, end: datetime) -> list[Counted]:
    rows = WebhookTally.objects.filter(conditions(wanted), hour__gte=start, hour__lt=end)
    sums = {name: Sum("count", filter=part, default=0) for name, part in PARTS.items()}
    return _by_part(rows, of="hour", sums=sums, part=wanted.range.part)


def _live(rows: Rows, *, part: timedelta) -> list[Counted]:
    """The same of rows."""
    sums = {name: Count("pk", filter=condition) for name, condition in PARTS.items()}
    return _by_part(rows, of="timestamp", sums=sums, part=part)


def _by_part(rows: QuerySet[Any], *, of: str, sums: Mapping[str, Aggregate], part: timedelta) -> list[Counted]:
    """Summed in PostgreSQL by the part of the range in which the moment `of` lies: a month is 720 hours."""
    seconds = part.total_seconds()
    epoch = Func(F(of), template="extract(epoch FROM %(expressions)s)::float8", output_field=FloatField())
    slot = Func(epoch / Value(seconds), function="FLOOR", output_field=IntegerField())
    summed = rows.annotate(slot=slot).order_by().values("slot").annotate(**sums).values_list("slot", *PARTS)
    return [(datetime.fromtimestamp(int(slot) * seconds, UTC), *counts) for slot, *counts in summed]


def _add(counts: Counts, rows: list[Counted]) -> None:
    for start, *values in rows:
        counts[start] = [one + other for one, other in zip(counts.get(start, [0, 0, 0]), values, strict=True)]


def _drawn(wanted: Filter, *, found: Found) -> tuple[Counts, str]:
    """What was found, where no tally knows the filter."""
    rows, note = _newest(found) if found.gathered is None else (found.gathered, "")
    spans = wanted.range.parts
    groups: list[list[datetime]] = [[], [], []]
    for at, kind, outcome, *_ in rows:
        groups[2 if outcome in REFUSED else 0 if kind == WebhookLog.Kind.MESSAGE else 1].append(at)
    columns = zip(*(histogram.counts(group, over=spans) for group in groups), strict=True)
    return {span.start: list(column) for span, column in zip(spans, columns, strict=True)}, note


def _newest(found: Found) -> tuple[list[tuple[datetime, str, str]], str]:
    """Its newest rows, and what to say where there are more."""
    shown, note = found.rows, ""
    if found.among is not None and (oldest := keyset.floor(found.among, most=MOST_DRAWN)):
        shown = shown.filter(timestamp__gte=oldest)
        note = f"Drawn from the newest {MOST_DRAWN:,} requests of this time, as very many fit."
    rows = list(shown.order_by("-timestamp").values_list("timestamp", "kind", "outcome")[:MOST_DRAWN])
    if len(rows) == MOST_DRAWN:
        note = f"Drawn from the newest {MOST_DRAWN:,} that fit."
    return rows, note
