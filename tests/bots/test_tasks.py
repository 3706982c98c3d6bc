from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app

from bots import tasks
from bots.models import Conversation, Message
from tenants.models import Tenant
from tenants.pool import PoolTimeoutError
from tests.bots.factories import in_schema, receive
from tests.webhooks.posting import bells


@pytest.fixture
def noting() -> Iterator[Any]:
    """A task that notes for whom and in which schema it ran."""
    ran: list[tuple[str, str]] = []

    def note(tenant: Tenant) -> str:
        ran.append((tenant.slug, in_schema()))
        return "done"

    task = current_app.task(base=tasks.TenantTask, name="tests.note", shared=False)(note)
    yield SimpleNamespace(run_for=lambda tenant_id: task.apply(args=(tenant_id,), throw=True).get(), ran=ran)
    current_app.tasks.unregister("tests.note")


@pytest.mark.usefixtures("tenant")
def test_a_task_runs_in_its_tenants_schema_wherever_the_thread_was_before(noting, other_tenant):
    assert noting.run_for(other_tenant.pk) == "done"
    assert noting.ran == [("bravo", "bravo")]
    assert in_schema() == "acme"


def test_a_task_for_an_unknown_tenant_runs_nowhere(noting, db):
    assert noting.run_for(999_999) is None
    assert (noting.ran, in_schema()) == ([], "public")


def test_a_task_for_a_closed_tenant_runs_nowhere(noting, db):
    acme = Tenant.objects.get(slug="acme")
    Tenant.objects.filter(pk=acme.pk).update(status=Tenant.Status.CLOSED)

    assert noting.run_for(acme.pk) is None
    assert (noting.ran, in_schema()) == ([], "public")


def test_a_task_for_the_platform_itself_runs_nowhere(noting, db):
    assert noting.run_for(Tenant.objects.get(schema_name="public").pk) is None
    assert (noting.ran, in_schema()) == ([], "public")


def test_a_task_of_a_suspended_tenant_runs_and_sees_that_it_is_suspended(noting, db):
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)
    noting.run_for(Tenant.objects.get(slug="acme").pk)

    assert noting.ran == [("acme", "acme")]


def test_a_task_that_breaks_leaves_the_schema_behind(noting, db, monkeypatch):
    def broken(_tenant):
        raise RuntimeError

    monkeypatch.setattr(current_app.tasks["tests.note"], "run", broken)
    with pytest.raises(RuntimeError):
        noting.run_for(Tenant.objects.get(slug="acme").pk)

    assert in_schema() == "public"


def test_a_bell_is_answered_by_a_turn(tenant, bot, phone):
    conversation_id = receive("hello").conversation_id
    tasks.take_turn.apply(args=(tenant.pk, str(conversation_id)), throw=True)

    assert Message.objects.get(direction="out").status == "sent"
    assert bells() == []


def test_a_turn_that_left_something_is_rung_for_again(tenant, bot, phone):
    phone.fault(on="messages.create", mode="status", status=429, times=1)
    conversation_id = receive("hello").conversation_id
    tasks.take_turn.apply(args=(tenant.pk, str(conversation_id)), throw=True)

    assert bells() == [[tenant.pk, str(conversation_id)]]
    assert Conversation.objects.get().due_at


@pytest.mark.usefixtures("tenant")
def test_a_bell_for_another_tenants_conversation_reaches_nothing(other_tenant, bot):
    conversation_id = receive("hello").conversation_id
    tasks.take_turn.apply(args=(other_tenant.pk, str(conversation_id)), throw=True)

    assert Message.objects.get().outcome == ""
    assert Conversation.objects.get().fence == 0


def test_a_bell_for_a_conversation_that_is_gone_does_nothing(tenant, bot):
    tasks.take_turn.apply(args=(tenant.pk, str(uuid4())), throw=True)

    assert bells() == []


def test_a_bell_is_rung_again_where_other_threads_have_all_the_connections(tenant, bot, monkeypatch):
    def exhausted(_tenant_id):
        raise PoolTimeoutError

    conversation_id = receive("hello").conversation_id
    monkeypatch.setattr("tenants.context._tenant", exhausted)
    tasks.take_turn.apply(args=(tenant.pk, str(conversation_id)), throw=True)

    assert bells() == [[tenant.pk, str(conversation_id)]]


def test_a_worker_that_was_told_to_end_leaves_the_bell_to_another(tenant, monkeypatch):
    monkeypatch.setattr(tasks.state, "should_stop", 0)
    conversation_id = receive("hello").conversation_id
    tasks.take_turn(tenant.pk, str(conversation_id))

    assert bells() == [[tenant.pk, str(conversation_id)]]
    assert Conversation.objects.get().fence == 0
