"""A source's text as passages that can be found."""

from __future__ import annotations

from django.db import connection, transaction

from bots.ai.words import WORD, all_words
from bots.knowledge.cutting import cut
from bots.knowledge.languages import language_of
from bots.models import KnowledgeChunk, KnowledgeSource, KnowledgeWord

#: Letters of a word that is likened to misspelt ones: shorter ones resemble everything, longer ones are no words.
SHORTEST_WORD, LONGEST_WORD = 3, 60

#: The title's words weigh more (A) than the text's (B). https://www.postgresql.org/docs/current/textsearch-controls.html
CHUNKS = """
    INSERT INTO bots_knowledgechunk (source_id, position, text, search)
    SELECT %(source)s, place - 1, text,
           setweight(to_tsvector(%(language)s::regconfig, %(title)s), 'A')
           || setweight(to_tsvector(%(language)s::regconfig, words), 'B')
      FROM unnest(%(texts)s::text[], %(words)s::text[]) WITH ORDINALITY AS passage (text, words, place)
"""
WORDS = "INSERT INTO bots_knowledgeword (source_id, word) SELECT %(source)s, unnest(%(words)s::text[])"


def index(source: KnowledgeSource) -> None:
    """Cut the source's text anew, in place of its passages; sets `found_language`, which the caller saves."""
    source.found_language = source.language or language_of(source.text)
    passages = cut(source.text)
    words = {word for word in all_words(f"{source.title} {source.text}") if _is_telling(word)}
    with transaction.atomic():
        KnowledgeChunk.objects.filter(source=source).delete()
        KnowledgeWord.objects.filter(source=source).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                CHUNKS,
                {
                    "source": source.pk,
                    "language": source.found_language,
                    "title": searchable(source.title),
                    "texts": passages,
                    "words": [searchable(passage) for passage in passages],
                },
            )
            cursor.execute(WORDS, {"source": source.pk, "words": sorted(words)})


def searchable(text: str) -> str:
    """The words of a text, and once more without accents those that have some: people leave them out."""
    written = WORD.findall(text.casefold())
    known = set(written)
    return " ".join(written + [word for word in all_words(text) if word not in known])


def _is_telling(word: str) -> bool:
    return SHORTEST_WORD <= len(word) <= LONGEST_WORD and not word.isdigit()
