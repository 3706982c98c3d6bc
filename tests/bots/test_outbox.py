from __future__ import annotations

from datetime import timedelta

import pytest

from bots import outbox, turns
from bots.connections import client_of
from bots.models import Channel, Contact, Conversation, Message
from bots.models.clock import database_time
from tests.bots.factories import ACME, ConversationFactory, OutboundFactory, age, claimed

pytestmark = pytest.mark.usefixtures("tenant", "phone")


@pytest.fixture
def held(conversation) -> turns.Claim:
    return claimed(conversation.id)


@pytest.fixture
def queued(conversation):
    """Queue one message with this text."""

    def queue(text: str = "2.40 euro.", **fields) -> Message:
        return OutboundFactory(conversation=conversation, content=text, **fields)

    return queue


@pytest.fixture
def on_the_phone(conversation, phone):
    """The texts that the contact has got."""

    def texts() -> list[str]:
        return [reply["body"] for reply in phone.replies(number=ACME.number, user=conversation.contact.identity)]

    return texts


def status(message: Message) -> str:
    return Message.objects.get(pk=message.pk).status


def sends(phone) -> int:
    return phone.requests()["calls"].get("messages.create", 0)


# What is queued


def test_a_text_is_queued_as_whatsapp_writes_it(conversation):
    (message,) = outbox.queue(conversation, text="**Croissant**: 2.40 euro")

    assert (message.content, message.direction, message.status) == ("*Croissant*: 2.40 euro", "out", "queued")
    assert message.metadata == {}


def test_a_long_text_is_queued_in_parts_that_the_provider_takes(conversation, held, on_the_phone):
    words = [f"word{number}" for number in range(700)]
    parts = outbox.queue(conversation, text=" ".join(words))
    outbox.deliver(held)

    assert len(parts) > 2
    assert all(len(part) <= 1600 for part in on_the_phone())
    assert " ".join(on_the_phone()).split() == words


def test_whether_a_notice_was_given_is_remembered_for_a_while(conversation):
    (notice,) = outbox.queue(conversation, text="Please wait.", notice="rate_limited")

    assert outbox.was_told(conversation.id, notice="rate_limited", seconds=60)
    assert not outbox.was_told(conversation.id, notice="timeout", seconds=60)
    assert not outbox.was_told(ConversationFactory().id, notice="rate_limited", seconds=60)
    Message.objects.filter(pk=notice.pk).update(timestamp=database_time() - timedelta(seconds=61))
    assert not outbox.was_told(conversation.id, notice="rate_limited", seconds=60)


# What is sent


def test_a_message_is_sent_once(held, queued, on_the_phone, phone):
    message = queued()

    assert outbox.deliver(held) is None
    assert outbox.deliver(held) is None
    assert on_the_phone() == ["2.40 euro."]
    sent = Message.objects.get(pk=message.pk)
    assert (sent.status, sent.send_attempts, sent.error) == ("sent", 1, "")
    (reply,) = phone.messages(number=ACME.number)
    assert sent.external_id == reply["sid"]
    assert reply["status_callback"] == f"https://bots.example.com/api/whatsapp/status/twilio/{message.id}/"


def test_messages_are_sent_in_their_order(held, queued, on_the_phone):
    for text in ("one", "two", "three"):
        queued(text)
    outbox.deliver(held)

    assert on_the_phone() == ["one", "two", "three"]


def test_only_this_conversations_messages_are_sent(held, phone):
    other = OutboundFactory()

    assert outbox.deliver(held) is None
    assert (status(other), sends(phone)) == ("queued", 0)


def test_a_person_behind_a_username_is_answered_at_the_user_id(held, queued, conversation, phone):
    Contact.objects.filter(pk=conversation.contact_id).update(reply_to="whatsapp:US.123")
    queued()
    outbox.deliver(held)

    assert phone.messages(number=ACME.number)[0]["to"] == "whatsapp:US.123"


def test_who_lost_the_conversation_sends_nothing(held, queued, phone):
    message = queued()
    age(held.conversation_id, seconds=1, column="lease_until")
    claimed(held.conversation_id)

    with pytest.raises(turns.LeaseLostError):
        outbox.deliver(held)
    assert (status(message), sends(phone)) == ("queued", 0)


def test_a_message_that_a_callback_settled_meanwhile_is_not_sent(held, queued, phone, monkeypatch):
    message = queued(status="sending", sending_at=database_time())
    extend = turns.extend

    def settled_meanwhile(*args, **kwargs):
        outbox.raise_status(message_id=str(message.id), external_id="SM1", status="delivered")
        extend(*args, **kwargs)

    monkeypatch.setattr(turns, "extend", settled_meanwhile)
    assert outbox.deliver(held) is None
    assert (status(message), sends(phone)) == ("delivered", 0)


# What may have been sent


@pytest.fixture
def sent_before(conversation, channel):
    """Send a text as a worker did that was lost before it wrote the provider's id down."""
    return lambda text: client_of(channel).send_message(conversation.contact.reply_to, text)


def test_what_the_provider_has_already_is_adopted_and_not_sent_again(held, queued, sent_before, on_the_phone):
    sid = sent_before("2.40 euro.")
    message = queued(status="sending", sending_at=database_time(), send_attempts=1)

    assert outbox.deliver(held) is None
    assert on_the_phone() == ["2.40 euro."]
    adopted = Message.objects.get(pk=message.pk)
    assert (adopted.external_id, adopted.status, adopted.send_attempts) == (sid, "sent", 1)


def test_what_the_provider_does_not_have_is_sent_again(held, queued, on_the_phone):
    message = queued(status="sending", sending_at=database_time(), send_attempts=1)

    assert outbox.deliver(held) is None
    assert on_the_phone() == ["2.40 euro."]
    assert (status(message), Message.objects.get(pk=message.pk).send_attempts) == ("sent", 2)


def test_another_text_at_the_provider_is_not_mistaken_for_this_one(held, queued, sent_before, on_the_phone):
    sent_before("2.40 euro")
    queued("2.40 euro.", status="sending", sending_at=database_time())
    outbox.deliver(held)

    assert on_the_phone() == ["2.40 euro", "2.40 euro."]


def test_the_same_text_said_twice_is_sent_twice(held, queued, on_the_phone):
    queued("Hello!")
    queued("Hello!")
    outbox.deliver(held)

    assert on_the_phone() == ["Hello!", "Hello!"]


def test_a_message_of_another_row_is_not_adopted(held, queued, sent_before, on_the_phone):
    queued("Hello!", status="delivered", external_id=sent_before("Hello!"))
    second = queued("Hello!", status="sending", sending_at=database_time())
    outbox.deliver(held)

    assert on_the_phone() == ["Hello!", "Hello!"]
    assert len(set(Message.objects.values_list("external_id", flat=True))) == 2
    assert status(second) == "sent"


def test_of_two_lost_messages_with_one_text_each_adopts_its_own(held, queued, sent_before, on_the_phone):
    sids = [sent_before("Hello!"), sent_before("Hello!")]
    rows = [queued("Hello!", status="sending", sending_at=database_time()) for _ in sids]
    outbox.deliver(held)

    assert on_the_phone() == ["Hello!", "Hello!"]
    assert {Message.objects.get(pk=row.pk).external_id for row in rows} == set(sids)


def test_while_the_provider_cannot_be_asked_nothing_is_sent_again(held, queued, sent_before, on_the_phone, phone):
    sent_before("2.40 euro.")
    message = queued(status="sending", sending_at=database_time(), send_attempts=1)
    phone.fault(on="messages.list", mode="status", status=503, times=1)

    assert outbox.deliver(held) > 0
    assert status(message) == "sending"
    assert outbox.deliver(held) is None
    assert on_the_phone() == ["2.40 euro."]


# What goes wrong

TRANSIENT = {
    "429": {"mode": "status", "status": 429},
    "503": {"mode": "status", "status": 503},
    "dropped": {"mode": "drop"},
    "no answer": {"mode": "hang", "seconds": 2},
    "taken, but no answer": {"mode": "accept_and_hang", "seconds": 2},
    "taken, but 500": {"mode": "accept_and_status", "status": 500},
}


@pytest.fixture
def impatient(monkeypatch):
    """The true client, with a timeout that a test can wait for."""
    from bots.whatsapp import twilio

    monkeypatch.setattr(twilio, "TIMEOUT", 0.4)
    twilio._http.cache_clear()
    yield
    twilio._http.cache_clear()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_what_passes_is_tried_again_and_nothing_overtakes_or_comes_twice(held, queued, on_the_phone, phone, fault):
    first, second = queued("first"), queued("second")
    phone.fault(on="messages.create", times=1, **fault)

    assert outbox.deliver(held) >= 1
    assert status(first) in ("queued", "sending")
    assert (status(second), "second" in on_the_phone()) == ("queued", False)
    assert outbox.deliver(held) is None
    assert on_the_phone() == ["first", "second"]
    assert Message.objects.get(pk=first.pk).error == ""


@pytest.mark.parametrize(("fault", "status_after"), [("429", "queued"), ("503", "sending")])
def test_only_what_may_have_been_sent_is_looked_for_at_the_provider(held, queued, phone, fault, status_after):
    message = queued()
    phone.fault(on="messages.create", times=1, **TRANSIENT[fault])
    outbox.deliver(held)
    assert status(message) == status_after
    outbox.deliver(held)

    assert phone.requests()["calls"].get("messages.list", 0) == (1 if status_after == "sending" else 0)


def test_a_limit_is_given_time(held, queued, phone):
    queued()
    phone.fault(on="messages.create", mode="status", status=429, times=1)

    assert outbox.deliver(held) == 5


def test_the_waits_grow_and_at_last_the_message_is_given_up(held, queued, phone):
    message, later = queued("first"), queued("second")
    phone.fault(on="messages.create", mode="status", status=503)
    waits = [outbox.deliver(held) for _ in range(outbox.MOST_ATTEMPTS)]

    assert waits == [1, 2, 4, 8, 16, None]
    assert (status(message), status(later)) == ("failed", "failed")
    assert sends(phone) == outbox.MOST_ATTEMPTS
    assert outbox.deliver(held) is None


def test_a_send_that_was_cut_short_too_often_is_given_up(held, queued, phone):
    message = queued(status="sending", sending_at=database_time(), send_attempts=outbox.MOST_ATTEMPTS)

    assert outbox.deliver(held) is None
    assert (status(message), sends(phone)) == ("failed", 0)


@pytest.mark.parametrize("code", [63016, 21211])
def test_what_no_retry_helps_is_failed_at_once_with_what_would_follow_it(held, queued, phone, code, channel):
    first, second = queued("first"), queued("second")
    phone.fault(on="messages.create", mode="status", status=400, code=code)

    assert outbox.deliver(held) is None
    assert (status(first), status(second), sends(phone)) == ("failed", "failed", 1)
    failed = Message.objects.get(pk=first.pk)
    assert failed.error_code == str(code)
    assert failed.error == f"Twilio answered 400 with error {code}"
    assert Channel.objects.get(pk=channel.pk).error == ""


def test_refused_credentials_are_noted_on_the_channel_until_they_are_taken(held, queued, phone, channel):
    first = queued()
    phone.fault(on="messages.create", mode="status", status=401, code=20003, times=1)
    outbox.deliver(held)
    assert status(first) == "failed"
    assert "refused" in Channel.objects.get(pk=channel.pk).error

    queued()
    outbox.deliver(held)
    assert Channel.objects.get(pk=channel.pk).error == ""


# Status callbacks


def report(message: Message, word: str, *, external_id: str = "SM1", by_id: bool = True, **error) -> Message | None:
    return outbox.raise_status(
        message_id=str(message.id) if by_id else None, external_id=external_id, status=word, **error
    )


def test_a_status_is_raised_step_by_step(queued):
    message = queued(status="sent", external_id="SM1")
    for word in ("delivered", "read"):
        assert report(message, word).pk == message.pk
        assert status(message) == word


@pytest.mark.parametrize("by_id", [True, False], ids=["by our id", "by the provider's id"])
def test_a_late_callback_lowers_nothing(queued, by_id):
    message = queued(status="read", external_id="SM1")
    for word in ("queued", "sending", "sent", "delivered", "read"):
        assert report(message, word, by_id=by_id) is None

    assert status(message) == "read"


def test_a_status_may_skip_steps(queued):
    message = queued(status="sent", external_id="SM1")
    report(message, "read", by_id=False)

    assert status(message) == "read"


def test_a_callback_that_comes_before_the_sid_is_known_settles_the_message(held, queued, phone):
    message = queued(status="sending", sending_at=database_time())

    assert report(message, "delivered").pk == message.pk
    settled = Message.objects.get(pk=message.pk)
    assert (settled.status, settled.external_id) == ("delivered", "SM1")
    assert outbox.deliver(held) is None
    assert sends(phone) == 0


@pytest.mark.parametrize("word", ["queued", "sending"])
def test_a_message_that_the_provider_reports_at_all_is_not_sent_again(held, queued, phone, word):
    message = queued(status="sending", sending_at=database_time())

    assert report(message, word)
    assert (status(message), Message.objects.get(pk=message.pk).external_id) == ("sent", "SM1")
    assert outbox.deliver(held) is None
    assert sends(phone) == 0


def test_the_answer_to_the_send_lowers_nothing_that_a_quicker_callback_raised(held, queued):
    message = queued(status="sending")
    report(message, "delivered")
    outbox._sent(message, external_id="SM1")

    assert status(message) == "delivered"


def test_a_failure_is_kept_with_its_code(queued):
    message = queued(status="sent", external_id="SM1")
    report(message, "failed", error_code="63016", error_text="outside the window")
    failed = Message.objects.get(pk=message.pk)

    assert (failed.status, failed.error_code, failed.error) == ("failed", "63016", "outside the window")


@pytest.mark.parametrize("settled", ["delivered", "read"])
def test_a_failure_after_the_delivery_is_ignored(queued, settled):
    message = queued(status=settled, external_id="SM1")

    assert report(message, "failed", error_code="63016") is None
    assert (status(message), Message.objects.get(pk=message.pk).error_code) == (settled, "")


def test_unknown_ids_are_ignored(queued):
    message = queued(status="sent", external_id="SM1")
    unknown = "00000000-0000-0000-0000-000000000000"

    assert outbox.raise_status(message_id=unknown, external_id="SM9", status="read") is None
    assert outbox.raise_status(message_id=None, external_id="SM9", status="read") is None
    assert status(message) == "sent"


def test_a_callback_whose_two_ids_disagree_is_ignored(queued):
    first = queued(status="sent", external_id="SM1")
    second = queued(status="sending")

    assert report(first, "read", external_id="SM2") is None
    assert report(second, "read", external_id="SM1") is None
    assert (status(first), status(second)) == ("sent", "sending")
    assert Message.objects.get(pk=second.pk).external_id is None


def test_an_inbound_message_has_no_delivery(queued):
    message = queued(direction="in", status="received", external_id="SM1")

    assert report(message, "read") is None
    assert report(message, "read", by_id=False) is None
    assert status(message) == "received"


def test_a_conversation_without_unsent_messages_asks_nobody(held, phone):
    Conversation.objects.update(due_at=None)

    assert outbox.deliver(held) is None
    assert phone.requests()["calls"] == {}
