"""What line and bar charts share: series of values over the same labels, their table, the labels below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.charts.scale import HEIGHT, WIDTH

#: Labels that fit below a drawing, on a phone too.
LABELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A name, its colour (1, 2, 3, bad, calm) and one value for each label."""

    name: str
    values: Sequence[float]
    tone: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the legend."""

    name: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table that says the same as the drawing."""

    label: str
    values: list[str]


def legend(series: Sequence[Series]) -> list[Entry]:
    return [Entry(name=one.name, tone=one.tone) for one in series]


def rows(*, labels: Sequence[str], series: Sequence[Series], words: Callable[[float], str]) -> list[Row]:
    """One row a label. Raises `ValueError` for a series of another length."""
    return [
        Row(label=label, values=[words(value) for value in values])
        for label, *values in zip(labels, *(one.values for one in series), strict=True)
    ]


def titles(*, rows: Sequence[Row], legend: Sequence[Entry]) -> list[str]:
    """What pointing at each label says: `Mon 4: 12 answered, 1 failed`."""
    if len(legend) == 1:
        return [f"{row.label}: {row.values[0]}" for row in rows]
    return [
        f"{row.label}: "
        + ", ".join(f"{value} {one.name.lower()}" for value, one in zip(row.values, legend, strict=True))
        for row in rows
    ]


def few(labels: Sequence[str]) -> list[str]:
    """Evenly chosen labels, the first and the last among them."""
    if len(labels) <= LABELS:
        return list(labels)
    last = len(labels) - 1
    return [labels[round(index * last / (LABELS - 1))] for index in range(LABELS)]


def slots(count: int) -> list[tuple[float, float]]:
    """Where each of `count` equal columns begins, and its width."""
    width = WIDTH / count if count else WIDTH
    return [(round(index * width, 2), round(width, 2)) for index in range(count)]


def rectangle(*, x: float, y: float, width: float, height: float) -> str:
    """An SVG path. A template formats each number on its own, for a reader's language: slow, and no reader's."""
    return f"M{x:.2f} {y:.2f}h{width:.2f}v{height:.2f}h{-width:.2f}z"


def columns(count: int) -> list[str]:
    """Paths of `count` equal columns over the whole height, to point at."""
    return [rectangle(x=x, y=0, width=width, height=HEIGHT) for x, width in slots(count)]
