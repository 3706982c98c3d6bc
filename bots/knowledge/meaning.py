"""Passages found by what they mean: embeddings by a service, compared by pgvector. Without either, words do alone."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings as deployment
from django.db import connection

from bots.ai import embeddings
from bots.ai.base import AIError
from bots.ai.breaker import breaker_of
from bots.ai.embeddings import Embedder
from bots.connections import api_key_of
from bots.models import AIConfiguration, KnowledgeChunk, KnowledgeSettings
from tenants.context import release_connection
from tenants.secrets import SecretUnreadableError

logger = logging.getLogger(__name__)

#: Seconds. A contact waits for the first, a worker for the second.
LONGEST_QUESTION_CALL, LONGEST_PASSAGES_CALL = 2.0, 20.0
#: Local servers want no key.
NO_KEY = "none"
#: Whose key is good for the embeddings of the same service.
CAPABLE = ("openai", "custom")

NEAREST = """
    SELECT chunk.id AS chunk, source.id::text AS source, source.title, chunk.text, 1 - near.distance AS meaning
      FROM (SELECT chunk_id, CASE WHEN cardinality(point) = %(dimensions)s
                             THEN point::vector <=> %(point)s::real[]::vector END AS distance
              FROM bots_knowledgeembedding WHERE space = %(space)s) AS near
      JOIN bots_knowledgechunk AS chunk ON chunk.id = near.chunk_id
      JOIN bots_knowledgesource AS source
        ON source.id = chunk.source_id AND source.is_active AND source.deleted_at IS NULL
     WHERE near.distance < 1
     ORDER BY near.distance, chunk.id LIMIT %(limit)s
"""
#: A passage may have been cut anew while the service thought.
KEEP = """
    INSERT INTO bots_knowledgeembedding (chunk_id, space, point)
    SELECT chunk.id, %(space)s, %(point)s::real[] FROM bots_knowledgechunk AS chunk
     WHERE chunk.id = %(chunk)s AND chunk.text = %(text)s FOR KEY SHARE
        ON CONFLICT (chunk_id) DO UPDATE SET space = excluded.space, point = excluded.point
"""


def is_possible() -> bool:
    """Whether this database has pgvector."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regtype('vector') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def nearest(question: str, *, settings: KnowledgeSettings, limit: int) -> list[dict[str, Any]]:
    """The passages nearest to the question, as the fields of `finding.Found`; none where the service does not answer in
    time, or pgvector is not there."""
    try:
        embedder = embedder_of(settings, timeout=LONGEST_QUESTION_CALL)
        if embedder is None:
            return []
        # Nobody holds a database connection while a provider thinks.
        release_connection()
        (point,) = breaker_of(embedder).call(lambda: embedder.embed([question]))
    except (AIError, SecretUnreadableError) as error:
        logger.warning("The question is searched for by its words alone: %s", error)
        return []
    if not is_possible():
        logger.warning("The question is searched for by its words alone: the database has no pgvector")
        return []
    parameters: dict[str, Any] = {"point": point, "dimensions": len(point), "space": space_of(embedder), "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def complete(source: UUID, *, settings: KnowledgeSettings) -> int:
    """Have the source's passages embedded that are not, in this space; returns how many were. Raises `AIError` and
    `SecretUnreadableError`; what was done by then is kept."""
    embedder = embedder_of(settings, timeout=LONGEST_PASSAGES_CALL)
    if embedder is None:
        return 0
    done, space = 0, space_of(embedder)
    missing = KnowledgeChunk.objects.filter(source=source).exclude(embedding__space=space).order_by("position")
    waiting = list(missing.values_list("pk", "text", "source__title"))
    for start in range(0, len(waiting), embeddings.MOST_TEXTS):
        some = waiting[start : start + embeddings.MOST_TEXTS]
        texts = [f"{title}\n{text}" for _, text, title in some]
        release_connection()
        points = breaker_of(embedder).call(lambda texts=texts: embedder.embed(texts))  # type: ignore[misc]
        _keep([(chunk, text) for chunk, text, _ in some], points=points, space=space)
        done += len(some)
    return done


def missing() -> dict[UUID, int]:
    """The sources in use whose passages have no meaning yet, and how many those are. By the settings of now."""
    settings = current()
    embedder = embedder_of(settings, timeout=LONGEST_PASSAGES_CALL) if settings.by_meaning else None
    if embedder is None:
        return {}
    counted: dict[UUID, int] = {}
    chunks = KnowledgeChunk.objects.filter(source__is_active=True, source__deleted_at=None)
    for source in chunks.exclude(embedding__space=space_of(embedder)).values_list("source", flat=True):
        counted[source] = counted.get(source, 0) + 1
    return counted


def current() -> KnowledgeSettings:
    """The tenant's settings; those of one who never changed them where there is no row."""
    return KnowledgeSettings.objects.filter(pk=1).first() or KnowledgeSettings(pk=1)


def embedder_of(settings: KnowledgeSettings, *, timeout: float) -> Embedder | None:
    """The service that the settings name, else the bot's own provider where it has one. Raises
    `SecretUnreadableError`."""
    key, base_url = str(settings.api_key), settings.base_url
    if not key and not base_url:
        bot = AIConfiguration.objects.filter(is_active=True, provider__in=CAPABLE).first()
        if bot is None:
            return None
        key, base_url = api_key_of(bot), bot.base_url
    if not key and not base_url:
        return None
    return Embedder(
        api_key=key or NO_KEY,
        base_url=base_url,
        model=settings.model,
        timeout=timeout,
        private_hosts=deployment.PRIVATE_NETWORK_ALLOWLIST,
    )


def space_of(embedder: Embedder) -> str:
    """Names the space of this service's and model's points."""
    return hashlib.sha256(f"{embedder.base_url}\0{embedder.model}".encode()).hexdigest()


def _keep(chunks: Sequence[tuple[int, str]], *, points: Sequence[Sequence[float]], space: str) -> None:
    with connection.cursor() as cursor:
        for (chunk, text), point in zip(chunks, points, strict=True):
            cursor.execute(KEEP, {"chunk": chunk, "text": text, "space": space, "point": list(point)})
