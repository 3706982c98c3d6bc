from __future__ import annotations

import uuid

import pytest
from django.db import transaction

from bots import turns
from bots.models import Conversation, Message
from tests.bots.factories import InboundFactory, age, receive, seconds_from_now

LEASE = 30.0
pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def due() -> uuid.UUID:
    """A conversation with one waiting message."""
    return receive().conversation_id


def row(conversation_id: uuid.UUID) -> Conversation:
    return Conversation.objects.get(pk=conversation_id)


def answered(conversation_id: uuid.UUID) -> None:
    Message.objects.filter(conversation_id=conversation_id).update(outcome=Message.Outcome.ANSWERED)


def outlast(held: turns.Claim) -> turns.Claim:
    """The lease runs out, and another worker takes the conversation."""
    age(held.conversation_id, seconds=1, column="lease_until")
    other = turns.claim(held.conversation_id, lease_seconds=LEASE)
    assert other
    return other


def test_a_due_conversation_is_claimed(due):
    age(due, seconds=2, column="waiting_since")
    held = turns.claim(due, lease_seconds=LEASE)

    assert held
    assert (held.conversation_id, held.attempts) == (due, 1)
    assert 2000 <= held.waited < 4000
    assert LEASE - 1 < seconds_from_now(row(due).lease_until) <= LEASE


def test_the_wait_for_a_worker_is_told_from_the_wait_for_the_rest_of_a_burst(due):
    age(due, seconds=5, column="waiting_since")
    age(due, seconds=2, column="due_at")
    held = turns.claim(due, lease_seconds=LEASE)

    assert held
    assert 2000 <= held.queued < 4000
    assert held.waited - held.queued == pytest.approx(3000, abs=100)


def test_nothing_is_claimed_before_it_is_due():
    assert turns.claim(receive(delay=60).conversation_id, lease_seconds=LEASE) is None


def test_nothing_is_claimed_where_nothing_is_due(due):
    Conversation.objects.update(due_at=None)

    assert turns.claim(due, lease_seconds=LEASE) is None


def test_an_unknown_conversation_is_not_claimed():
    assert turns.claim(uuid.uuid4(), lease_seconds=LEASE) is None


def test_a_second_claim_fails_while_the_first_is_leased(due):
    turns.claim(due, lease_seconds=LEASE)
    before = row(due)

    assert turns.claim(due, lease_seconds=LEASE) is None
    assert (row(due).fence, row(due).attempts, row(due).lease_until) == (1, 1, before.lease_until)


def test_different_conversations_are_claimed_side_by_side(due):
    other = receive(sender="US.1").conversation_id

    assert turns.claim(due, lease_seconds=LEASE)
    assert turns.claim(other, lease_seconds=LEASE)


def test_an_expired_lease_is_anybodys_and_the_fence_grows(due):
    held = turns.claim(due, lease_seconds=LEASE)
    other = outlast(held)

    assert (held.fence, other.fence) == (1, 2)
    assert other.attempts == 2


def test_who_was_given_up_for_dead_can_do_nothing(due):
    held = turns.claim(due, lease_seconds=LEASE)
    outlast(held)
    before = row(due)

    with pytest.raises(turns.LeaseLostError):
        turns.extend(held, lease_seconds=600)
    with pytest.raises(turns.LeaseLostError), transaction.atomic():
        turns.lock(held)
    with pytest.raises(turns.LeaseLostError):
        turns.release(held)
    assert (row(due).lease_until, row(due).due_at) == (before.lease_until, before.due_at)


def test_a_slow_worker_whom_nobody_replaced_keeps_the_conversation(due):
    held = turns.claim(due, lease_seconds=LEASE)
    age(due, seconds=1, column="lease_until")
    turns.extend(held, lease_seconds=60)

    assert 59 < seconds_from_now(row(due).lease_until) <= 60
    assert turns.claim(due, lease_seconds=LEASE) is None


def test_lock_gives_the_row_of_the_holder(due):
    held = turns.claim(due, lease_seconds=LEASE)
    with transaction.atomic():
        assert turns.lock(held).id == due


def test_after_an_answer_nothing_is_due(due):
    held = turns.claim(due, lease_seconds=LEASE)
    answered(due)

    assert turns.release(held) is None
    after = row(due)
    assert (after.due_at, after.waiting_since, after.lease_until, after.attempts) == (None, None, None, 0)


def test_a_message_that_came_in_meanwhile_is_due_at_once(due):
    held = turns.claim(due, lease_seconds=LEASE)
    answered(due)
    late = receive("And a baguette?").message_id

    assert turns.release(held) == pytest.approx(0, abs=0.1)
    assert row(due).waiting_since == Message.objects.get(pk=late).timestamp
    assert turns.claim(due, lease_seconds=LEASE)


def test_a_message_that_came_in_meanwhile_keeps_its_own_delay(due):
    held = turns.claim(due, lease_seconds=LEASE)
    answered(due)
    receive("And a baguette?", delay=20)

    assert 19 < turns.release(held) <= 20
    assert turns.claim(due, lease_seconds=LEASE) is None


def test_what_could_not_be_done_now_is_due_again_later(due):
    held = turns.claim(due, lease_seconds=LEASE)
    answered(due)

    assert 7 < turns.release(held, retry_in=8) <= 8
    assert 7 < seconds_from_now(row(due).due_at) <= 8


def test_attempts_count_while_turns_fail_and_begin_anew_after_one_that_ended(due):
    for attempt in (1, 2, 3):
        held = turns.claim(due, lease_seconds=LEASE)
        assert held.attempts == attempt
        turns.release(held, retry_in=0, failed=True)
    turns.release(turns.claim(due, lease_seconds=LEASE), retry_in=0)

    assert turns.claim(due, lease_seconds=LEASE).attempts == 1


def test_the_fence_grows_with_every_claim(due):
    fences = []
    for _ in range(3):
        held = turns.claim(due, lease_seconds=LEASE)
        fences.append(held.fence)
        turns.release(held, retry_in=0)

    assert fences == [1, 2, 3]


def test_a_conversation_without_waiting_messages_waited_for_nothing(conversation):
    age(conversation.id, seconds=1, column="due_at")

    assert turns.claim(conversation.id, lease_seconds=LEASE).waited == 0


def test_the_oldest_waiting_message_says_since_when_somebody_waits(due):
    first = Message.objects.get(conversation_id=due)
    InboundFactory(conversation_id=due, conversation=first.conversation)
    turns.release(turns.claim(due, lease_seconds=LEASE), retry_in=0)

    assert row(due).waiting_since == first.timestamp


def test_a_lease_is_never_made_shorter(due):
    held = turns.claim(due, lease_seconds=60)
    turns.extend(held, lease_seconds=30)

    assert 59 < seconds_from_now(row(due).lease_until) <= 60
