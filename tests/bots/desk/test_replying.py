"""What a member writes reaches the contact once, in order, as it was typed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bots import statuses
from bots.conversations import ConversationManager
from bots.desk import replying
from bots.desk.base import NotPossibleError
from bots.models import Channel, Contact, Conversation, Message
from bots.models.clock import database_time
from bots.processor import MessageProcessor
from tests.bots.desk.conftest import MARIA, PAUL
from tests.bots.factories import InboundFactory, OutboundFactory, age, sends, status_of

pytestmark = pytest.mark.usefixtures("tenant", "phone")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def refused(do, *args, **kwargs) -> str:
    with pytest.raises(NotPossibleError) as refusal:
        do(*args, **kwargs)
    assert str(refusal.value).endswith(".")
    return refusal.value.reason


def test_a_reply_arrives_as_it_was_typed(reply, turn, on_the_phone):
    reply("*Bold*, _not_ **Markdown** & 2 * 3 = 6\n# no heading")
    turn()

    assert on_the_phone() == ["*Bold*, _not_ **Markdown** & 2 * 3 = 6\n# no heading"]


def test_a_reply_says_who_wrote_it(reply, turn):
    [message] = reply()
    turn()

    message.refresh_from_db()
    assert (message.status, message.author_id, message.author, message.turn) == ("sent", MARIA.id, "Maria", None)
    assert (message.role, message.direction) == ("assistant", "out")


def test_a_long_reply_is_sent_in_parts_and_in_order(reply, turn, on_the_phone):
    reply(" ".join(f"Sentence {number}." for number in range(280)))
    turn()

    texts = on_the_phone()
    assert len(texts) == 3
    assert texts[0].startswith("Sentence 0.")
    assert texts[2].endswith("Sentence 279.")


def test_replies_of_two_members_are_sent_in_their_order(reply, turn, on_the_phone, tenant, conversation):
    reply("One")
    replying.reply(conversation.pk, tenant=tenant, by=PAUL, text="Two")
    reply("Three")
    turn()

    assert on_the_phone() == ["One", "Two", "Three"]


def test_a_reply_is_part_of_what_the_model_remembers(reply, conversation):
    manager = ConversationManager()
    manager.get_history(conversation.pk)
    reply("It is 2.40 euro.")

    said = [(one["role"], one["content"]) for one in manager.get_history(conversation.pk)]
    assert said == [("user", "How much is a croissant?"), ("assistant", "It is 2.40 euro.")]


def test_what_was_said_between_two_people_stays_in_its_order(reply, turn, conversation):
    """The turn that notes that a person has it may come after that person's answer."""
    waiting = InboundFactory(conversation=conversation, content="Hello?")
    reply("Yes?")
    Conversation.objects.update(due_at=database_time())
    turn()

    waiting.refresh_from_db()
    assert waiting.outcome == "human"
    said = [one["content"] for one in ConversationManager().get_history(conversation.pk)]
    assert said == ["How much is a croissant?", "Hello?", "Yes?"]


def test_nobody_writes_while_the_bot_has_the_conversation(reply, conversation):
    Conversation.objects.update(mode="bot")
    assert refused(reply) == "bot_speaks"
    Conversation.objects.update(mode="human", paused_until=database_time())
    assert refused(reply) == "bot_speaks"


def test_after_24_hours_a_reply_is_refused(reply, conversation):
    Message.objects.filter(direction="in").update(timestamp=database_time() - replying.window.WINDOW)

    assert refused(reply) == "window_closed"
    assert not Message.objects.filter(direction="out").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda: Contact.objects.update(opted_out=True), "opted_out"),
        (lambda: Contact.objects.update(blocked_at=database_time()), "blocked"),
        (lambda: Channel.objects.update(removed_at=database_time()), "no_channel"),
        (lambda: Conversation.objects.update(is_active=False), "over"),
    ],
    ids=["opted out", "blocked", "no channel", "over"],
)
def test_who_may_not_be_written_to_is_not(reply, change, reason):
    change()
    assert refused(reply) == reason
    assert not Message.objects.filter(direction="out").exists()


def test_nothing_is_sent_for_a_suspended_business(reply, tenant):
    tenant.status = "suspended"
    assert refused(reply) == "suspended"


@pytest.mark.parametrize(("text", "reason"), [("  \n", "empty"), ("\0", "empty"), ("x" * 4097, "too_long")])
def test_a_reply_has_words_and_not_too_many(reply, text, reason):
    assert refused(reply, text) == reason


def test_a_quote_stands_before_the_reply_where_the_provider_has_none(reply, turn, on_the_phone):
    asked = Message.objects.get(direction="in")
    [message] = reply("2.40", quoted_id=asked.pk)
    turn()

    assert on_the_phone() == ["> How much is a croissant?\n2.40"]
    assert message.metadata == {}


def test_another_conversations_message_is_not_quoted(reply):
    [message] = reply("2.40", quoted_id=InboundFactory(content="A secret").pk)
    assert message.content == "2.40"


def test_somebody_who_writes_stop_gets_no_reply_that_was_queued(reply, turn, conversation):
    [message] = reply()
    InboundFactory(conversation=conversation, content="STOP")
    Conversation.objects.update(due_at=database_time())
    turn()
    turn()

    assert status_of(message) == "failed"
    assert Contact.objects.get().opted_out


def test_two_clicks_on_retry_are_one_send(reply, turn, tenant, phone, conversation):
    [message] = reply()
    phone.fault(on="messages.create", mode="status", status=400, code=63013, times=1)
    turn()
    assert status_of(message) == "failed"
    before = sends(phone)

    replying.retry(message.pk, tenant=tenant, by=PAUL)
    assert refused(replying.retry, message.pk, tenant=tenant, by=PAUL) == "not_failed"
    turn()
    assert status_of(message) == "sent"
    assert sends(phone) == before + 1
    assert Message.objects.get(pk=message.pk).error == ""


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "delivered", "read"])
def test_only_what_failed_is_sent_again(conversation, tenant, status):
    message = OutboundFactory(conversation=conversation, status=status)
    assert refused(replying.retry, message.pk, tenant=tenant, by=MARIA) == "not_failed"
    assert status_of(message) == status


def test_a_message_of_the_bots_is_sent_again_by_a_member_who_took_over(conversation, tenant, turn, on_the_phone):
    message = OutboundFactory(conversation=conversation, status="failed", error="Twilio answered 400")
    replying.retry(message.pk, tenant=tenant, by=MARIA)
    turn()

    assert status_of(message) == "sent"
    assert on_the_phone() == [message.content]


def test_reports_of_the_attempt_that_failed_do_not_concern_the_new_one(conversation, tenant):
    message = OutboundFactory(conversation=conversation, status="failed", external_id="SMold")
    replying.retry(message.pk, tenant=tenant, by=MARIA)

    assert statuses.raise_status(message_id=str(message.pk), external_id="SMold", status="failed") is None
    again = Message.objects.get(pk=message.pk)
    assert (again.status, again.external_id) == ("queued", None)


def test_what_failed_cannot_be_sent_again_once_the_window_closed(conversation, tenant):
    message = OutboundFactory(conversation=conversation, status="failed")
    Message.objects.filter(direction="in").update(timestamp=database_time() - replying.window.WINDOW)

    assert refused(replying.retry, message.pk, tenant=tenant, by=MARIA) == "window_closed"
    assert status_of(message) == "failed"


def test_a_reply_in_a_crash_is_sent_once(reply, turn, phone, tenant, conversation):
    [message] = reply()
    phone.fault(on="messages.create", mode="accept_and_status", times=1)
    turn()
    assert status_of(message) == "sending"
    age(conversation.pk, seconds=60, column="due_at")
    MessageProcessor(tenant).take_turn(conversation.pk)

    assert status_of(message) == "sent"
    assert sends(phone) == 1


def test_a_photo_is_sent_with_its_caption(reply, turn, phone, conversation, settings):
    [message] = reply("The menu", file=SimpleUploadedFile("../menu.png", PNG))
    turn()

    [sent] = phone.replies(number="+14155238886", user=conversation.contact.identity)
    assert sent["body"] == "The menu"
    assert (message.kind, message.metadata["file_name"], message.told) == ("image", "menu.png", "[photo] The menu")
    assert message.media == [{"url": "", "content_type": "image/png"}]
    assert status_of(message) == "sent"


def test_words_with_a_voice_message_are_a_message_of_their_own(reply):
    voice, words = reply("Listen to this", file=SimpleUploadedFile("a.ogg", b"OggS" + b"\0" * 40))
    assert (voice.kind, voice.content, words.kind, words.content) == ("audio", "", "text", "Listen to this")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.html.exe", b"MZ\x90\0" + b"\0" * 40, "unknown_kind"),
        ("picture.png", b"GIF89a" + b"\0" * 40, "unknown_kind"),
        ("nothing.txt", b"", "unknown_kind"),
        ("photo.png", PNG + b"\0" * (5 * 1024 * 1024), "too_large"),
    ],
)
def test_a_file_that_whatsapp_does_not_take_is_refused(reply, name, content, reason):
    assert refused(reply, "", file=SimpleUploadedFile(name, content)) == reason
    assert not Message.objects.filter(direction="out").exists()


def test_what_comes_with_the_same_key_again_is_not_sent_again(reply, turn, on_the_phone):
    key = uuid4()
    first, again = reply("Once", key=key), reply("Once", key=key)
    turn()

    assert [message.pk for message in first] == [message.pk for message in again] == [key]
    assert on_the_phone() == ["Once"]


def test_the_key_of_another_conversations_message_is_refused(reply):
    assert refused(reply, "Once", key=OutboundFactory().pk) == "busy"
