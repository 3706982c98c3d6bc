"""Webhooks counted by the hour, once the hour is over: a histogram of weeks reads hundreds of rows, not a million."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone
from django_tenants.utils import schema_context

from bots.models import WebhookLog, WebhookTally
from tenants.context import DATABASE_AWAY, release_connection
from tenants.models import Tenant

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
BEGINNING = datetime.min.replace(tzinfo=UTC)
#: After an hour is over, what began in it has so long to be committed.
SETTLES = timedelta(minutes=2)
#: Counted by one transaction, and in one round of a tenant that has much to catch up with.
AT_ONCE, MOST_BATCHES = timedelta(days=1), 60
#: Milliseconds. A tenant whose tables are locked or slow is passed over until the next round.
PATIENCE = "SET LOCAL lock_timeout = 1000; SET LOCAL statement_timeout = 20000"
COUNT = """
INSERT INTO bots_webhooktally (hour, channel_id, kind, outcome, count, processing_time)
SELECT date_trunc('hour', timestamp, 'UTC'), channel_id, kind, outcome, count(*), sum(processing_time)
  FROM bots_webhooklog WHERE timestamp >= %(since)s AND timestamp < %(until)s
 GROUP BY 1, 2, 3, 4
ON CONFLICT ON CONSTRAINT one_tally_an_hour
DO UPDATE SET count = excluded.count, processing_time = excluded.processing_time
"""


def count(*, now: datetime | None = None) -> int:
    """Count the hours that are over, in every tenant's schema that is open; returns how many days were looked at.

    Counting an hour twice changes nothing. One tenant that cannot be counted stops no other.
    """
    now = now or timezone.now()
    with schema_context("public"):
        open_tenants = Tenant.objects.exclude(schema_name="public").exclude(status=Tenant.Status.CLOSED)
        schemas = list(open_tenants.values_list("schema_name", flat=True))
    batches = 0
    for schema in schemas:
        try:
            with schema_context(schema):
                batches += count_tenant(now=now)
        except (Error, *DATABASE_AWAY) as error:
            logger.error("Schema %s could not be counted (%s)", schema, type(error).__name__)
        finally:
            release_connection()
    return batches


def count_tenant(*, now: datetime) -> int:
    """The same, in the schema that the caller is in; the hour that was counted last is counted once more."""
    until = begin_of_hour(now - SETTLES)
    since = counted_until() - HOUR if WebhookTally.objects.exists() else _first_hour(now=until)
    batches = 0
    while since < until and batches < MOST_BATCHES:
        end = min(since + AT_ONCE, until)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PATIENCE)
            cursor.execute(COUNT, {"since": since, "until": end})
        since, batches = end, batches + 1
    _forget(now=now)
    return batches


def counted_until() -> datetime:
    """What came before this is in the tallies, whole; the beginning of time where nothing was counted yet."""
    last = WebhookTally.objects.aggregate(last=Max("hour"))["last"]
    return last + HOUR if last else BEGINNING


def begin_of_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _first_hour(*, now: datetime) -> datetime:
    """Where counting begins: at the oldest request that is not about to be deleted."""
    first = WebhookLog.objects.filter(timestamp__gte=_kept_from(now)).aggregate(first=Min("timestamp"))["first"]
    return begin_of_hour(first or now)


def _forget(*, now: datetime) -> None:
    """As long as the log itself is kept, so long is its count."""
    WebhookTally.objects.filter(hour__lt=_kept_from(now)).delete()


def _kept_from(now: datetime) -> datetime:
    days = settings.WEBHOOK_LOG_RETENTION_DAYS
    return begin_of_hour(now - timedelta(days=days)) if days else BEGINNING
