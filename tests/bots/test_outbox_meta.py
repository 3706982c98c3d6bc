"""Sends over Meta, which has no list of what was sent: only its report settles a send whose answer never came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest

from bots import outbox, statuses, uncertain
from bots.media import keeping
from bots.models import Channel, Conversation, MediaFile, Message
from bots.models.clock import database_time
from bots.whatsapp import meta, meta_media
from sandbox.meta.client import MetaPhone, running
from tests.bots.factories import ADA, AT_META, ConversationFactory, seconds_from_now, status_of
from tests.media.sending import PNG


@pytest.fixture(scope="module")
def network() -> Iterator[MetaPhone]:
    with running({"numbers": [AT_META]}) as phone:
        yield phone


@pytest.fixture
def phone(network, settings) -> MetaPhone:
    network.reset()
    settings.META_API_BASE_URL = network.url
    return network


@pytest.fixture
def conversation(tenant, phone) -> Conversation:
    channel = Channel.objects.create(
        provider="meta", address=AT_META["phone_number_id"], credentials={"access_token": "a-token"}
    )
    return ConversationFactory(contact__channel=channel, contact__identity=ADA, contact__reply_to=ADA)


def sent(phone: MetaPhone) -> list[str]:
    return [reply["body"] for reply in phone.replies(number=AT_META["phone_number_id"], user=ADA)]


def begun(message: Message, *, seconds: float) -> None:
    Message.objects.filter(pk=message.pk).update(sending_at=database_time() - timedelta(seconds=seconds))


def test_a_reply_is_sent_with_our_id_along(held, queued, phone):
    message = queued("2.40 euro.")

    assert outbox.deliver(held) is None
    (reply,) = phone.replies(number=AT_META["phone_number_id"], user=ADA)
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


@pytest.mark.usefixtures("media_root")
def test_a_file_that_goes_up_slowly_is_nobody_elses_meanwhile(held, conversation, queued, monkeypatch):
    message = queued("", kind="image", media=[{"url": "", "content_type": "image/png"}])
    row = MediaFile.objects.create(
        message=message, index=0, state="kept", content_type="image/png", expires_at=database_time()
    )
    keeping.keep(row, content=BytesIO(PNG))
    leases, upload = [], meta_media.upload

    def looked_at(*args: object) -> str:
        leases.append(seconds_from_now(Conversation.objects.get(pk=conversation.pk).lease_until))
        return upload(*args)

    monkeypatch.setattr(meta_media, "upload", looked_at)

    assert outbox.deliver(held) is None
    assert status_of(message) == "sent"
    assert leases[0] > meta_media.LONGEST_UPLOAD + 2 * meta.TIMEOUT
