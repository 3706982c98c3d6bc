"""Files become texts, in a worker: taken under a lease, tried a bounded number of times, settled once.

A bell tells a worker of a source; one that was lost, or whose worker was killed, is rung again by the page that waits
for it and by the housekeeper.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from uuid import UUID

from django.db import Error, models, transaction
from django.db.models import F, Q
from django_tenants.utils import schema_context

from bots import bell
from bots.ai.base import AIError
from bots.knowledge import meaning, sources
from bots.knowledge.indexing import index
from bots.knowledge.tables import as_lines
from bots.media import documents, files
from bots.models import KnowledgeSource, KnowledgeUpload
from bots.models.clock import database_time
from tenants.context import DATABASE_AWAY, release_connection
from tenants.models import Tenant
from tenants.secrets import SecretUnreadableError

logger = logging.getLogger(__name__)

TASK = "bots.tasks.read_knowledge"
State = KnowledgeSource.State
Kind = KnowledgeSource.Kind
#: Reading takes half a minute at the most.
LEASE = timedelta(seconds=60)
#: Workers that may die of a file, or find no place to read it in, before it is given up.
MOST_ATTEMPTS = 3
#: The columns that a worker writes.
SETTLED = ("state", "problem", "attempts", "lease_until", "text", "kind", "file_name", "file_bytes", "found_language")
#: A kind -> how it is read.
FAMILIES: dict[str, files.Family] = {Kind.PDF: "pdf", Kind.DOCX: "docx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A source as it was claimed, and its file if it has one."""

    source: KnowledgeSource
    upload: KnowledgeUpload | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """A text, or why there is none: a word of `problems`, or "unavailable" where there was no place to read in."""

    text: str = ""
    problem: str = ""


def ring(source: UUID, *, tenant: Tenant, delay: float = 0.0) -> bool:
    """Ask a worker to read the source in `delay` seconds. False: nobody heard it. Whoever waits rings again, so does
    the housekeeper."""
    return bell.ring_for(TASK, tenant_id=tenant.pk, row_id=source, delay=delay)


def read(pk: UUID) -> None:
    """Read the source's file and cut its text, if that is due; then have its meaning taken down, where wanted."""
    taken = _take(pk)
    if taken is not None:
        _settle(taken, outcome=_outcome(taken))
    settings = meaning.current()
    if settings.by_meaning:
        try:
            meaning.complete(pk, settings=settings)
        except (AIError, SecretUnreadableError) as error:
            logger.warning("A source has no meaning yet: %s", error)


def due() -> models.QuerySet[KnowledgeSource]:
    """The sources that nobody reads and somebody should."""
    free = Q(lease_until=None) | Q(lease_until__lt=database_time())
    return sources.there().filter(free, state__in=[State.WAITING, State.READING])


def keep_house() -> int:
    """Ring for what was left lying, tenant by tenant, and forget what was deleted; returns how many bells were rung."""
    with schema_context("public"):
        tenants = list(Tenant.objects.exclude(schema_name="public").exclude(status=Tenant.Status.CLOSED))
    rung = 0
    for tenant in tenants:
        try:
            with schema_context(tenant.schema_name):
                sources.purge()
                lying = {*due().values_list("pk", flat=True), *meaning.missing()}
        except (Error, SecretUnreadableError, *DATABASE_AWAY) as error:
            logger.error("The knowledge of tenant %s was not looked at (%s)", tenant.pk, type(error).__name__)
            continue
        finally:
            release_connection()
        rung += sum(ring(source, tenant=tenant) for source in lying)
    return rung


def _take(pk: UUID) -> _Taken | None:
    """Claim the source; None: there is nothing to be read, or another worker is at it."""
    claimed = due().filter(pk=pk)
    if not claimed.update(state=State.READING, attempts=F("attempts") + 1, lease_until=database_time() + LEASE):
        return None
    return _Taken(source=KnowledgeSource.objects.get(pk=pk), upload=KnowledgeUpload.objects.filter(source=pk).first())


def _outcome(taken: _Taken) -> _Outcome:
    """The text that the source is to have; a source without a file is cut anew from the text that it has."""
    if taken.source.attempts > MOST_ATTEMPTS:
        return _Outcome(problem="gave_up")
    if taken.upload is None:
        return _Outcome(text=taken.source.text)
    content, kind = bytes(taken.upload.content), taken.upload.kind
    family = FAMILIES.get(kind, "text")
    if not files.true_type(content[: files.HEAD], family=family):
        return _Outcome(problem="mismatch")
    release_connection()
    document = documents.read(BytesIO(content), family=family, most=sources.MOST_TEXT)
    if document.problem:
        return _Outcome(problem="scanned" if document.problem == "empty" and kind == Kind.PDF else document.problem)
    return _Outcome(text=as_lines(document.text) if kind == Kind.CSV else document.text)


def _settle(taken: _Taken, *, outcome: _Outcome) -> None:
    """Write down what came of it, unless the source was changed, deleted or taken by another worker meanwhile."""
    with transaction.atomic():
        source = sources.there().select_for_update().filter(pk=taken.source.pk).first()
        if source is None or source.state != State.READING or _claim(source) != _claim(taken.source):
            return
        source.lease_until = None
        if outcome.problem == "unavailable":
            # Every place to read in was taken. It waits for the next bell, and that was no attempt.
            source.state, source.attempts = State.WAITING, source.attempts - 1
        elif outcome.problem:
            source.state, source.problem = State.FAILED, outcome.problem
            KnowledgeUpload.objects.filter(source=source).delete()
        else:
            _become(source, upload=taken.upload, text=outcome.text)
        # What a person changed last, and when, stays.
        KnowledgeSource.objects.filter(pk=source.pk).update(**{name: getattr(source, name) for name in SETTLED})


def _claim(source: KnowledgeSource) -> tuple[int, int]:
    return source.version, source.attempts


def _become(source: KnowledgeSource, *, upload: KnowledgeUpload | None, text: str) -> None:
    source.state, source.problem, source.text = State.READY, "", text
    if upload is not None:
        source.kind, source.file_name, source.file_bytes = upload.kind, upload.name, len(upload.content)
        upload.delete()
    index(source)
