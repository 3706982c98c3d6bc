from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import override_settings

from bots import bell, broker, store
from tests.webhooks.posting import bells


@pytest.fixture
def broker_is_away(monkeypatch):
    """Rings are asked of a broker that refuses connections; says how often it was tried."""
    tried = []
    send = broker.send

    def tries(*args, **options):
        tried.append(args)
        with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
            return send(*args, **options)

    monkeypatch.setattr(broker, "send", tries)
    return tried


def test_a_bell_names_the_tenant_and_the_conversation():
    conversation_id = uuid4()

    assert bell.ring(tenant_id=7, conversation_id=conversation_id) is True
    assert bells() == [[7, str(conversation_id)]]


def test_a_bell_that_nobody_hears_is_no_error(broker_is_away):
    assert bell.ring(tenant_id=7, conversation_id=uuid4()) is False
    assert len(broker_is_away) == 1


def test_after_a_failure_nobody_waits_for_the_broker_for_a_while(broker_is_away, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(bell.time, "monotonic", lambda: clock[0])
    bell.ring(tenant_id=7, conversation_id=uuid4())
    clock[0] += bell.SILENCE_SECONDS - 0.1
    assert bell.ring(tenant_id=7, conversation_id=uuid4()) is False
    assert len(broker_is_away) == 1

    clock[0] += 0.2
    bell.ring(tenant_id=7, conversation_id=uuid4())
    assert len(broker_is_away) == 2


def test_the_broker_is_rung_again_once_it_is_back(broker_is_away, monkeypatch):
    bell.ring(tenant_id=7, conversation_id=uuid4())
    monkeypatch.undo()
    monkeypatch.setattr(bell, "_silent_until", 0.0)

    assert bell.ring(tenant_id=7, conversation_id=uuid4()) is True
    assert len(bells()) == 1


def test_a_queue_that_redis_forgot_is_rung_all_the_same():
    bell.ring(tenant_id=7, conversation_id=uuid4())
    store.client().flushdb()

    bell.ring(tenant_id=8, conversation_id=uuid4())
    assert [tenant_id for tenant_id, _ in bells()] == [8]


def test_bells_are_a_crowd_only_where_more_wait_than_workers_take_at_once(monkeypatch):
    monkeypatch.setattr(bell, "CROWD", 1)
    bell.ring(tenant_id=7, conversation_id=uuid4())
    assert not bell.is_crowded()

    bell.ring(tenant_id=7, conversation_id=uuid4())
    assert bell.is_crowded()


def test_nobody_is_said_to_be_behind_where_the_broker_does_not_answer():
    with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
        assert not bell.is_crowded()
