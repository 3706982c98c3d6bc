from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.http import HttpRequest

from bots import inbox
from bots.models import Contact, Conversation, Message, WebhookLog
from bots.models.clock import database_time
from bots.whatsapp import twilio_fields
from bots.whatsapp.base import Media
from tests.bots.factories import ADA, GRACE, acme, age, receive, seconds_from_now
from webhooks.requests import Received

pytestmark = pytest.mark.usefixtures("tenant")


def test_a_first_message_makes_a_contact_a_conversation_a_message_and_a_log(channel):
    receipt = receive("Hello", external_id="SM1", profile_name="Ada", details={"forwarded": "true"})

    contact = Contact.objects.get()
    assert (contact.channel, contact.identity, contact.phone) == (channel, ADA, ADA)
    assert (contact.reply_to, contact.profile_name) == (f"whatsapp:{ADA}", "Ada")
    conversation = Conversation.objects.get()
    assert (conversation.contact, conversation.user_phone, conversation.mode) == (contact, ADA, "bot")
    message = Message.objects.get()
    assert (message.conversation, message.role, message.direction) == (conversation, "user", "in")
    assert (message.content, message.external_id, message.status) == ("Hello", "SM1", "received")
    assert (message.outcome, message.metadata) == ("", {"forwarded": "true"})
    log = WebhookLog.objects.get()
    assert (log.outcome, log.message, log.channel) == ("accepted", message, channel)
    assert (receipt.conversation_id, receipt.message_id, receipt.is_new) == (conversation.id, message.id, True)


def test_files_are_kept_with_the_message():
    receive("", kind="image", media=(Media(url="https://api.twilio.com/1", content_type="image/jpeg"),))

    message = Message.objects.get()
    assert message.kind == "image"
    assert message.media == [{"url": "https://api.twilio.com/1", "content_type": "image/jpeg"}]


def test_a_repeated_sid_changes_nothing_and_is_logged_as_a_repeat():
    first = receive("Hello", external_id="SM1", delay=5)
    before = Conversation.objects.get()
    second = receive("Hello", external_id="SM1", delay=50)

    assert (second.is_new, second.message_id) == (False, first.message_id)
    assert Message.objects.count() == 1
    after = Conversation.objects.get()
    assert (after.due_at, after.last_activity) == (before.due_at, before.last_activity)
    assert [log.outcome for log in WebhookLog.objects.order_by("timestamp")] == ["accepted", "repeat"]
    assert {log.message_id for log in WebhookLog.objects.all()} == {first.message_id}


def test_a_repeat_after_the_answer_makes_nothing_due():
    first = receive(external_id="SM1")
    Message.objects.update(outcome=Message.Outcome.ANSWERED)
    Conversation.objects.update(due_at=None, waiting_since=None)
    repeat = receive(external_id="SM1")

    assert not repeat.is_new
    conversation = Conversation.objects.get()
    assert (conversation.due_at, conversation.waiting_since) == (None, None)
    assert Message.objects.get().id == first.message_id


def test_a_repeat_after_the_conversation_rested_names_the_conversation_that_holds_the_message():
    first = receive(external_id="SM1")
    Conversation.objects.update(due_at=None)
    age(first.conversation_id, seconds=100, column="last_activity")
    repeat = receive(external_id="SM1", ttl=60)

    assert repeat.conversation_id == first.conversation_id
    assert Message.objects.count() == 1


def test_a_message_is_due_after_the_delay():
    receive(delay=5)

    conversation = Conversation.objects.get()
    assert 4 < seconds_from_now(conversation.due_at) <= 5
    assert -1 < seconds_from_now(conversation.waiting_since) <= 0


def test_a_burst_pushes_the_answer_back():
    first = receive("how much", delay=10)
    age(first.conversation_id, seconds=6, column="waiting_since")
    age(first.conversation_id, seconds=-4, column="due_at")
    receive("is a croissant?", delay=10)

    assert 9 < seconds_from_now(Conversation.objects.get().due_at) <= 10


def test_nobody_waits_for_a_burst_longer_than_the_most_waits():
    first = receive(delay=10)
    age(first.conversation_id, seconds=36, column="waiting_since")
    receive(delay=10)

    assert 3 < seconds_from_now(Conversation.objects.get().due_at) <= inbox.MOST_WAITS * 10 - 36


def test_messages_of_one_contact_are_in_the_order_of_their_arrival():
    for number in range(4):
        receive(str(number))

    assert [message.content for message in Message.objects.order_by("timestamp")] == ["0", "1", "2", "3"]


def test_a_person_behind_a_username_has_no_phone_and_is_answered_at_the_user_id():
    receive(sender=GRACE)

    contact = Contact.objects.get()
    assert (contact.identity, contact.phone, contact.reply_to) == (GRACE, "", f"whatsapp:{GRACE}")
    assert Conversation.objects.get().user_phone == ""


def test_a_contact_known_by_phone_who_comes_with_a_user_id_stays_the_same_contact():
    before = receive("Hello")
    contact = Contact.objects.get()
    after = receive("Me again", sender=GRACE, phone=ADA, reply_to=f"whatsapp:{ADA}")

    assert after.conversation_id == before.conversation_id
    assert Contact.objects.get().pk == contact.pk
    assert Contact.objects.get().identity == GRACE


def test_a_contact_known_by_user_id_may_hide_the_phone_later():
    before = receive(sender=GRACE, phone=ADA, reply_to=f"whatsapp:{ADA}")
    after = receive(sender=GRACE, phone="", reply_to=f"whatsapp:{GRACE}")

    assert after.conversation_id == before.conversation_id
    assert Contact.objects.get().reply_to == f"whatsapp:{GRACE}"


def test_a_new_profile_name_is_taken_over():
    receive(profile_name="Ada")
    receive(profile_name="Ada L.")

    assert Contact.objects.get().profile_name == "Ada L."


def test_two_people_have_two_conversations():
    assert receive(sender=ADA).conversation_id != receive(sender=GRACE).conversation_id


def test_a_conversation_that_rested_is_closed_and_a_new_one_begins():
    old = receive()
    Conversation.objects.update(due_at=None)
    age(old.conversation_id, seconds=61, column="last_activity")
    new = receive(ttl=60)

    assert new.conversation_id != old.conversation_id
    assert not Conversation.objects.get(pk=old.conversation_id).is_active
    assert Conversation.objects.get(pk=new.conversation_id).is_active


def test_a_conversation_goes_on_within_its_ttl():
    old = receive()
    Conversation.objects.update(due_at=None)
    age(old.conversation_id, seconds=55, column="last_activity")

    assert receive(ttl=60).conversation_id == old.conversation_id


@pytest.mark.parametrize("busy", [{"mode": "human", "due_at": None}, {"mode": "bot"}], ids=["human", "due"])
def test_a_conversation_that_is_due_or_a_humans_is_not_closed(busy):
    old = receive()
    Conversation.objects.update(**{"due_at": database_time(), **busy})
    age(old.conversation_id, seconds=1000, column="last_activity")

    assert receive(ttl=60).conversation_id == old.conversation_id


def test_any_character_is_kept_as_it_came():
    text = "100% \\ 'quoted' \"twice\" {braces} %(name)s 👩‍🍳 \u202e"
    receive(text, profile_name=text, details={"label": text})

    message = Message.objects.get()
    assert (message.content, message.metadata, Contact.objects.get().profile_name) == (text, {"label": text}, text)


def test_a_message_with_nul_is_kept_without_it():
    form = {"MessageSid": "SM1", "From": f"whatsapp:{ADA}", "To": "whatsapp:+1", "Body": "a\0b", "ProfileName": "\0"}
    received = Received(request=HttpRequest(), fields=form, kind=WebhookLog.Kind.MESSAGE, started=0.0)
    incoming = twilio_fields.parse(received.storable_fields)
    inbox.receive(to=acme(), incoming=incoming, log=received.entry(status=200))

    assert Message.objects.get().content == "ab"
    assert WebhookLog.objects.get().body["Body"] == "ab"


def test_a_repeat_from_an_identity_that_is_gone_makes_no_contact():
    receive(external_id="SM1", sender=ADA)
    receive(external_id="SM2", sender=GRACE, phone=ADA)
    receive(external_id="SM1", sender=ADA)

    assert [contact.identity for contact in Contact.objects.all()] == [GRACE]


def test_what_a_message_leaves_out_of_its_sender_is_not_forgotten():
    receive(sender=GRACE, phone=ADA, profile_name="Grace")
    receive(sender=GRACE, phone="", profile_name="", reply_to=f"whatsapp:{GRACE}")

    contact = Contact.objects.get()
    assert (contact.phone, contact.profile_name, contact.reply_to) == (ADA, "Grace", f"whatsapp:{GRACE}")


def test_two_identities_given_at_once_end_as_one_look_again(monkeypatch):
    looks = []
    run = inbox._run

    def collide_once(to, values):
        looks.append(values)
        if len(looks) == 1:
            raise IntegrityError("one_contact_an_identity")
        return run(to, values)

    monkeypatch.setattr(inbox, "_run", collide_once)

    assert receive().is_new
    assert len(looks) == 2
