"""A waterfall: what came after what, each step a bar from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.charts.scale import WIDTH

#: A bar of anything is seen.
NARROWEST = 3.0
#: A patient step that ends later than so many times the end of those before it is cut: a message that was read the next
#: day would leave nothing to see of the seconds before.
LONGEST = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Milliseconds: `begins` since the beginning of all, `lasts`; None where nobody measured it, and `why` not.
    `is_patient`: it takes as long as somebody else wants."""

    name: str
    explanation: str
    tone: str = "1"
    begins: float = 0.0
    lasts: float | None = None
    why: str = ""
    is_patient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A step as it is shown. `x` and `width` are of `WIDTH`; `is_cut`: it goes on beyond the drawing."""

    step: Step
    began: str
    took: str
    x: float
    width: float
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """For templates/components/waterfall.html."""

    rows: list[Row]
    width: int = WIDTH


def waterfall(steps: Sequence[Step], *, words: Callable[[float], str]) -> Waterfall:
    """The rows in the order of the steps, which are in the order of time. `words` says milliseconds."""
    end = 0.0
    for step in steps:
        stops = step.begins + (step.lasts or 0.0)
        if not step.is_patient or stops <= end * LONGEST:
            end = max(end, stops)
    return Waterfall(rows=[_row(step, end=end or 1.0, words=words) for step in steps])


def _row(step: Step, *, end: float, words: Callable[[float], str]) -> Row:
    if step.lasts is None:
        return Row(step=step, began="", took="", x=0.0, width=0.0, is_cut=False)
    x = min(WIDTH * step.begins / end, WIDTH - NARROWEST)
    return Row(
        step=step,
        began=f"+{words(step.begins)}",
        took=words(step.lasts),
        x=round(x, 2),
        width=round(min(max(WIDTH * step.lasts / end, NARROWEST), WIDTH - x), 2),
        is_cut=step.begins + step.lasts > end,
    )
