"""Moments counted in equal spans of time, to stand over a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `start` on, up to and without `end`."""

    start: datetime
    end: datetime


def spans(*, start: datetime, end: datetime, count: int) -> list[Span]:
    """`count` equal spans between two moments. Raises `ValueError` if there is nothing between them."""
    if end <= start or count < 1:
        raise ValueError("A histogram needs time between its start and its end, and at least one span.")
    edges = [start + (end - start) * index / count for index in range(count + 1)]
    return [Span(start=left, end=right) for left, right in pairwise(edges)]


def counts(moments: Sequence[datetime], *, over: Sequence[Span]) -> list[int]:
    """How many of `moments` lie in each span; what lies in none is not counted."""
    found = [0] * len(over)
    first, last = over[0].start, over[-1].end
    for moment in moments:
        if first <= moment < last:
            found[min(int((moment - first) / (last - first) * len(over)), len(over) - 1)] += 1
    return found
