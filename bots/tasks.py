"""What Celery carries: bells. Load, one call into the domain, done."""

from __future__ import annotations

import logging
import random
from functools import lru_cache
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from celery.worker import state
from django.conf import settings

from bots import bell
from bots.desk import drafting, suggesting
from bots.exporting import asking
from bots.exporting import writing as exporting
from bots.fairness import Shares
from bots.knowledge import reading
from bots.media import asking as files
from bots.playground import chat, writing
from bots.processor import MessageProcessor
from tenants.context import TenantGoneError, tenant_schema
from tenants.models import Tenant
from tenants.pool import PoolTimeoutError

logger = logging.getLogger(__name__)

#: Seconds until a tenant that has its share of this worker is asked again; spread, so that not all come at once.
LATER = (1.0, 2.0)


@lru_cache(maxsize=1)
def _shares() -> Shares:
    return Shares(threads=settings.WORKER_CONCURRENCY)


class TenantTask(Task):
    """A task on a row of a tenant's, by the ids of both: its body gets the tenant, and runs in that tenant's schema.

    A tenant that is gone has no schema to run in: nothing runs, least of all in `public`.
    """

    abstract = True

    def __call__(self, tenant_id: int, *args: Any, **kwargs: Any) -> Any:
        if state.should_stop is not None:
            # Told to end, a worker still hears the bell that it was listening for. Another shall answer it.
            bell.ring_for(self.name, tenant_id=tenant_id, row_id=args[0])
            return None
        try:
            with tenant_schema(tenant_id) as tenant:
                return self.run(tenant, *args, **kwargs)
        except TenantGoneError as error:
            logger.warning("%s is dropped: %s", self.name, error)
            return None
        except PoolTimeoutError:
            # Other threads have all the connections, and are slow. The bell is still good.
            logger.warning("%s waits: the process has no connection to spare", self.name)
            bell.ring_for(self.name, tenant_id=tenant_id, row_id=args[0], delay=random.uniform(*LATER))  # noqa: S311
            return None


@shared_task(base=TenantTask, name=bell.TASK)
def take_turn(tenant: Tenant, conversation_id: str) -> None:
    """Do what is due in a conversation; ring again when something is left, or when the tenant has its share already."""
    with _shares().turn(tenant.pk) as allowed:
        again = MessageProcessor(tenant).take_turn(UUID(conversation_id)) if allowed else random.uniform(*LATER)  # noqa: S311
    if again is not None:
        bell.ring(tenant_id=tenant.pk, conversation_id=UUID(conversation_id), delay=again)


@shared_task(base=TenantTask, name=chat.TASK)
def answer_in_playground(tenant: Tenant, answer_id: str) -> None:
    """Write an answer that a member waits for. It is one of the tenant's turns, and waits like the others."""
    with _shares().turn(tenant.pk) as allowed:
        if allowed:
            writing.write_answer(tenant, UUID(answer_id))
    if not allowed:
        chat.ring(tenant_id=tenant.pk, answer_id=UUID(answer_id), delay=random.uniform(*LATER))  # noqa: S311


@shared_task(base=TenantTask, name=suggesting.TASK)
def draft_suggestion(tenant: Tenant, suggestion_id: str) -> None:
    """Write a draft that a member asked for. It is one of the tenant's turns, and waits like the others."""
    with _shares().turn(tenant.pk) as allowed:
        if allowed:
            drafting.write(tenant, UUID(suggestion_id))
    if not allowed:
        suggesting.ring(tenant_id=tenant.pk, suggestion_id=UUID(suggestion_id), delay=random.uniform(*LATER))  # noqa: S311


@shared_task(base=TenantTask, name=reading.TASK)
def read_knowledge(tenant: Tenant, source_id: str) -> None:
    """Read a source's file, cut its text, have its meaning taken down: whatever of it is due. With a slow service and
    many sources, conversations of others would else find no thread."""
    with _shares().turn(tenant.pk) as allowed:
        if allowed:
            reading.read(UUID(source_id))
    if not allowed:
        reading.ring(UUID(source_id), tenant=tenant, delay=random.uniform(*LATER))  # noqa: S311


@shared_task(base=TenantTask, name=asking.TASK)
def write_export(tenant: Tenant, export_id: str) -> None:
    """Write an export's file. It holds one of the tenant's threads, and so leaves others to its conversations."""
    with _shares().turn(tenant.pk) as allowed:
        again = exporting.write(UUID(export_id), tenant=tenant) if allowed else random.uniform(*LATER)  # noqa: S311
    if again is not None:
        asking.ring(UUID(export_id), tenant=tenant, delay=again)


@shared_task(base=TenantTask, name=files.TASK)
def fetch_file(tenant: Tenant, file_id: str) -> None:
    """Fetch a file that somebody wants to see. A slow provider holds one of the tenant's threads, as its turns do."""
    with _shares().turn(tenant.pk) as allowed:
        if allowed:
            files.fetch(UUID(file_id))
    if not allowed:
        files.ring(UUID(file_id), tenant=tenant, delay=random.uniform(*LATER))  # noqa: S311
