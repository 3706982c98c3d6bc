"""From many samples to one number, and CPU time of this process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that so many per cent are not above (nearest rank). Raises `ValueError` for no samples."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two things measured in turns. `ratio` is the median of each turn's own ratio: what slows the machine for a
    moment slows both."""

    ratio: float
    ours: float
    floor: float


def compare(ours: Callable[[], float], floor: Callable[[], float], *, turns: int) -> Compared:
    """Measure one after the other, `turns` times."""
    pairs = [(ours(), floor()) for _ in range(turns)]
    return Compared(
        ratio=median(mine / theirs for mine, theirs in pairs),
        ours=median(mine for mine, _ in pairs),
        floor=median(theirs for _, theirs in pairs),
    )


def cpu_each(run: Callable[[], int]) -> float:
    """Milliseconds of this process's CPU time, all threads, for each of the things of which `run` returns the count."""
    started = time.process_time()
    count = run()
    return (time.process_time() - started) * 1000 / count
