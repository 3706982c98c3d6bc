"""What changes between two texts, line by line: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed", "gap"]
#: Unchanged lines that are shown around a change.
AROUND = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line; a `gap` stands for unchanged lines and says how many."""

    kind: Kind
    text: str


def lines(*, before: str, after: str) -> list[Line]:
    """The changes with `AROUND` lines about them; empty if nothing changes."""
    old, new = before.splitlines(), after.splitlines()
    return list(_lines(old, new)) if old != new else []


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    shown = 0
    # autojunk would take a line that is frequent in a long prompt for noise.
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        yield from _gap(group[0][1] - shown)
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from (Line(kind="same", text=text) for text in old[old_start:old_end])
            else:
                yield from (Line(kind="removed", text=text) for text in old[old_start:old_end])
                yield from (Line(kind="added", text=text) for text in new[new_start:new_end])
        shown = group[-1][2]
    yield from _gap(len(old) - shown)


def _gap(count: int) -> Iterator[Line]:
    if count > 0:
        yield Line(kind="gap", text=f"{count} unchanged line{'' if count == 1 else 's'}")
