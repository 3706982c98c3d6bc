"""The table: what was measured, what it must be, what it aims to be, and whether it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("what", "measured", "must", "aim", "verdict", "how")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement. `unit` is written behind each number; `at_least` where more is better."""

    what: str
    value: float
    unit: str
    must: float
    aim: float
    at_least: bool = False
    #: What the number was made of, in absolute terms: those hold for this machine only.
    how: str = ""

    @property
    def verdict(self) -> str:
        if self._meets(self.aim):
            return "met, aim too"
        return "met" if self._meets(self.must) else "MISSED"

    def cells(self) -> tuple[str, ...]:
        sign = ">=" if self.at_least else "<="
        bounds = [f"{sign} {number(bound)}{self.unit}" for bound in (self.must, self.aim)]
        return (self.what, f"{number(self.value)}{self.unit}", *bounds, self.verdict, self.how)

    def _meets(self, bound: float) -> bool:
        return self.value >= bound if self.at_least else self.value <= bound


def number(value: float) -> str:
    """Three digits that matter, never an exponent."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3  # noqa: PLR2004
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def render(rows: Sequence[Row]) -> str:
    """A Markdown table whose columns are as wide as their longest cell, so that it reads well in a terminal too."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(cells, widths=widths) for cells in (lines[0], rule, *lines[1:]))


def _line(cells: Sequence[str], *, widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
