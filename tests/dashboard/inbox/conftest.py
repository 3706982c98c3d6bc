"""Conversations of every kind, as the inbox lists them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bots.models import Channel, Contact, Conversation, Message
from tenants.models import Tenant

#: `talk("Ada Lovelace", "in:Hello", "out:Hi!", minutes_ago=3)`: a conversation with these messages, a minute apart.
Talk = Callable[..., Conversation]


@pytest.fixture
def talk(tenant: Tenant) -> Talk:
    def talk(
        name: str = "Ada Lovelace",
        *said: str,
        minutes_ago: float = 5,
        phone: str = "",
        status: str = "delivered",
        contact: dict[str, Any] | None = None,
        **columns: Any,
    ) -> Conversation:
        at = timezone.now() - timedelta(minutes=minutes_ago)
        phone = phone or f"+49151{Contact.objects.count():08}"
        person, _ = Contact.objects.get_or_create(
            channel=Channel.objects.get(),
            identity=phone,
            defaults={
                "reply_to": f"whatsapp:{phone}",
                "phone": phone,
                "profile_name": name,
                **(contact or {}),
            },
        )
        conversation = Conversation.objects.create(contact=person, user_phone=phone, **columns)
        for index, line in enumerate(reversed(said)):
            direction, _, text = line.partition(":")
            say(
                conversation,
                text,
                direction=direction,
                status=status if direction == "out" else "received",
                minutes_ago=minutes_ago + index,
            )
        Conversation.objects.filter(pk=conversation.pk).update(last_activity=at)
        conversation.refresh_from_db()
        return conversation

    return talk


def say(
    conversation: Conversation, text: str, *, direction: str = "in", minutes_ago: float = 0, **columns: Any
) -> Message:
    """One more message, answered where nothing else is said."""
    is_ours = direction == "out"
    return Message.objects.create(
        conversation=conversation,
        role="assistant" if is_ours else "user",
        direction=direction,
        content=text,
        timestamp=timezone.now() - timedelta(minutes=minutes_ago),
        **{
            "status": "delivered" if is_ours else "received",
            "outcome": "" if is_ours else "answered",
            **columns,
        },
    )
