"""A tenant's knowledge: cut into passages, found by words and by likeness."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from django.db import connection, transaction

from bots.ai.base import Passage
from bots.models import KnowledgeChunk, KnowledgeSource

#: A passage is about this many characters: a short paragraph, or a group of list lines under their heading.
PASSAGE_LENGTH = 700
MOST_PASSAGES = 4
#: Below this likeness (0 to 1) trigrams match by chance.
LEAST_LIKENESS = 0.34


def cut(text: str) -> list[str]:
    """`text` in passages: whole paragraphs together while they fit, a longer paragraph cut between its lines."""
    passages: list[str] = []
    for paragraph in (part.strip() for part in text.replace("\r\n", "\n").split("\n\n")):
        if not paragraph:
            continue
        if passages and len(passages[-1]) + len(paragraph) + 2 <= PASSAGE_LENGTH:
            passages[-1] += "\n\n" + paragraph
            continue
        lines = ""
        for line in _lines(paragraph):
            if lines and len(lines) + len(line) + 1 > PASSAGE_LENGTH:
                passages.append(lines)
                lines = ""
            lines = f"{lines}\n{line}" if lines else line
        passages.append(lines)
    return passages


def _lines(paragraph: str) -> Iterator[str]:
    """Its lines; a line that is a passage's length by itself, between words."""
    for line in paragraph.split("\n"):
        yield from textwrap.wrap(line, PASSAGE_LENGTH) or [""]


def replace(*, title: str, text: str) -> bool:
    """Make `text` what the tenant says under `title`. Returns whether that changed anything."""
    with transaction.atomic():
        source, is_new = KnowledgeSource.objects.get_or_create(title=title, defaults={"text": text})
        if not is_new and source.text == text and source.is_active:
            return False
        source.text, source.is_active = text, True
        source.save()
        source.chunks.all().delete()
        KnowledgeChunk.objects.bulk_create(
            KnowledgeChunk(source=source, position=position, text=passage) for position, passage in enumerate(cut(text))
        )
    return True


def search(question: str, *, limit: int = MOST_PASSAGES) -> list[Passage]:
    """The passages that fit `question`, best first.

    Any of the question's words may match (stemmed, PostgreSQL full-text search); likeness of trigrams forgives
    typing errors and finds words of other languages. `score` is the sum of both, about 0 to 2.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH question AS (
                SELECT %(question)s::text AS text,
                       replace(plainto_tsquery('english', %(question)s)::text, '&', '|')::tsquery AS words
            ), scored AS (
                SELECT chunk.text, source.title,
                       ts_rank(chunk.search || to_tsvector('english', source.title), question.words, 1) AS rank,
                       word_similarity(question.text, source.title || ' ' || chunk.text) AS likeness
                  FROM bots_knowledgechunk AS chunk
                  JOIN bots_knowledgesource AS source ON source.id = chunk.source_id AND source.is_active
                 CROSS JOIN question
            )
            SELECT title, text, rank + likeness AS score FROM scored
             WHERE rank > 0 OR likeness >= %(least)s
             ORDER BY score DESC, title, text LIMIT %(limit)s
            """,
            {"question": question[:1000], "least": LEAST_LIKENESS, "limit": limit},
        )
        return [Passage(title=title, text=text, score=float(score)) for title, text, score in cursor.fetchall()]


def topics(*, limit: int = 8) -> list[str]:
    """What the bot can be asked about: the titles of the active sources."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT title FROM bots_knowledgesource WHERE is_active ORDER BY title LIMIT %s", [limit])
        return [title for (title,) in cursor.fetchall()]
