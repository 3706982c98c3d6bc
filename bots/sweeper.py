"""Nothing is left lying: every few seconds, each conversation that is due and free gets a bell.

That a bell was lost (Redis was away or flushed, a worker was killed) costs seconds, never a message.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import Error, connection, transaction
from django_tenants.utils import schema_context

from bots import bell, store
from bots.models import Conversation
from tenants.context import DATABASE_AWAY
from tenants.models import Tenant

logger = logging.getLogger(__name__)

#: Seconds between two rounds.
INTERVAL = 3.0
#: Seconds that a bell of the webhook's own has before the sweeper rings for it.
GRACE = 2.0
#: Seconds between two bells for the same conversation. While many bells wait, workers are behind and no bell was lost:
#: what is due is rung for once its bell is good no more. More bells would only be more work for those workers.
PATIENCE = 15.0
MOST_AT_ONCE = 500
#: A tenant whose tables somebody has locked keeps the others waiting no longer than this.
LOCK_TIMEOUT = "500ms"
LAST_ROUND = "sweeper:last-round"


@dataclass(frozen=True, slots=True)
class Round:
    """How the last round went. Seconds."""

    oldest_due: float
    swept_ago: float


def sweep() -> int:
    """Ring for what is due, tenant by tenant; returns how many bells were rung. One broken tenant stops no other."""
    with schema_context("public"):
        tenants = list(
            Tenant.objects.exclude(schema_name="public")
            .exclude(status=Tenant.Status.CLOSED)
            .values_list("pk", "schema_name")
        )
    rung, oldest_due = 0, 0.0
    grace, patience = (bell.GOOD_FOR, bell.GOOD_FOR) if bell.is_crowded() else (GRACE, PATIENCE)
    for tenant_id, schema_name in tenants:
        try:
            lying, overdue = _due(schema_name, grace=grace, patience=patience)
            rung += _ring(lying, tenant_id=tenant_id, schema_name=schema_name)
        except (Error, *DATABASE_AWAY) as error:
            logger.error("Tenant %s could not be swept (%s)", tenant_id, type(error).__name__)
            continue
        oldest_due = max(oldest_due, overdue)
    with store.may_be_away():
        store.client().set(LAST_ROUND, json.dumps({"at": time.time(), "oldest_due": oldest_due}))
    if rung:
        logger.info("Rang for %d conversations that were left lying", rung)
    return rung


def last_round() -> Round | None:
    """What the last round found; None where nobody knows of one."""
    with store.may_be_away():
        if text := store.client().get(LAST_ROUND):
            found = json.loads(text)
            return Round(oldest_due=found["oldest_due"], swept_ago=round(time.time() - found["at"], 1))
    return None


def _due(schema_name: str, *, grace: float, patience: float) -> tuple[list[UUID], float]:
    """One tenant: the conversations to ring for, marked as rung for, and how many seconds the oldest due one is
    overdue. Two sweepers never take the same ones. A worker that was lost took its bell along."""
    with schema_context(schema_name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            SET LOCAL lock_timeout = %(lock_timeout)s;
            -- Materialized: else PostgreSQL may look for the oldest once for each row, and take more than the most.
            WITH lying AS MATERIALIZED (
                SELECT id FROM bots_conversation
                 WHERE due_at < statement_timestamp()
                   AND (lease_until IS NULL
                            AND due_at < statement_timestamp() - make_interval(secs => %(grace)s)
                            AND (rung_at IS NULL
                                 OR rung_at < statement_timestamp() - make_interval(secs => %(patience)s))
                        OR lease_until < statement_timestamp()
                            AND (rung_at IS NULL OR rung_at < lease_until
                                 OR rung_at < statement_timestamp() - make_interval(secs => %(patience)s)))
                 ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
            ), rung AS (
                UPDATE bots_conversation AS conversation SET rung_at = statement_timestamp()
                  FROM lying WHERE conversation.id = lying.id RETURNING conversation.id
            )
            SELECT (SELECT coalesce(array_agg(id), '{}') FROM rung),
                   (SELECT coalesce(extract(epoch FROM statement_timestamp() - min(due_at)), 0)
                      FROM bots_conversation WHERE due_at < statement_timestamp())
            """,
            {"grace": grace, "patience": patience, "most": MOST_AT_ONCE, "lock_timeout": LOCK_TIMEOUT},
        )
        lying, overdue = cursor.fetchone()
        return lying, float(overdue)


def _ring(lying: list[UUID], *, tenant_id: int, schema_name: str) -> int:
    """Ring for each; how many bells were heard. Where one is not, the others wait for the next round."""
    for heard, conversation_id in enumerate(lying):
        if not bell.ring(tenant_id=tenant_id, conversation_id=conversation_id):
            with schema_context(schema_name):
                Conversation.objects.filter(pk__in=lying[heard:]).update(rung_at=None)
            return heard
    return len(lying)
