"""Sends over Meta, which has no list of what was sent: only its report settles a send whose answer never came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bots import outbox, statuses, uncertain
from bots.models import Channel, Conversation, Message
from bots.models.clock import database_time
from sandbox.meta.client import MetaPhone, running
from tests.bots.factories import ConversationFactory, status_of

ADA = "+4915112345601"
NUMBER = {
    "phone_number_id": "106540352242922",
    "access_token": "a-token",
    "app_secret": "a-secret",
    "webhook_url": "https://bots.example.com/api/whatsapp/webhook/",
    "deliver_to": "http://127.0.0.1:9",
}


@pytest.fixture(scope="module")
def network() -> Iterator[MetaPhone]:
    with running({"numbers": [NUMBER]}) as phone:
        yield phone


@pytest.fixture
def phone(network, settings) -> MetaPhone:
    network.reset()
    settings.META_API_BASE_URL = network.url
    return network


@pytest.fixture
def conversation(tenant, phone) -> Conversation:
    channel = Channel.objects.create(
        provider="meta", address=NUMBER["phone_number_id"], credentials={"access_token": "a-token"}
    )
    return ConversationFactory(contact__channel=channel, contact__identity=ADA, contact__reply_to=ADA)


def sent(phone: MetaPhone) -> list[str]:
    return [reply["body"] for reply in phone.replies(number=NUMBER["phone_number_id"], user=ADA)]


def begun(message: Message, *, seconds: float) -> None:
    Message.objects.filter(pk=message.pk).update(sending_at=database_time() - timedelta(seconds=seconds))


def test_a_reply_is_sent_with_our_id_along(held, queued, phone):
    message = queued("2.40 euro.")

    assert outbox.deliver(held) is None
    (reply,) = phone.replies(number=NUMBER["phone_number_id"], user=ADA)
    assert (reply["body"], reply["status_callback"]) == ("2.40 euro.", str(message.id))
    assert (status_of(message), Message.objects.get(pk=message.pk).external_id) == ("sent", reply["sid"])


def test_an_uncertain_send_waits_for_its_report_and_is_not_repeated_before(held, queued, phone):
    message = queued()
    phone.fault(on="messages.create", mode="accept_and_status", status=500, times=1)
    outbox.deliver(held)
    begun(message, seconds=uncertain.CALLBACK_WAIT - 10)

    assert 9 < outbox.deliver(held) <= 11
    assert (status_of(message), len(sent(phone))) == ("sending", 1)


def test_a_report_settles_an_uncertain_send(held, queued, phone):
    message = queued()
    phone.fault(on="messages.create", mode="accept_and_status", status=500, times=1)
    outbox.deliver(held)
    statuses.raise_status(message_id=str(message.id), external_id="wamid.theirs", status="delivered")

    assert outbox.deliver(held) is None
    assert (status_of(message), len(sent(phone))) == ("delivered", 1)


def test_a_send_that_is_not_reported_in_time_is_made_again(held, queued, phone):
    message = queued()
    phone.fault(on="messages.create", mode="status", status=500, times=1)
    outbox.deliver(held)
    begun(message, seconds=uncertain.CALLBACK_WAIT + 1)

    assert outbox.deliver(held) is None
    assert (status_of(message), sent(phone)) == ("sent", [message.content])


def test_the_wait_for_a_report_begins_at_the_last_send(held, queued, phone):
    message = queued()
    phone.fault(on="messages.create", mode="status", status=500, times=2)
    outbox.deliver(held)
    begun(message, seconds=uncertain.CALLBACK_WAIT + 1)
    outbox.deliver(held)

    assert outbox.deliver(held) > uncertain.CALLBACK_WAIT - 5
    assert phone.requests()["calls"] == {"messages.create": 2}


def test_the_pair_limit_is_given_four_times_as_long_after_each_failure(held, queued, phone):
    queued()
    phone.fault(on="messages.create", mode="status", status=400, code=131056)

    assert [outbox.deliver(held) for _ in range(5)] == [1.0, 4.0, 16.0, 60.0, 60.0]
