"""A source as the pages show it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from bots.knowledge import sources
from bots.knowledge.finding import MOST_PASSAGES, Found
from bots.knowledge.languages import LANGUAGES
from bots.knowledge.problems import sentence
from bots.models import KnowledgeSource
from dashboard.knowledge.highlight import Piece, pieces

State = KnowledgeSource.State
#: Everything but the text, which can be long.
SHOWN = tuple(field.name for field in KnowledgeSource._meta.concrete_fields if field.name != "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source in the list, and at the head of its own page. `tone` and `word`: how it stands."""

    source: KnowledgeSource
    passages: int
    tone: str
    word: str
    problem: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A passage that was looked at for a question, in words. Shares are in percent."""

    found: Found
    pieces: list[Piece]
    share: int
    meaning: int | None
    spelled: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found: what the bot is told, and what stays below the line."""

    used: list[Result]
    below: list[Result]
    #: As many are used at the most.
    most: int = MOST_PASSAGES


def listed(wanted: str) -> QuerySet[KnowledgeSource]:
    """The sources by title, those that hold `wanted` in it; each with `passages`, without its text."""
    known = sources.there().only(*SHOWN).annotate(passages=Count("chunks")).order_by("title")
    return known.filter(title__icontains=wanted) if wanted else known


def rows_of(found: Iterable[Any]) -> list[Row]:
    """The rows of what `listed` gives."""
    return [row_of(source, passages=source.passages) for source in found]


def row_of(source: KnowledgeSource, *, passages: int) -> Row:
    tone, word = _standing(source, passages=passages)
    return Row(
        source=source,
        passages=passages,
        tone=tone,
        word=word,
        problem=sentence(source.problem),
        language=LANGUAGES.get(source.found_language, "Another language"),
    )


def version_of(rows: Iterable[Row]) -> str:
    """Changes whenever what the rows show does."""
    shown = [(str(row.source.pk), row.word, row.passages, row.source.version, row.problem) for row in rows]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def verdict(found: Sequence[Found]) -> Verdict:
    results = [_result(one) for one in found]
    return Verdict(
        used=[result for result in results if result.found.is_used],
        below=[result for result in results if not result.found.is_used],
    )


def _standing(source: KnowledgeSource, *, passages: int) -> tuple[str, str]:
    match source.state:
        case State.WAITING:
            return "live", "Waiting to be read" if not passages else "Waiting to be read again"
        case State.READING:
            return "live", "Being read"
        case State.FAILED if not passages:
            return "bad", "Could not be read"
    if not source.is_active:
        return "calm", "Switched off"
    if source.state == State.FAILED:
        return "warn", "In use; the new file could not be read"
    return ("good", "In use") if passages else ("warn", "Empty")


def _result(found: Found) -> Result:
    return Result(
        found=found,
        pieces=pieces(found.text, words={match.other for match in found.matches}),
        share=round(found.share * 100),
        meaning=None if found.meaning is None else round(found.meaning * 100),
        spelled=[f"“{match.word}” read as “{match.other}”" for match in found.matches if match.word != match.other],
    )
