"""A test message to the admin's own phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bots import bell, turns
from bots.channels.facts import facts
from bots.channels.trial import MOST_A_MINUTE, TrialError, send
from bots.models import Channel, Contact, Conversation, Message
from bots.processor import MessageProcessor
from sandbox.twilio.client import Phone
from tenants.models import Tenant, User
from tests.channels.conftest import NUMBER

PHONE = "+4915112345601"


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The bells that were rung."""
    bells: list[object] = []
    monkeypatch.setattr(bell, "ring", lambda **bell: bells.append(bell["conversation_id"]) or True)
    return bells


def written(channel: Channel, *, hours_ago: float = 0.1, opted_out: bool = False) -> Conversation:
    """The owner of the phone wrote to the channel."""
    contact = Contact.objects.create(
        channel=channel, identity=PHONE, reply_to=f"whatsapp:{PHONE}", phone=PHONE, opted_out=opted_out
    )
    conversation = Conversation.objects.create(contact=contact, user_phone=PHONE)
    Message.objects.create(
        conversation=conversation,
        role="user",
        direction="in",
        status="received",
        content="hello",
        outcome="answered",
        timestamp=timezone.now() - timedelta(hours=hours_ago),
    )
    return conversation


def test_it_goes_out_as_every_reply_does(
    connected: Channel, twilio: Phone, tenant: Tenant, actor: User, rung: list[object]
) -> None:
    conversation = written(connected)
    twilio.send(user=PHONE, number=NUMBER, body="hello")
    send(connected, phone=PHONE, tenant=tenant, actor=actor)
    assert rung == [conversation.pk]
    channel = Channel.objects.get(pk=connected.pk)
    trial = facts(channel).trial
    assert trial is not None
    assert trial.status == "queued"

    assert MessageProcessor(tenant).take_turn(conversation.pk) is None
    trial = facts(channel).trial
    assert trial is not None
    assert trial.status == "sent"
    assert [reply["body"] for reply in twilio.replies(number=NUMBER, user=PHONE)] == [
        "This is a test from Acme: your number is connected, and replies reach you. ✅"
    ]


def test_the_model_never_hears_of_it(connected: Channel, tenant: Tenant, actor: User) -> None:
    written(connected)
    send(connected, phone=PHONE, tenant=tenant, actor=actor)
    assert Message.objects.get(direction="out").metadata == {"notice": "trial"}


def refusal(channel: Channel, *, tenant: Tenant, actor: User, phone: str = PHONE) -> str:
    with pytest.raises(TrialError) as caught:
        send(channel, phone=phone, tenant=tenant, actor=actor)
    return caught.value.refusal


def test_nobody_is_written_to_who_has_not_written_first(connected: Channel, tenant: Tenant, actor: User) -> None:
    assert refusal(connected, tenant=tenant, actor=actor) == "never_wrote"
    assert not Message.objects.filter(direction="out").exists()


def test_somebody_who_wrote_to_another_number_of_ours_has_not_written_to_this_one(
    connected: Channel, tenant: Tenant, actor: User
) -> None:
    written(Channel.objects.exclude(pk=connected.pk).get())
    assert refusal(connected, tenant=tenant, actor=actor) == "never_wrote"


def test_after_24_hours_whatsapp_would_not_carry_it(connected: Channel, tenant: Tenant, actor: User) -> None:
    written(connected, hours_ago=24.1)
    assert refusal(connected, tenant=tenant, actor=actor) == "window_closed"


def test_somebody_who_opted_out_is_left_alone(connected: Channel, tenant: Tenant, actor: User) -> None:
    written(connected, opted_out=True)
    assert refusal(connected, tenant=tenant, actor=actor) == "opted_out"


def test_a_few_a_minute_are_enough(connected: Channel, tenant: Tenant, actor: User) -> None:
    written(connected)
    for _ in range(MOST_A_MINUTE):
        send(connected, phone=PHONE, tenant=tenant, actor=actor)
    assert refusal(connected, tenant=tenant, actor=actor) == "too_many"
    assert Message.objects.filter(direction="out").count() == MOST_A_MINUTE


def test_one_queued_while_a_worker_answers_is_sent_after_its_turn(
    connected: Channel, twilio: Phone, tenant: Tenant, actor: User
) -> None:
    conversation = written(connected)
    Conversation.objects.filter(pk=conversation.pk).update(due_at=timezone.now())
    held = turns.claim(conversation.pk, lease_seconds=30)
    assert held is not None
    send(connected, phone=PHONE, tenant=tenant, actor=actor)
    left = turns.release(held)
    assert left is not None
