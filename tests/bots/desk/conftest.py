"""A member who has a conversation, and what they do in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bots.desk import replying, taking_over
from bots.desk.base import Member
from bots.models import Conversation, Message
from bots.processor import MessageProcessor
from tenants.models import Tenant
from tests.bots.factories import ContactFactory, ConversationFactory, InboundFactory

MARIA = Member(id=7, name="Maria")
PAUL = Member(id=8, name="Paul")


@pytest.fixture
def conversation(tenant: Tenant) -> Conversation:
    """Somebody wrote just now, and Maria answers them."""
    conversation = ConversationFactory(contact=ContactFactory(), mode="human", assignee_id=MARIA.id)
    InboundFactory(conversation=conversation, outcome=Message.Outcome.HUMAN, outcome_reason="human")
    return conversation


@pytest.fixture
def reply(tenant: Tenant, conversation: Conversation) -> Callable[..., list[Message]]:
    """Maria writes."""

    def write(text: str = "It is 2.40 euro.", **more: Any) -> list[Message]:
        return replying.reply(conversation.pk, tenant=tenant, by=MARIA, text=text, **more)

    return write


@pytest.fixture
def turn(tenant: Tenant, conversation: Conversation) -> Callable[[], float | None]:
    """What a worker does for a bell."""
    return lambda: MessageProcessor(tenant).take_turn(conversation.pk)


@pytest.fixture
def take_over(tenant: Tenant) -> Callable[[], Conversation]:
    """Maria takes the one running conversation."""
    return lambda: taking_over.take_over(Conversation.objects.get(is_active=True).pk, tenant=tenant, by=MARIA)
