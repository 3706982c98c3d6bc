"""A message that failed, processed again: once, and never what was answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from bots import bell
from bots.models import AIConfiguration, Conversation, Message, WebhookLog
from bots.models.clock import database_time
from bots.reprocessing import FAULTS, NotAgainError, process_again, process_all_again
from tenants import standing
from tenants.models import AuditEntry, Tenant, User
from tests.bots.factories import ADA, InboundFactory, OutboundFactory, age
from tests.bots.talk import Talk


@pytest.fixture
def member(tenant: Tenant) -> User:
    return User.objects.get(email="owner@acme.test")


@pytest.fixture
def again(tenant: Tenant, member: User) -> Callable[[Message], list]:
    def again(message: Message) -> list:
        return process_again(message.pk, tenant=tenant, by=member)

    return again


@pytest.fixture
def refusal(again: Callable[[Message], list]) -> Callable[[Message], str]:
    """Why a message is not processed again."""

    def refusal(message: Message) -> str:
        with pytest.raises(NotAgainError) as caught:
            again(message)
        return caught.value.reason

    return refusal


def fail(talk: Talk, *texts: str) -> Message:
    """Ada writes, and the AI gives no answer; her last message."""
    talk.ai.fails_with("status", status=401, times=1)
    talk.say(*texts or ("How much is a croissant?",))
    message = Message.objects.filter(direction="in").order_by("timestamp").last()
    assert message
    assert message.outcome == "failed"
    return message


def test_a_failed_message_is_answered_once(talk: Talk, again) -> None:
    message = fail(talk)
    before = len(talk.replies)
    assert again(message) == [message.pk]
    talk.turn()
    talk.turn()
    assert len(talk.replies) == before + 1
    assert talk.replies[-1] == "echo: How much is a croissant?"
    assert talk.outcomes == [("answered", "")]


def test_the_model_is_asked_it_once_and_not_told_of_the_first_try(talk: Talk, again) -> None:
    message = fail(talk, "How much is a croissant?")
    again(message)
    talk.turn()
    assert talk.last_prompt == ["How much is a croissant?"]


def test_a_burst_that_failed_together_gets_one_answer_together(talk: Talk, again) -> None:
    last = fail(talk, "Hi", "how much is a croissant?")
    first = Message.objects.get(content="Hi")
    before = len(talk.replies)
    assert again(first) == [first.pk, last.pk]
    talk.turn()
    assert len(talk.replies) == before + 1
    assert talk.outcomes == [("merged", ""), ("answered", "")]


def test_two_clicks_are_one(talk: Talk, again, refusal) -> None:
    message = fail(talk)
    again(message)
    assert refusal(message) == "waits"
    talk.turn()
    assert refusal(message) == "answered"
    assert AuditEntry.objects.filter(action="message.processed_again").count() == 1


def test_what_was_merged_into_an_answer_counts_as_answered(talk: Talk, refusal) -> None:
    talk.say("Hi", "how much is a croissant?")
    assert refusal(Message.objects.get(content="Hi")) == "merged"


def test_what_a_member_answered_since_is_not_answered_by_the_bot_as_well(talk: Talk, refusal) -> None:
    message = fail(talk)
    OutboundFactory(conversation_id=message.conversation_id, author_id=1, author="Anna", status="sent")
    assert refusal(message) == "answered"


def test_a_members_reply_that_was_never_sent_is_no_answer(talk: Talk, again) -> None:
    message = fail(talk)
    OutboundFactory(conversation_id=message.conversation_id, author_id=1, author="Anna", status="failed")
    assert again(message) == [message.pk]


def test_while_a_turn_answers_it_nobody_puts_it_back(talk: Talk, refusal, during_the_call) -> None:
    reasons: list[str] = []
    during_the_call(lambda: reasons.append(refusal(Message.objects.get())))
    assert talk.say("How much is a croissant?") == ["echo: How much is a croissant?"]
    assert reasons == ["waits"]
    assert talk.turn() is None
    assert len(talk.replies) == 1


def test_put_back_while_a_turn_answers_a_later_message_it_gets_an_answer_of_its_own(
    talk: Talk, again, during_the_call
) -> None:
    message = fail(talk, "How much is a croissant?")
    before = len(talk.replies)
    during_the_call(lambda: again(message))
    talk.say("And a baguette?")
    assert talk.replies[before:] == ["echo: And a baguette?"]
    assert Message.objects.get(pk=message.pk).outcome == ""
    talk.turn()
    assert talk.replies[before:] == ["echo: And a baguette?", "echo: How much is a croissant?"]
    assert talk.turn() is None


def test_a_worker_that_lost_its_lease_cannot_settle_what_was_put_back(talk: Talk, again, during_the_call) -> None:
    message = fail(talk, "How much is a croissant?")
    again(message)

    def another_takes_over() -> None:
        age(message.conversation_id, seconds=600, column="lease_until")
        talk.turn()

    before = len(talk.replies)
    during_the_call(another_takes_over)
    talk.turn()
    assert len(talk.replies) == before + 1


def test_a_bell_is_rung_once_it_is_committed(
    talk: Talk, again, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    message = fail(talk)
    rung: list = []
    monkeypatch.setattr(bell, "ring", lambda **what: rung.append(what["conversation_id"]))
    with django_capture_on_commit_callbacks(execute=True):
        again(message)
    assert rung == [message.conversation_id]
    conversation = Conversation.objects.get()
    assert conversation.due_at
    assert conversation.due_at <= database_time(), "should the bell be lost, the sweeper finds it"


@pytest.mark.parametrize(
    ("outcome", "reason", "expected"),
    [
        ("", "", "waits"),
        ("answered", "", "answered"),
        ("human", "human", "human"),
        ("refused", "opted_out", "refused"),
        ("refused", "rate_limited", "refused"),
        ("refused", "closed", "refused"),
    ],
)
def test_what_did_not_fail_is_left_as_it_is(tenant: Tenant, outcome: str, reason: str, expected: str, refusal) -> None:
    message = InboundFactory(outcome=outcome, outcome_reason=reason)
    assert refusal(message) == expected
    message.refresh_from_db()
    assert (message.outcome, message.outcome_reason) == (outcome, reason)


@pytest.mark.parametrize("reason", FAULTS)
def test_what_was_refused_for_a_fault_of_ours_is_processed_again(tenant: Tenant, reason: str, again) -> None:
    assert again(InboundFactory(outcome="refused", outcome_reason=reason))


def test_a_message_older_than_the_window_is_left_to_the_conversation(tenant: Tenant, refusal) -> None:
    yesterday = database_time() - timedelta(hours=24, minutes=1)
    assert refusal(InboundFactory(outcome="failed", timestamp=yesterday)) == "old"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda message: Conversation.objects.update(mode="human"), "human"),
        (lambda message: message.conversation.contact.__class__.objects.update(opted_out=True), "opted_out"),
        (lambda message: message.conversation.contact.__class__.objects.update(blocked_at=database_time()), "blocked"),
        (lambda message: AIConfiguration.objects.update(is_active=False), "no_bot"),
    ],
    ids=["human", "opted_out", "blocked", "no_bot"],
)
def test_where_the_bot_would_be_silent_it_is_said_beforehand(tenant: Tenant, change, expected: str, refusal) -> None:
    message = InboundFactory(outcome="failed")
    change(message)
    assert refusal(message) == expected


def test_a_suspended_business_processes_nothing_again(tenant: Tenant, refusal) -> None:
    message = InboundFactory(outcome="failed")
    standing.suspend("acme", reason="unpaid")
    tenant.refresh_from_db()
    assert refusal(message) == "suspended"


def test_a_reply_of_ours_is_not_a_message_to_answer(tenant: Tenant, refusal) -> None:
    assert refusal(OutboundFactory(status="failed")) == "outgoing"


def test_a_message_of_another_tenant_is_not_there(tenant: Tenant, other_tenant: Tenant, member: User) -> None:
    message = InboundFactory(outcome="failed")
    with schema_context(other_tenant.schema_name), pytest.raises(NotAgainError) as caught:
        process_again(message.pk, tenant=other_tenant, by=member)
    assert caught.value.reason == "gone"


def test_who_did_it_is_kept_with_the_message_the_log_and_the_audit(talk: Talk, again, member: User) -> None:
    message = fail(talk)
    turn = message.turn_id
    again(message)
    message.refresh_from_db()
    trace = message.metadata["processed_again"]
    assert (trace["by"], trace["reason"], trace["turn"]) == (member.email, "ai_configuration", str(turn))
    assert WebhookLog.objects.get(message=message).processed_again_at
    entry = AuditEntry.objects.get(action="message.processed_again")
    assert (entry.actor, entry.detail) == (member, {"messages": [str(message.pk)]})


def test_a_conversation_that_had_rested_is_awake_again(talk: Talk, again) -> None:
    message = fail(talk)
    Conversation.objects.update(is_active=False)
    again(message)
    assert Conversation.objects.get().is_active


def test_beside_a_newer_conversation_the_old_one_is_answered_and_stays_rested(talk: Talk, again) -> None:
    message = fail(talk)
    Conversation.objects.update(is_active=False)
    talk.say("Hello?", sender=ADA)
    again(message)
    assert Conversation.objects.filter(is_active=True).count() == 1
    assert Conversation.objects.get(pk=message.conversation_id).due_at


def test_many_at_once_are_counted(tenant: Tenant, member: User) -> None:
    failed = [InboundFactory(outcome="failed") for _ in range(3)]
    answered = InboundFactory(outcome="answered")
    ids = [message.pk for message in [*failed, answered]]
    assert process_all_again(ids, tenant=tenant, by=member) == (3, 1)


@pytest.mark.django_db(transaction=True)
def test_of_those_who_click_at_once_one_puts_it_back(tenant: Tenant, member: User) -> None:
    message = InboundFactory(outcome="failed")

    def click(_: int) -> str:
        try:
            with schema_context(tenant.schema_name):
                process_again(message.pk, tenant=tenant, by=member)
        except NotAgainError as refusal:
            return refusal.reason
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(click, range(4)))
    message.conversation.contact.delete()

    assert sorted(outcomes) == ["done", "waits", "waits", "waits"]


@pytest.mark.django_db(transaction=True)
def test_a_click_waits_for_the_commit_of_a_turn_and_sees_what_it_decided(tenant: Tenant, member: User) -> None:
    """As `bots.plan` does it: the conversation's row first, then the outcomes."""
    message = InboundFactory(outcome="failed")
    locked = threading.Event()

    def answer() -> None:
        with schema_context(tenant.schema_name), transaction.atomic():
            Conversation.objects.select_for_update().get(pk=message.conversation_id)
            locked.set()
            while not (clicked.done() or somebody_waits()):
                time.sleep(0.01)
            Message.objects.filter(pk=message.pk).update(outcome="answered")
        connection.close()

    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            return cursor.fetchone()[0]

    def click() -> str:
        locked.wait(10)
        try:
            with schema_context(tenant.schema_name):
                process_again(message.pk, tenant=tenant, by=member)
        except NotAgainError as refusal:
            return refusal.reason
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        clicked = pool.submit(click)
        pool.submit(answer).result()
        reason = clicked.result()
    message.conversation.contact.delete()

    assert reason == "answered"
