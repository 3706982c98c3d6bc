"""Where the words that were searched for stand in a passage."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bots.ai.words import fold, likeness

WORD = re.compile(r"[^\W_]+")
#: As alike as a stem and its endings are, not as a slip of the finger.
LEAST_LIKENESS = 0.85


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `is_marked`: a word that was searched for."""

    text: str
    is_marked: bool


def pieces(text: str, *, words: Collection[str]) -> list[Piece]:
    """The whole text in its order, the words that fit one of `words` (folded) marked."""
    found: list[Piece] = []
    end = 0
    for match in WORD.finditer(text):
        folded = fold(match[0])
        if any(likeness(folded, word) >= LEAST_LIKENESS for word in words):
            found += [Piece(text[end : match.start()], False), Piece(match[0], True)]
            end = match.end()
    return [piece for piece in [*found, Piece(text[end:], False)] if piece.text]
