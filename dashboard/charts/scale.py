"""The value axis: from zero to a round number, in a few equal steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

#: Units of every drawing; it is stretched to the box that it stands in.
WIDTH = 1000
HEIGHT = 200
#: Steps on the axis, at the most.
STEPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line across the chart, `y` from the top, and what stands beside it."""

    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values from 0 to `top`; `step` divides it."""

    top: float
    step: float

    def y(self, value: float) -> float:
        """From the top of the drawing."""
        return round(HEIGHT - HEIGHT * value / self.top, 2)

    def ticks(self, *, words: Callable[[float], str]) -> list[Tick]:
        """From the bottom to the top."""
        count = round(self.top / self.step)
        return [Tick(y=self.y(self.step * index), label=words(self.step * index)) for index in range(count + 1)]


def scale(highest: float, *, whole: bool = True) -> Scale:
    """The smallest round scale that holds `highest`: steps of 1, 2, 5 times a power of ten; `whole`: never below 1."""
    wanted = max(highest, 0) / STEPS
    if wanted <= 0:
        return Scale(top=1, step=1)
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= wanted * (1 - 1e-9))
    if whole:
        step = max(step, 1)
    return Scale(top=step * math.ceil(highest / step - 1e-9), step=step)


def short(value: float) -> str:
    """`1200` as `1.2k`, `2500000` as `2.5M`, `0.25` as it is."""
    for size, unit in ((1_000_000, "M"), (1000, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + unit
    return f"{value:.2f}".rstrip("0").rstrip(".")
