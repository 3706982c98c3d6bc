"""A line chart: values over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.charts import frame
from dashboard.charts.frame import Entry, Row, Series
from dashboard.charts.scale import HEIGHT, WIDTH, Scale, Tick, scale, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series as SVG paths; `area` below the only one of a chart."""

    tone: str
    path: str
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A column to point at."""

    path: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """For templates/components/line_chart.html."""

    series: list[Line]
    slots: list[Slot]
    ticks: list[Tick]
    times: list[str]
    legend: list[Entry]
    rows: list[Row]
    width: int = WIDTH
    height: int = HEIGHT


def line_chart(
    *, labels: Sequence[str], series: Sequence[Series], words: Callable[[float], str] = short, whole: bool = True
) -> LineChart:
    """`words` says a value; `whole`: values are counts. Raises `ValueError` unless each label has its value."""
    axis = scale(max((value for one in series for value in one.values), default=0), whole=whole)
    table = frame.rows(labels=labels, series=series, words=words)
    names = frame.legend(series)
    said = frame.titles(rows=table, legend=names)
    return LineChart(
        series=[_line(one, axis=axis, with_area=len(series) == 1) for one in series],
        slots=[Slot(path=column, title=title) for column, title in zip(frame.columns(len(labels)), said, strict=True)],
        ticks=axis.ticks(words=words),
        times=frame.few(labels),
        legend=names,
        rows=table,
    )


def _line(series: Series, *, axis: Scale, with_area: bool) -> Line:
    line = path([axis.y(value) for value in series.values])
    return Line(tone=series.tone, path=line, area=f"{line}V{HEIGHT}H0Z" if with_area and line else "")


def path(heights: Sequence[float], *, width: float = WIDTH) -> str:
    """An SVG path through points at equal distances from the left edge to the right; one point is a level line."""
    if not heights:
        return ""
    if len(heights) == 1:
        return f"M0 {heights[0]:g}H{width:g}"
    step = width / (len(heights) - 1)
    return "M" + "L".join(f"{round(index * step, 2):g} {y:g}" for index, y in enumerate(heights))
