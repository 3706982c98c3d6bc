"""A bar chart: one column a label, its series stacked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.charts import frame
from dashboard.charts.frame import Entry, Row, Series
from dashboard.charts.scale import HEIGHT, WIDTH, Scale, Tick, scale, short

#: Of a column's width, left free between two bars.
GAP = 0.2
#: Bars that have room for a label each, on a phone too.
WEEK = 7
#: A bar of anything more than nothing is seen.
LOWEST = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    tone: str
    y: float
    height: float
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A column: where one points at it, what it says, where it leads, its bars from the bottom up."""

    path: str
    title: str
    href: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """For templates/components/bar_chart.html and histogram.html."""

    slots: list[Slot]
    ticks: list[Tick]
    times: list[str]
    legend: list[Entry]
    rows: list[Row]
    has_links: bool
    #: Each bar has its label below it; else some do.
    has_all_labels: bool
    width: int = WIDTH
    height: int = HEIGHT


def bar_chart(
    *,
    labels: Sequence[str],
    series: Sequence[Series],
    links: Sequence[str] = (),
    words: Callable[[float], str] = short,
    whole: bool = True,
) -> BarChart:
    """`links`: an address a label, or none. Raises `ValueError` where labels, links and values are not equally many."""
    table = frame.rows(labels=labels, series=series, words=words)
    names = frame.legend(series)
    said = frame.titles(rows=table, legend=names)
    stacks = [list(values) for values in zip(*(one.values for one in series), strict=True)]
    axis = scale(max((sum(stack) for stack in stacks), default=0), whole=whole)
    has_all_labels = len(labels) <= WEEK
    tones = [one.tone for one in series]
    count = len(labels)
    columns = zip(frame.columns(count), frame.slots(count), said, links or [""] * count, stacks, strict=True)
    return BarChart(
        slots=[
            Slot(path=path, title=title, href=href, bars=_stack(stack, tones=tones, x=x, width=width, axis=axis))
            for path, (x, width), title, href, stack in columns
        ],
        ticks=axis.ticks(words=words),
        times=list(labels) if has_all_labels else frame.few(labels),
        legend=names,
        rows=table,
        has_links=bool(links),
        has_all_labels=has_all_labels,
    )


def _stack(values: Sequence[float], *, tones: Sequence[str], x: float, width: float, axis: Scale) -> list[Bar]:
    bars: list[Bar] = []
    floor = float(HEIGHT)
    for value, tone in zip(values, tones, strict=True):
        if value <= 0:
            continue
        height = max(HEIGHT * value / axis.top, LOWEST)
        floor -= height
        path = frame.rectangle(x=x + width * GAP / 2, y=floor, width=width * (1 - GAP), height=height)
        bars.append(Bar(tone=tone, y=round(floor, 2), height=round(height, 2), path=path))
    return bars
