"""Webhooks counted by the hour: whole hours, each once, whatever is done twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django_tenants.utils import schema_context

from bots import tallies
from bots.models import Channel, WebhookLog, WebhookTally
from tenants.models import Tenant

NOW = datetime(2026, 11, 12, 10, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _keeps_for_ever(settings, tenant: Tenant) -> None:
    settings.WEBHOOK_LOG_RETENTION_DAYS = 0


def came(at: datetime, *, outcome: str = "accepted", kind: str = "message", milliseconds: float = 5.0) -> WebhookLog:
    log = WebhookLog.objects.create(
        method="POST",
        headers={},
        body={},
        response_status=200,
        processing_time=milliseconds,
        kind=kind,
        outcome=outcome,
        channel=Channel.objects.first(),
    )
    WebhookLog.objects.filter(pk=log.pk).update(timestamp=at)
    return log


def counted() -> list[tuple[int, str, str, int]]:
    rows = WebhookTally.objects.order_by("hour", "kind", "outcome")
    return [(row.hour.hour, row.kind, row.outcome, row.count) for row in rows]


def test_what_came_in_an_hour_is_counted_by_kind_and_outcome() -> None:
    came(NOW - timedelta(hours=1))
    came(NOW - timedelta(hours=1, minutes=20))
    came(NOW - timedelta(hours=1), outcome="forged")
    came(NOW - timedelta(hours=2), kind="status", outcome="updated")
    tallies.count(now=NOW)
    assert counted() == [(8, "status", "updated", 1), (9, "message", "accepted", 2), (9, "message", "forged", 1)]


def test_the_hour_that_still_runs_is_not_counted() -> None:
    came(NOW - timedelta(minutes=10))
    tallies.count(now=NOW)
    assert counted() == []


def test_an_hour_is_given_time_for_what_began_in_it_to_be_committed() -> None:
    came(NOW.replace(hour=9, minute=59))
    tallies.count(now=NOW.replace(minute=1))
    assert counted() == []
    tallies.count(now=NOW.replace(minute=3))
    assert counted() == [(9, "message", "accepted", 1)]


def test_counting_twice_changes_nothing() -> None:
    came(NOW - timedelta(hours=1))
    came(NOW - timedelta(hours=30))
    tallies.count(now=NOW)
    before = list(WebhookTally.objects.values())
    tallies.count(now=NOW)
    assert list(WebhookTally.objects.values()) == before


def test_what_came_late_into_the_hour_counted_last_is_found() -> None:
    came(NOW - timedelta(hours=1))
    tallies.count(now=NOW)
    came(NOW - timedelta(hours=1))
    tallies.count(now=NOW)
    assert counted() == [(9, "message", "accepted", 2)]


def test_after_days_without_it_everything_is_caught_up_with() -> None:
    for days in range(4):
        came(NOW - timedelta(days=days, hours=1))
    tallies.count(now=NOW)
    assert sum(row.count for row in WebhookTally.objects.all()) == 4


def test_requests_whose_number_is_gone_are_counted_once_too() -> None:
    came(NOW - timedelta(hours=1))
    WebhookLog.objects.update(channel=None)
    tallies.count(now=NOW)
    tallies.count(now=NOW)
    assert counted() == [(9, "message", "accepted", 1)]


def test_the_time_that_they_took_is_added_up() -> None:
    came(NOW - timedelta(hours=1), milliseconds=5)
    came(NOW - timedelta(hours=1), milliseconds=700)
    tallies.count(now=NOW)
    assert WebhookTally.objects.get().processing_time == 705


def test_each_tenant_has_its_own(other_tenant: Tenant) -> None:
    with schema_context(other_tenant.schema_name):
        came(NOW - timedelta(hours=1))
    tallies.count(now=NOW)
    assert counted() == []
    with schema_context(other_tenant.schema_name):
        assert counted() == [(9, "message", "accepted", 1)]


def test_counts_are_kept_as_long_as_the_log(settings) -> None:
    settings.WEBHOOK_LOG_RETENTION_DAYS = 30
    came(NOW - timedelta(days=29))
    came(NOW - timedelta(days=31))
    tallies.count(now=NOW)
    assert WebhookTally.objects.count() == 1


def test_what_is_about_to_be_deleted_is_not_counted_again_and_again(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_LOG_RETENTION_DAYS = 3
    monkeypatch.setattr(tallies, "MOST_BATCHES", 2)
    came(NOW - timedelta(days=40))
    came(NOW - timedelta(hours=1))
    came(NOW - timedelta(days=2))
    for _ in range(2):
        tallies.count(now=NOW)
    assert tallies.counted_until() == NOW.replace(minute=0)
    assert len(counted()) == 2
