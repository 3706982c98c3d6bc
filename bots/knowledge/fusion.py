"""Several rankings as one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

#: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet" (SIGIR 2009).
CONSTANT = 60

Key = TypeVar("Key", bound=Hashable)


def fused(rankings: Sequence[Sequence[Key]]) -> dict[Key, float]:
    """What the rankings, each best first, say together: the best first, each with its score. What stands first in all
    of them has 1, what stands in one of them alone a part of it."""
    scores: dict[Key, float] = {}
    for ranking in rankings:
        for place, key in enumerate(ranking):
            scores[key] = scores.get(key, 0.0) + 1 / (CONSTANT + place + 1)
    best = max(len([ranking for ranking in rankings if ranking]), 1) / (CONSTANT + 1)
    return {key: score / best for key, score in sorted(scores.items(), key=lambda one: -one[1])}
