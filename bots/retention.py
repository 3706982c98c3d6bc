"""Nothing is kept for ever: old webhook logs, turns and unrouted webhooks are deleted, a few at a time.

Messages stay. A message whose turn is gone keeps its text, and no longer tells why the bot said it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django_tenants.utils import schema_context

from bots.models import PlaygroundQuestion, Turn, WebhookLog
from tenants.context import DATABASE_AWAY, release_connection
from tenants.models import Tenant, UnroutedWebhook

logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Model)

#: Rows that one transaction deletes, and transactions for one kind of row of one tenant in a round.
AT_ONCE = 500
MOST_BATCHES = 20
#: Milliseconds. A tenant whose tables are locked or slow is passed over until the next round.
LOCK_TIMEOUT, STATEMENT_TIMEOUT = 1_000, 10_000
#: Turns have no index by time alone; a conversation's turns have one. What a member marked right or wrong stays, to
#: measure the bot by.
OLD_TURNS = """
    SELECT old.id FROM bots_conversation
     CROSS JOIN LATERAL (
           SELECT id FROM bots_turn WHERE conversation_id = bots_conversation.id AND created_at < %(before)s
              AND NOT EXISTS (SELECT FROM bots_answermark WHERE turn_id = bots_turn.id)
            LIMIT %(most)s) AS old
     WHERE started_at < %(before)s LIMIT %(most)s
"""


def prune(*, now: datetime | None = None) -> int:
    """Delete what is older than its setting allows, in every tenant's schema, closed ones too; returns how many rows.

    One tenant that cannot be pruned stops no other.
    """
    now = now or timezone.now()
    with schema_context("public"):
        schemas = list(Tenant.objects.exclude(schema_name="public").values_list("schema_name", flat=True))
    deleted = 0
    for schema in [*schemas, "public"]:
        try:
            with schema_context(schema):
                deleted += _prune_public(now) if schema == "public" else _prune_tenant(now)
        except (Error, *DATABASE_AWAY) as error:
            logger.error("Schema %s could not be pruned (%s)", schema, type(error).__name__)
        finally:
            release_connection()
    if deleted:
        logger.info("Deleted %d rows that were kept long enough", deleted)
    return deleted


def _prune_tenant(now: datetime) -> int:
    turns = settings.TURN_RETENTION_DAYS
    return (
        _batches(_old_logs, days=settings.WEBHOOK_LOG_RETENTION_DAYS, now=now)
        + _batches(_old_turns, days=turns, now=now)
        + _batches(_old_questions, days=turns, now=now)
    )


def _prune_public(now: datetime) -> int:
    return _batches(_old_unrouted, days=settings.UNROUTED_RETENTION_DAYS, now=now)


def _batches(old: Callable[[datetime], QuerySet[Any]], *, days: int, now: datetime) -> int:
    """Delete what `old` finds, until there is no more or the round has had its share. 0 days keep everything."""
    deleted = 0
    for _ in range(MOST_BATCHES if days else 0):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET LOCAL lock_timeout = {LOCK_TIMEOUT}; SET LOCAL statement_timeout = {STATEMENT_TIMEOUT}"
                )
            rows = old(now - timedelta(days=days))
            count = rows.delete()[1].get(rows.model._meta.label, 0)
        deleted += count
        if count < AT_ONCE:
            break
    return deleted


def _old_logs(before: datetime) -> QuerySet[WebhookLog]:
    return _some(WebhookLog.objects.filter(timestamp__lt=before).order_by("timestamp"))


def _old_turns(before: datetime) -> QuerySet[Turn]:
    """Django's own delete takes them out of the messages that point at them."""
    with connection.cursor() as cursor:
        cursor.execute(OLD_TURNS, {"before": before, "most": AT_ONCE})
        return Turn.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()])


def _old_questions(before: datetime) -> QuerySet[PlaygroundQuestion]:
    """With their answers."""
    return _some(PlaygroundQuestion.objects.filter(asked_at__lt=before))


def _old_unrouted(before: datetime) -> QuerySet[UnroutedWebhook]:
    return _some(UnroutedWebhook.objects.filter(timestamp__lt=before).order_by("timestamp"))


def _some(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Some of the rows, none of which another beat is deleting in this moment."""
    picked = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
    return rows.model._default_manager.filter(pk__in=picked).order_by()
