"""What is older than its setting allows is deleted, a few at a time; messages stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from bots import retention
from bots.models import Message, PlaygroundAnswer, PlaygroundQuestion, Turn, WebhookLog
from tenants.models import Tenant, UnroutedWebhook
from tests.bots.factories import ConversationFactory

NOW = timezone.now()


def log(*, days: float, message=None) -> WebhookLog:
    row = WebhookLog.objects.create(
        method="POST",
        headers={},
        body={},
        response_status=200,
        processing_time=1.0,
        kind="message",
        outcome="accepted",
        message=message,
    )
    WebhookLog.objects.filter(pk=row.pk).update(timestamp=NOW - timedelta(days=days))
    return row


def turn(conversation, *, days: float) -> Turn:
    type(conversation).objects.filter(pk=conversation.pk).update(started_at=NOW - timedelta(days=days + 1))
    return Turn.objects.create(conversation=conversation, outcome="answered", created_at=NOW - timedelta(days=days))


def unrouted(*, days: float) -> UnroutedWebhook:
    with schema_context("public"):
        row = UnroutedWebhook.objects.create(
            method="POST", path="/", headers={}, fields=[], body_bytes=0, response_status=404, reason="nobody"
        )
        UnroutedWebhook.objects.filter(pk=row.pk).update(timestamp=NOW - timedelta(days=days))
    return row


@pytest.mark.parametrize(("days", "left"), [(29.9, 1), (30.1, 0)])
def test_a_webhook_log_is_kept_thirty_days(tenant, days, left):
    log(days=days)

    assert retention.prune(now=NOW) == 1 - left
    assert WebhookLog.objects.count() == left


@pytest.mark.parametrize(("days", "left"), [(89.9, 1), (90.1, 0)])
def test_a_turn_is_kept_ninety_days(tenant, conversation, days, left):
    turn(conversation, days=days)

    retention.prune(now=NOW)

    assert Turn.objects.count() == left


@pytest.mark.parametrize(("days", "left"), [(89.9, 1), (90.1, 0)])
def test_what_was_tried_in_the_playground_is_kept_as_long_as_a_turn(tenant, days, left):
    question = PlaygroundQuestion.objects.create(member_id=1, text="hello?", asked_at=NOW - timedelta(days=days))
    question.answers.create(source="draft", lease_until=NOW)

    assert retention.prune(now=NOW) == 1 - left
    assert (PlaygroundQuestion.objects.count(), PlaygroundAnswer.objects.count()) == (left, left)


@pytest.mark.parametrize(("days", "left"), [(13.9, 1), (14.1, 0)])
def test_an_unrouted_webhook_is_kept_fourteen_days(tenant, days, left):
    unrouted(days=days)

    retention.prune(now=NOW)

    with schema_context("public"):
        assert UnroutedWebhook.objects.count() == left


def test_a_message_outlives_its_turn_and_its_log(tenant, conversation):
    message = Message.objects.create(
        conversation=conversation,
        role="assistant",
        direction="out",
        status="sent",
        content="Good morning",
        turn=turn(conversation, days=91),
    )
    log(days=31, message=message)

    assert retention.prune(now=NOW) == 2
    message.refresh_from_db()
    assert (message.content, message.turn) == ("Good morning", None)


def test_young_turns_of_an_old_conversation_stay(tenant, conversation):
    turn(conversation, days=100)
    young = turn(conversation, days=1)
    type(conversation).objects.update(started_at=NOW - timedelta(days=200))

    retention.prune(now=NOW)

    assert [one.pk for one in Turn.objects.all()] == [young.pk]


def test_nothing_is_deleted_where_the_setting_is_zero(tenant, conversation, settings):
    settings.WEBHOOK_LOG_RETENTION_DAYS = settings.TURN_RETENTION_DAYS = settings.UNROUTED_RETENTION_DAYS = 0
    log(days=4000)
    turn(conversation, days=4000)
    unrouted(days=4000)

    assert retention.prune(now=NOW) == 0


def test_every_tenant_is_pruned_closed_ones_too(tenant, other_tenant):
    log(days=31)
    with schema_context(other_tenant.schema_name):
        log(days=31)
    with schema_context("public"):
        Tenant.objects.filter(pk=other_tenant.pk).update(status=Tenant.Status.CLOSED)

    assert retention.prune(now=NOW) == 2


def test_a_round_deletes_its_share_and_the_next_one_goes_on(tenant, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    for day in range(7):
        log(days=40 + day)

    assert retention.prune(now=NOW) == 4
    assert WebhookLog.objects.count() == 3
    assert retention.prune(now=NOW) == 3


def test_the_oldest_go_first(tenant, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    monkeypatch.setattr(retention, "MOST_BATCHES", 1)
    old = log(days=31)
    log(days=300)

    retention.prune(now=NOW)

    assert [row.pk for row in WebhookLog.objects.all()] == [old.pk]


def test_one_broken_tenant_stops_no_other(tenant, other_tenant):
    log(days=31)
    with schema_context("public"):
        broken = Tenant(slug="aaa", schema_name="aaa", name="Broken")
        broken.auto_create_schema = False
        broken.save()
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA aaa")

    assert retention.prune(now=NOW) == 1


def test_old_logs_and_old_turns_are_found_by_an_index(tenant, conversation):
    """Where the tables are large; small ones PostgreSQL reads whole."""
    other = ConversationFactory()
    for one in (conversation, other):
        Turn.objects.bulk_create(
            Turn(conversation=one, outcome="answered", prompt=[], created_at=NOW - timedelta(hours=hours))
            for hours in range(1_000)
        )
    WebhookLog.objects.bulk_create(
        WebhookLog(method="POST", headers={}, body={}, response_status=200, processing_time=1.0, kind="message")
        for _ in range(1_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bots_conversation, bots_turn, bots_webhooklog")
        cursor.execute("EXPLAIN " + retention.OLD_TURNS, {"before": NOW - timedelta(days=41), "most": 500})
        turns = "\n".join(line for (line,) in cursor.fetchall())
    logs = WebhookLog.objects.filter(timestamp__lt=NOW).order_by("timestamp")[:500].explain()
    assert "bots_turn_convers" in turns
    assert "bots_webhoo_timesta" in logs


@pytest.fixture
def conversation(tenant):
    return ConversationFactory()
