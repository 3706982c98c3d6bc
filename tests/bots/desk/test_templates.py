"""What may be written after the 24 hours."""

from __future__ import annotations

import pytest

from bots import store
from bots.desk import replying, templates, window
from bots.desk.base import NotPossibleError
from bots.models import Channel, Conversation, Message
from bots.models.clock import database_time
from bots.whatsapp.base import WhatsAppError
from tests.bots.desk.conftest import MARIA
from tests.bots.factories import ConversationFactory, InboundFactory, status_of

pytestmark = pytest.mark.usefixtures("tenant", "phone")


@pytest.fixture(autouse=True)
def nothing_is_remembered(tenant) -> None:
    store.client().delete(*(store.client().keys(f"{tenant.schema_name}:templates:*") or ["none"]))


@pytest.fixture
def order_ready() -> templates.Template:
    return next(one for one in templates.approved(Channel.objects.get()) if one.name == "order_ready")


def test_templates_are_asked_for_once_in_some_minutes(phone):
    channel = Channel.objects.get()
    first = templates.approved(channel)

    assert [template.name for template in first] == ["open_again", "order_ready", "we_have_an_answer"]
    assert templates.approved(channel) == first
    assert phone.requests()["calls"]["content.list"] == 1


def test_a_provider_that_does_not_answer_is_an_error_and_is_asked_again(phone):
    phone.fault(on="content.list", mode="status", status=500, times=1)
    with pytest.raises(WhatsAppError):
        templates.approved(Channel.objects.get())

    assert templates.approved(Channel.objects.get())


def test_templates_are_known_without_redis_too(redis_is_away):
    assert len(templates.approved(Channel.objects.get())) == 3


def test_a_template_reaches_somebody_who_wrote_long_ago(tenant, conversation, order_ready, turn, on_the_phone):
    Message.objects.update(timestamp=database_time() - 3 * window.WINDOW)
    values = {"1": "Ada\n Lovelace", "2": "1042", "3": "unasked"}
    message = replying.reply_with_template(
        conversation.pk, tenant=tenant, by=MARIA, template=order_ready, variables=values
    )
    turn()

    assert on_the_phone() == ["Hi Ada Lovelace, your order 1042 is ready. Come by whenever it suits you!"]
    assert (status_of(message), message.kind) == ("sent", "template")
    assert message.content == on_the_phone()[0]
    assert message.metadata["template"] == "order_ready"
    assert message.metadata["variables"] == {"1": "Ada Lovelace", "2": "1042"}


def test_every_variable_wants_a_value(tenant, conversation, order_ready):
    with pytest.raises(NotPossibleError) as refusal:
        replying.reply_with_template(
            conversation.pk, tenant=tenant, by=MARIA, template=order_ready, variables={"1": "Ada", "2": " "}
        )

    assert refusal.value.reason == "empty"


def test_the_bot_is_not_spoken_over_by_a_template(tenant, conversation, order_ready):
    Conversation.objects.update(mode="bot")
    with pytest.raises(NotPossibleError) as refusal:
        replying.reply_with_template(
            conversation.pk, tenant=tenant, by=MARIA, template=order_ready, variables={"1": "Ada", "2": "7"}
        )

    assert refusal.value.reason == "bot_speaks"


def test_a_template_that_failed_is_sent_again_whenever(tenant, conversation, order_ready, turn, phone):
    Message.objects.update(timestamp=database_time() - 3 * window.WINDOW)
    message = replying.reply_with_template(
        conversation.pk, tenant=tenant, by=MARIA, template=order_ready, variables={"1": "Ada", "2": "7"}
    )
    phone.fault(on="messages.create", mode="status", status=400, code=63013, times=1)
    turn()
    assert status_of(message) == "failed"
    replying.retry(message.pk, tenant=tenant, by=MARIA)
    turn()

    assert status_of(message) == "sent"


def test_the_window_is_open_for_24_hours_after_the_last_message_of_the_contact(conversation):
    heard = Message.objects.get(direction="in")

    assert window.closes_at(conversation.pk) == heard.timestamp + window.WINDOW
    assert window.is_open(conversation.pk)
    Message.objects.update(timestamp=database_time() - window.WINDOW)
    assert not window.is_open(conversation.pk)


def test_what_they_wrote_in_another_conversation_counts_and_what_others_wrote_does_not(conversation):
    Message.objects.update(timestamp=database_time() - 2 * window.WINDOW)
    InboundFactory()
    earlier = ConversationFactory(contact=conversation.contact, is_active=False)
    heard = InboundFactory(conversation=earlier)

    assert window.closes_at(conversation.pk) == heard.timestamp + window.WINDOW


def test_to_somebody_who_never_wrote_the_window_was_never_open():
    conversation = ConversationFactory()

    assert window.closes_at(conversation.pk) is None
    assert not window.is_open(conversation.pk)
