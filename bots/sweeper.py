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
from tenants.context import DATABASE_AWAY
from tenants.models import Tenant

logger = logging.getLogger(__name__)

#: Seconds between two rounds.
INTERVAL = 3.0
#: Seconds that a bell of the webhook's own has before the sweeper rings for it.
GRACE = 2.0
#: Seconds between two bells for the same conversation: a long queue is not made longer.
PATIENCE = 15.0
MOST_AT_ONCE = 500
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
    for tenant_id, schema_name in tenants:
        try:
            lying, overdue = _due(schema_name)
        except (Error, *DATABASE_AWAY) as error:
            logger.error("Tenant %s could not be swept (%s)", tenant_id, type(error).__name__)
            continue
        oldest_due = max(oldest_due, overdue)
        rung += sum(bell.ring(tenant_id=tenant_id, conversation_id=conversation_id) for conversation_id in lying)
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


def _due(schema_name: str) -> tuple[list[UUID], float]:
    """One tenant: the conversations to ring for, marked as rung for, and how many seconds the oldest due one is
    overdue. Two sweepers never take the same ones."""
    with schema_context(schema_name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            -- Materialized: else PostgreSQL may look for the oldest once for each row, and take more than the most.
            WITH lying AS MATERIALIZED (
                SELECT id FROM bots_conversation
                 WHERE due_at < statement_timestamp() - make_interval(secs => %(grace)s)
                   AND (lease_until IS NULL OR lease_until < statement_timestamp())
                   AND (rung_at IS NULL
                        OR rung_at < statement_timestamp() - make_interval(secs => %(patience)s)
                        OR rung_at < lease_until)
                 ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
            ), rung AS (
                UPDATE bots_conversation AS conversation SET rung_at = statement_timestamp()
                  FROM lying WHERE conversation.id = lying.id RETURNING conversation.id
            )
            SELECT (SELECT coalesce(array_agg(id), '{}') FROM rung),
                   (SELECT coalesce(extract(epoch FROM statement_timestamp() - min(due_at)), 0)
                      FROM bots_conversation WHERE due_at < statement_timestamp())
            """,
            {"grace": GRACE, "patience": PATIENCE, "most": MOST_AT_ONCE},
        )
        lying, overdue = cursor.fetchone()
        return lying, float(overdue)
