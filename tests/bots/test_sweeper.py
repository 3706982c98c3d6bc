from __future__ import annotations

from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
from django.db import connection
from django_tenants.utils import schema_context

from bots import bell, sweeper, turns
from bots.models import Conversation
from tenants.models import Tenant
from tests.bots.factories import ConversationFactory, age, claimed
from tests.webhooks.posting import bells

LATE = sweeper.GRACE + 1


@pytest.fixture
def lying(conversation) -> Conversation:
    """A conversation that was due a while ago, and whose bell was lost."""
    age(conversation.id, seconds=LATE, column="due_at")
    return conversation


def test_what_is_due_and_free_is_rung_for(tenant, lying):
    assert sweeper.sweep() == 1
    assert bells() == [[tenant.pk, str(lying.id)]]


def test_the_webhooks_own_bell_has_its_time_first(conversation):
    age(conversation.id, seconds=sweeper.GRACE - 1, column="due_at")

    assert sweeper.sweep() == 0


def test_what_is_not_due_is_left_alone(conversation):
    other = ConversationFactory()
    age(other.id, seconds=-60, column="due_at")

    assert sweeper.sweep() == 0


def test_what_somebody_works_on_is_left_alone(lying):
    claimed(lying.id)
    age(lying.id, seconds=LATE, column="due_at")

    assert sweeper.sweep() == 0


def test_a_conversation_whose_worker_was_lost_is_rung_for(tenant, lying):
    held = claimed(lying.id)
    age(lying.id, seconds=LATE, column="due_at")
    age(lying.id, seconds=1, column="lease_until")

    assert sweeper.sweep() == 1
    assert turns.claim(lying.id, lease_seconds=30).fence == held.fence + 1


def test_nothing_is_rung_for_twice_within_the_patience(lying):
    assert sweeper.sweep() == 1
    age(lying.id, seconds=sweeper.PATIENCE - 2, column="rung_at")

    assert sweeper.sweep() == 0


def test_what_still_lies_after_the_patience_is_rung_for_again(lying):
    sweeper.sweep()
    age(lying.id, seconds=sweeper.PATIENCE + 1, column="rung_at")

    assert sweeper.sweep() == 1
    assert len(bells()) == 2


def test_a_lease_that_ran_out_since_the_last_bell_is_worth_another(lying):
    sweeper.sweep()
    claimed(lying.id)
    age(lying.id, seconds=LATE + 5, column="due_at")
    age(lying.id, seconds=5, column="rung_at")
    age(lying.id, seconds=1, column="lease_until")

    assert sweeper.sweep() == 1
    assert sweeper.sweep() == 0


def test_every_tenant_is_swept(tenant, other_tenant, lying):
    with schema_context(other_tenant.schema_name):
        other = ConversationFactory()
        age(other.id, seconds=LATE, column="due_at")

    assert sweeper.sweep() == 2
    assert sorted(bells()) == sorted([[tenant.pk, str(lying.id)], [other_tenant.pk, str(other.id)]])


def test_a_broken_tenant_stops_no_other(tenant, lying):
    with schema_context("public"):
        Tenant.objects.bulk_create([Tenant(slug="aaa", name="Broken", schema_name="aaa_is_not_there")])

    assert sweeper.sweep() == 1
    assert bells() == [[tenant.pk, str(lying.id)]]


def test_a_tenant_whose_tables_are_locked_keeps_no_other_waiting(tenant, lying):
    given_up = {"options": "-c idle_in_transaction_session_timeout=20s"}
    with closing(psycopg2.connect(**{**connection.get_connection_params(), **given_up})) as other:
        other.cursor().execute("LOCK TABLE bravo.bots_conversation IN ACCESS EXCLUSIVE MODE")

        assert sweeper.sweep() == 1
        other.cursor().execute("SELECT")  # still there, with its lock

    assert bells() == [[tenant.pk, str(lying.id)]]


def test_a_suspended_tenant_is_swept_so_that_its_messages_get_their_reason(lying):
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)

    assert sweeper.sweep() == 1


def test_a_closed_tenant_is_not_touched(lying):
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.CLOSED)

    assert sweeper.sweep() == 0
    assert Conversation.objects.get().rung_at is None


def test_a_round_takes_no_more_than_its_share_and_the_oldest_first(monkeypatch, lying):
    older = ConversationFactory()
    age(older.id, seconds=LATE + 60, column="due_at")
    monkeypatch.setattr(sweeper, "MOST_AT_ONCE", 1)

    assert sweeper.sweep() == 1
    assert bells()[0][1] == str(older.id)
    assert sweeper.sweep() == 1


def test_the_last_round_says_how_long_the_oldest_has_lain(lying):
    age(lying.id, seconds=40, column="due_at")
    sweeper.sweep()
    last = sweeper.last_round()

    assert last.oldest_due == pytest.approx(40, abs=2)
    assert last.swept_ago == pytest.approx(0, abs=2)


def test_a_round_that_found_nothing_says_so(tenant):
    sweeper.sweep()

    assert sweeper.last_round().oldest_due == 0


def test_nobody_knows_of_a_round_that_never_was(tenant):
    assert sweeper.last_round() is None


def test_without_redis_sweeping_fails_nobody(lying, redis_is_away, monkeypatch):
    monkeypatch.setattr(bell, "_silent_until", float("inf"))

    assert sweeper.sweep() == 0
    assert sweeper.last_round() is None


def test_a_bell_that_nobody_heard_is_rung_again_in_the_next_round(tenant, lying, monkeypatch):
    other = ConversationFactory()
    age(other.id, seconds=LATE, column="due_at")
    with monkeypatch.context() as patched:
        patched.setattr(bell, "_silent_until", float("inf"))
        assert sweeper.sweep() == 0

    assert sweeper.sweep() == 2
    assert sorted(bells()) == sorted([[tenant.pk, str(lying.id)], [tenant.pk, str(other.id)]])


@pytest.fixture
def crowd(monkeypatch):
    """So many bells wait that workers must be behind."""
    monkeypatch.setattr(bell, "CROWD", 0)
    bell.ring(tenant_id=7, conversation_id=uuid4())


def test_while_workers_are_behind_what_is_due_waits_for_its_own_bell(crowd, lying):
    age(lying.id, seconds=bell.GOOD_FOR - 5, column="due_at")

    assert sweeper.sweep() == 0


def test_while_workers_are_behind_what_outlived_its_bell_is_rung_for_once(crowd, lying):
    age(lying.id, seconds=bell.GOOD_FOR + 5, column="due_at")

    assert sweeper.sweep() == 1
    age(lying.id, seconds=bell.GOOD_FOR - 5, column="rung_at")
    assert sweeper.sweep() == 0


def test_while_workers_are_behind_a_lost_workers_conversation_is_rung_for_at_once(crowd, lying):
    claimed(lying.id)
    age(lying.id, seconds=LATE, column="due_at")
    age(lying.id, seconds=1, column="lease_until")

    assert sweeper.sweep() == 1


def test_how_long_the_oldest_has_lain_is_said_while_workers_are_behind(crowd, lying):
    age(lying.id, seconds=40, column="due_at")
    sweeper.sweep()

    assert sweeper.last_round().oldest_due == pytest.approx(40, abs=2)
