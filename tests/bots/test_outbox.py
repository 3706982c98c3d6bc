"""What is queued, sent, and looked for at the provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DataError, connection, transaction

from bots import outbox, queueing, statuses, told, turns
from bots.connections import client_of
from bots.desk import contacts
from bots.models import Channel, Contact, Conversation, Message
from bots.models.clock import database_time
from bots.prepared import Statement
from tenants.models import Tenant
from tests.bots.desk.conftest import MARIA
from tests.bots.factories import (
    ACME,
    ConversationFactory,
    OutboundFactory,
    age,
    claimed,
    seconds_from_now,
    sends,
    status_of,
)

pytestmark = pytest.mark.usefixtures("tenant", "phone")

Change = Callable[[Conversation], None]


# What is queued


def test_a_text_is_queued_as_whatsapp_writes_it(conversation):
    (message,) = queueing.queue(conversation, text="**Croissant**: 2.40 euro")

    assert (message.content, message.direction, message.status) == ("*Croissant*: 2.40 euro", "out", "queued")
    assert message.metadata == {}


def test_a_long_text_is_queued_in_parts_that_the_provider_takes(conversation, held, on_the_phone):
    words = [f"word{number}" for number in range(700)]
    parts = queueing.queue(conversation, text=" ".join(words))
    outbox.deliver(held)

    assert len(parts) > 2
    assert all(len(part) <= 1600 for part in on_the_phone())
    assert " ".join(on_the_phone()).split() == words


def test_whether_a_notice_was_given_is_remembered_for_a_while(conversation):
    (notice,) = queueing.queue(conversation, text="Please wait.", notice="rate_limited")

    assert told.was_told(conversation.id, notice="rate_limited", seconds=60)
    assert not told.was_told(conversation.id, notice="timeout", seconds=60)
    assert not told.was_told(ConversationFactory().id, notice="rate_limited", seconds=60)
    Message.objects.filter(pk=notice.pk).update(timestamp=database_time() - timedelta(seconds=61))
    assert not told.was_told(conversation.id, notice="rate_limited", seconds=60)


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
    assert (status_of(other), sends(phone)) == ("queued", 0)


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
    assert (status_of(message), sends(phone)) == ("queued", 0)


def test_a_message_that_a_callback_settled_meanwhile_is_not_sent(held, queued, phone, monkeypatch):
    message = queued(status="sending", sending_at=database_time())
    extend = turns.extend

    def settled_meanwhile(*args, **kwargs):
        statuses.raise_status(message_id=str(message.id), external_id="SM1", status="delivered")
        extend(*args, **kwargs)

    monkeypatch.setattr(turns, "extend", settled_meanwhile)
    assert outbox.deliver(held) is None
    assert (status_of(message), sends(phone)) == ("delivered", 0)


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
    assert (status_of(message), Message.objects.get(pk=message.pk).send_attempts) == ("sent", 2)


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
    assert status_of(second) == "sent"


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
    assert status_of(message) == "sending"
    assert outbox.deliver(held) is None
    assert on_the_phone() == ["2.40 euro."]


def test_a_conversation_without_unsent_messages_asks_nobody(held, phone):
    Conversation.objects.update(due_at=None)

    assert outbox.deliver(held) is None
    assert phone.requests()["calls"] == {}


def test_a_send_leaves_the_rest_of_a_longer_lease_to_the_turn(conversation, queued, phone):
    queued()
    Conversation.objects.filter(pk=conversation.id).update(due_at=database_time())
    held = turns.claim(conversation.id, lease_seconds=90)
    assert held
    outbox.deliver(held)

    assert seconds_from_now(Conversation.objects.get().lease_until) > 80


# What the release of the conversation writes down


def sent_at_the_end(held: turns.Claim, *messages: Message) -> None:
    contact = Contact.objects.select_related("channel").get()
    assert outbox.send(held, unsent=messages, contact=contact, ends_turn=True) is None


def test_the_end_of_a_turn_writes_down_that_its_last_message_was_sent(held, queued, on_the_phone):
    message = queued()
    sent_at_the_end(held, message)
    assert status_of(message) == "sending"

    assert turns.release(held) is None
    message.refresh_from_db()
    assert (message.status, bool(message.external_id), bool(message.sent_at)) == ("sent", True, True)
    assert on_the_phone() == [message.content]
    assert turns.release(held) is None, "nothing is written down twice"


def test_only_the_last_part_of_a_reply_is_left_to_the_release(held, queued, on_the_phone):
    parts = [queued(text) for text in ("First.", "Second.", "Third.")]
    sent_at_the_end(held, *parts)
    assert [status_of(part) for part in parts] == ["sent", "sent", "sending"]

    assert turns.release(held) is None
    assert [status_of(part) for part in parts] == ["sent"] * 3
    assert on_the_phone() == ["First.", "Second.", "Third."]


def test_a_send_is_written_down_by_whoever_lost_the_lease_in_it(held, queued):
    message = queued()
    sent_at_the_end(held, message)
    age(held.conversation_id, seconds=1, column="lease_until")
    Conversation.objects.update(due_at=database_time())
    assert (other := turns.claim(held.conversation_id, lease_seconds=30))

    with pytest.raises(turns.LeaseLostError):
        turns.release(held)
    assert status_of(message) == "sent"
    assert Conversation.objects.get().fence == other.fence, "the conversation is still the other's"
    assert Conversation.objects.get().lease_until is not None


def test_a_send_that_another_message_claims_is_looked_up_at_once(held, queued, conversation):
    message = queued()
    sent_at_the_end(held, message)
    [(_, values)] = held.notes
    OutboundFactory(conversation=conversation, external_id=values["external_id"])

    assert turns.release(held) == pytest.approx(0, abs=0.5)
    assert status_of(message) == "sending"


def test_what_cannot_be_written_down_does_not_keep_the_conversation(held):
    held.notes.append((Statement.of("broken", "SELECT 1 / %(none)s", types={"none": "integer"}), {"none": 0}))
    with pytest.raises(DataError), transaction.atomic():
        turns.release(held)

    turns.release(held, retry_in=1, failed=True)
    assert Conversation.objects.get().lease_until is None


def test_who_lost_the_lease_gives_nothing_up(held, queued):
    message = queued()
    age(held.conversation_id, seconds=1, column="lease_until")
    assert turns.claim(held.conversation_id, lease_seconds=30)

    with pytest.raises(turns.LeaseLostError):
        outbox.give_up(held, error="The tenant is suspended")
    assert status_of(message) == "queued"


# What ends a reply between two of its parts


def block(conversation: Conversation) -> None:
    contacts.block(conversation.contact_id, by=MARIA, on=True)


def opt_out(conversation: Conversation) -> None:
    contacts.set_opted_out(conversation.contact_id, by=MARIA, on=True)


def remove_the_number(_conversation: Conversation) -> None:
    Channel.objects.update(removed_at=database_time())


def suspend(_conversation: Conversation) -> None:
    Tenant.objects.filter(schema_name=connection.schema_name).update(status="suspended")


BARS: dict[Change, str] = {
    block: "The contact is blocked",
    opt_out: "The contact opted out",
    remove_the_number: "The number was removed",
    suspend: "The tenant is suspended",
}


@pytest.fixture
def once_it_was_sent(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Do something to the conversation's contact right after a message was sent."""
    sent = statuses.sent

    def arrange(change: Change) -> None:
        def changed(message: Message, *, external_id: str) -> bool:
            change(conversation)
            return sent(message, external_id=external_id)

        monkeypatch.setattr(statuses, "sent", changed)

    return arrange


@pytest.mark.parametrize("change", BARS)
def test_what_bars_a_contact_after_one_part_bars_the_next(held, queued, on_the_phone, once_it_was_sent, change):
    parts = [queued(text) for text in ("First.", "Second.", "Third.")]
    once_it_was_sent(change)

    assert outbox.deliver(held) is None
    assert on_the_phone() == ["First."]
    became = Message.objects.filter(pk__in=[part.pk for part in parts]).order_by("timestamp")
    assert list(became.values_list("status", "error")) == [("sent", ""), *[("failed", BARS[change])] * 2]


def test_the_answer_to_stop_is_sent_to_whoever_opted_out(held, queued, on_the_phone, once_it_was_sent):
    for text, notice in (("First.", ""), ("Second.", ""), ("You hear no more.", "stop")):
        queued(text, metadata={"notice": notice} if notice else {})
    once_it_was_sent(opt_out)
    outbox.deliver(held)

    assert on_the_phone() == ["First.", "You hear no more."]
