"""A line as small as a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.charts.line import path

WIDTH = 96
HEIGHT = 24
#: Kept free above and below, so that the stroke is not cut.
MARGIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """For templates/components/sparkline.html."""

    path: str
    area: str
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(values: Sequence[float]) -> Sparkline:
    """From zero at the bottom to the highest value at the top."""
    highest = max(values, default=0) or 1
    line = path([round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value / highest, 2) for value in values], width=WIDTH)
    return Sparkline(path=line, area=f"{line}V{HEIGHT}H0Z" if line else "")
