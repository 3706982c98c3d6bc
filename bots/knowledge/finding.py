"""The passages that fit a question: by its words, and by its meaning where the tenant has switched that on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from bots import rows, script
from bots.ai.base import Passage
from bots.ai.synonyms import Sought, sought
from bots.knowledge import meaning
from bots.knowledge.fusion import fused
from bots.models import KnowledgeSettings
from bots.prepared import Statement

MOST_PASSAGES = 4
#: Passages that are looked at more closely, by words and by meaning each.
MOST_CANDIDATES = 20
#: Characters and words of a question that are searched for.
LONGEST_QUESTION, MOST_WORDS = 1000, 48
#: Trigram similarity (0 to 1) from which an unknown word is taken for one of the tenant's: "crossant" has 0.58 to
#: "croissant". And how many letters it must have.
LEAST_LIKENESS, SHORTEST_WORD = 0.4, 4
#: What a passage must reach, of either, to be told to the bot: its part of the question's words, rare ones counted
#: more, and the cosine of its meaning with the question's. Low, because one message often asks several things.
LEAST_SHARE, LEAST_MEANING = 0.05, 0.3

#: A word that the tenant's texts do not hold is taken for the ones that are spelled most like it. A word that is in
#: nearly every passage says little (`rarity`); one that is in none says nothing about which passage is the best.
BY_WORDS = """
    WITH languages AS (
        SELECT DISTINCT found_language::regconfig AS language FROM bots_knowledgesource
         WHERE is_active AND deleted_at IS NULL
    ), asked AS (
        SELECT * FROM unnest(%(words)s::text[], %(others)s::text[], %(weights)s::float[]) AS one (word, other, likeness)
    ), spelled AS (
        SELECT word, other, likeness FROM asked
         UNION ALL
        SELECT asked.word, near.word, near.likeness
          FROM asked CROSS JOIN LATERAL (
               SELECT DISTINCT own.word, similarity(own.word, asked.word) AS likeness FROM bots_knowledgeword AS own
                WHERE own.word %% asked.word ORDER BY likeness DESC, own.word LIMIT 3) AS near
         WHERE asked.other = asked.word AND near.likeness >= %(least_likeness)s AND length(asked.word) >= %(shortest)s
           AND NOT EXISTS (SELECT FROM bots_knowledgeword AS own WHERE own.word = asked.word)
    ), queries AS MATERIALIZED (
        SELECT word, other, likeness, string_agg(DISTINCT to_tsquery(language, other)::text, ' | ')::tsquery AS query
          FROM spelled CROSS JOIN languages
         WHERE numnode(to_tsquery(language, other)) > 0
         GROUP BY word, other, likeness
    ), counted AS MATERIALIZED (
        SELECT queries.*,
               (SELECT count(*) FROM bots_knowledgechunk AS chunk WHERE chunk.search @@ queries.query) AS held
          FROM queries
    ), known AS MATERIALIZED (
        SELECT counted.*, ln(1 + (SELECT count(*) FROM bots_knowledgechunk) / held::float) AS rarity
          FROM counted WHERE held > 0
    ), best AS (
        SELECT chunk.id, chunk.source_id, chunk.text, source.title, source.found_language,
               ts_rank(chunk.search, (SELECT string_agg(query::text, ' | ')::tsquery FROM known), 1) AS rank,
               (SELECT sum(most) FROM (
                       SELECT max(rarity * likeness) AS most FROM known WHERE chunk.search @@ known.query GROUP BY word
                       ) AS matched)
               / (SELECT sum(most) FROM (SELECT max(rarity) AS most FROM known GROUP BY word) AS all_known) AS share
          FROM bots_knowledgechunk AS chunk
          JOIN bots_knowledgesource AS source
            ON source.id = chunk.source_id AND source.is_active AND source.deleted_at IS NULL
         WHERE chunk.search @@ (SELECT string_agg(query::text, ' | ')::tsquery FROM known)
         ORDER BY share DESC, rank DESC, source.title, chunk.position
         LIMIT %(most)s
    )
    SELECT (SELECT to_jsonb(settings) FROM bots_knowledgesettings AS settings),
           (SELECT jsonb_agg(jsonb_build_object(
                   'chunk', best.id, 'source', source_id, 'title', title, 'text', best.text, 'share', share,
                   'words', (SELECT jsonb_agg(jsonb_build_array(word, other, likeness) ORDER BY word, likeness DESC)
                               FROM known JOIN bots_knowledgechunk AS chunk ON chunk.search @@ known.query
                              WHERE chunk.id = best.id)
                   ) ORDER BY share DESC, rank DESC, title) FROM best)
"""
#: Planned anew for each question, the statement takes three times the CPU of PostgreSQL.
SEARCH = Statement.of(
    "search",
    BY_WORDS,
    types={
        "words": "text[]",
        "others": "text[]",
        "weights": "double precision[]",
        "least_likeness": "double precision",
        "shortest": "integer",
        "most": "integer",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A word of the question and the tenant's word that it was taken for; `likeness` 1 where it is that word."""

    word: str
    other: str
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A passage that may fit, and why. `share`: of the question's words (0 to 1); `meaning`: the cosine (None: nobody
    compared it); `score`: of all together; `is_used`: whether the bot is told."""

    chunk: int
    source: str
    title: str
    text: str
    share: float = 0.0
    matches: tuple[Match, ...] = ()
    meaning: float | None = None
    score: float = 0.0
    is_used: bool = False

    @property
    def passes(self) -> bool:
        return self.share >= LEAST_SHARE or (self.meaning or 0.0) >= LEAST_MEANING


def search(question: str, *, limit: int = MOST_PASSAGES) -> list[Passage]:
    """The passages that the bot is told with `question`, best first. `score` is 0 to 1."""
    return [
        Passage(title=found.title, text=found.text, score=round(found.score, 4), source=found.source)
        for found in find(question, limit=limit)
        if found.is_used
    ]


def find(question: str, *, limit: int = MOST_PASSAGES) -> list[Found]:
    """All that was looked at for `question`, best first; the first `limit` of those that pass are used.

    One query where nobody asks for meaning. The call for the question's meaning takes at most
    `meaning.LONGEST_QUESTION_CALL`; without an answer the words decide.
    """
    question = question[:LONGEST_QUESTION]
    settings, by_words = _by_words(sought(question)[:MOST_WORDS])
    by_meaning: list[Found] = []
    if settings and settings.by_meaning and question.strip():
        by_meaning = [Found(**near) for near in meaning.nearest(question, settings=settings, limit=MOST_CANDIDATES)]
    return _ranked(by_words, by_meaning, limit=limit)


def topics(*, limit: int = 8) -> list[str]:
    """What the bot can be asked about: the titles of the sources in use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT title FROM bots_knowledgesource WHERE is_active AND deleted_at IS NULL AND text <> ''"
            " ORDER BY title LIMIT %s",
            [limit],
        )
        return [title for (title,) in cursor.fetchall()]


def _by_words(words: Sequence[Sought]) -> tuple[KnowledgeSettings | None, list[Found]]:
    row = script.run(
        [SEARCH],
        {
            "words": [one.word for one in words],
            "others": [one.other for one in words],
            "weights": [one.weight for one in words],
            "least_likeness": LEAST_LIKENESS,
            "shortest": SHORTEST_WORD,
            "most": MOST_CANDIDATES,
        },
    )
    assert row
    settings, found = row
    return (
        rows.instance(KnowledgeSettings, json.loads(settings)) if settings else None,
        [_found(one) for one in json.loads(found or "[]")],
    )


def _found(row: dict[str, Any]) -> Found:
    """`words` come by word, the likeliest of the tenant's own first."""
    matches: dict[str, Match] = {}
    for word, other, likeness in row["words"] or []:
        matches.setdefault(word, Match(word=word, other=other, likeness=likeness))
    return Found(
        chunk=row["chunk"],
        source=row["source"],
        title=row["title"],
        text=row["text"],
        share=min(row["share"], 1.0),
        matches=tuple(matches.values()),
    )


def _ranked(by_words: Sequence[Found], by_meaning: Sequence[Found], *, limit: int) -> list[Found]:
    """Both rankings as one. A passage that passes by neither stands below all that do."""
    known = {found.chunk: found for found in by_meaning}
    for found in by_words:
        near = known.get(found.chunk)
        known[found.chunk] = replace(found, meaning=near.meaning) if near else found
    scores = fused([[found.chunk for found in by_words], [found.chunk for found in by_meaning]])
    ordered = [replace(known[chunk], score=score) for chunk, score in scores.items()]
    ordered.sort(key=lambda found: not found.passes)
    passing = [found.chunk for found in ordered if found.passes][:limit]
    return [replace(found, is_used=found.chunk in passing) for found in ordered]
