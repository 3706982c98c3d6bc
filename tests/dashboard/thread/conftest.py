"""A conversation, and what is said in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from bots.models import Channel, Contact, Conversation, Message
from tenants.models import Tenant, User
from tests.dashboard.conftest import SignIn
from tests.dashboard.thread.reading import NOON, Say


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def conversation(tenant: Tenant) -> Conversation:
    contact = Contact.objects.create(
        channel=Channel.objects.get(),
        identity="+49151",
        reply_to="whatsapp:+49151",
        phone="",
        profile_name="Ada Lovelace",
    )
    return Conversation.objects.create(contact=contact)


@pytest.fixture
def say(conversation: Conversation) -> Say:
    """Writes a message of the conversation; each is a minute later than the one before."""
    count = 0

    def say(text: str = "hello", **columns: Any) -> Message:
        nonlocal count
        count += 1
        is_in = columns.get("direction", "in") == "in"
        fields: dict[str, Any] = {
            "conversation": conversation,
            "role": "user" if is_in else "assistant",
            "direction": "in",
            "status": "received" if is_in else "delivered",
            "outcome": "answered" if is_in else "",
            "content": text,
            "timestamp": NOON + timedelta(minutes=count),
            "external_id": f"SM{uuid4().hex}",
        }
        return Message.objects.create(**(fields | columns))

    return say


@pytest.fixture
def _somebody_wrote(say: Say) -> None:
    """Just now: WhatsApp's window is open."""
    say("Do you deliver?", timestamp=timezone.now())


@pytest.fixture
def agent(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "agent")


@pytest.fixture
def ours(conversation: Conversation, people: dict[str, User]) -> Conversation:
    """The agent has it."""
    Conversation.objects.filter(pk=conversation.pk).update(mode="human", assignee_id=people["agent"].pk)
    conversation.refresh_from_db()
    return conversation
