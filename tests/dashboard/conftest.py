"""People with and without access to Acme, and conversations to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_context

from bots.models import AIConfiguration, Channel, Contact, Conversation, Message, Turn, WebhookLog
from tenants.models import Membership, Tenant, User

PASSWORD = "hard-to-guess-9"
#: Builds a signed-in browser: `sign_in(client, "owner")`.
SignIn = Callable[[Client, str], Client]


@pytest.fixture
def people(tenant: Tenant, other_tenant: Tenant) -> dict[str, User]:
    """One member of each role, a member of Bravo alone, a platform owner and a passer-by."""
    with schema_context("public"):
        users = {
            name: User.objects.create_user(f"{name}@people.test", PASSWORD)
            for name in ("owner", "admin", "agent", "viewer", "other", "passer-by")
        }
        for role in Membership.Role.values:
            Membership.objects.create(user=users[role], tenant=tenant, role=role)
        Membership.objects.create(user=users["other"], tenant=other_tenant, role="owner")
        users["staff"] = User.objects.create_user("staff@people.test", PASSWORD, is_staff=True)
    return users


@pytest.fixture
def sign_in(people: dict[str, User]) -> SignIn:
    def sign_in(client: Client, name: str) -> Client:
        client.force_login(people[name])
        return client

    return sign_in


@pytest.fixture
def converse(tenant: Tenant) -> Callable[..., Message]:
    """Writes one conversation of Acme's: an inbound message and, where it was answered, the reply."""

    def converse(
        *,
        text: str = "How much is a croissant?",
        name: str = "Ada Lovelace",
        phone: str = "+4915112345601",
        outcome: str = "answered",
        reason: str = "",
        minutes_ago: float = 5,
        milliseconds: float = 1000,
        reply: str = "A croissant is 2.40 euro.",
        reply_status: str = "delivered",
    ) -> Message:
        at = timezone.now() - timedelta(minutes=minutes_ago)
        channel = Channel.objects.order_by("created_at")[0]
        contact = Contact.objects.create(
            channel=channel, identity=phone or name, reply_to=f"whatsapp:{phone}", phone=phone, profile_name=name
        )
        conversation = Conversation.objects.create(contact=contact, user_phone=phone)
        turn = Turn.objects.create(
            conversation=conversation,
            configuration=AIConfiguration.objects.get(is_active=True),
            outcome="answered" if outcome == "answered" else "notice",
            timings={"waited": milliseconds / 2, "ai": milliseconds / 2},
        )
        message = Message.objects.create(
            conversation=conversation,
            role="user",
            direction="in",
            status="received",
            content=text,
            outcome=outcome,
            outcome_reason=reason,
            timestamp=at,
            turn=turn,
        )
        if outcome == "answered":
            Message.objects.create(
                conversation=conversation,
                role="assistant",
                direction="out",
                status=reply_status,
                content=reply,
                timestamp=at + timedelta(seconds=1),
                turn=turn,
            )
        WebhookLog.objects.create(
            method="POST",
            headers={},
            body={"Body": text, "From": f"whatsapp:{phone}"},
            response_status=200,
            processing_time=4.0,
            kind="message",
            outcome="accepted",
            channel=channel,
            message=message,
        )
        return message

    return converse
