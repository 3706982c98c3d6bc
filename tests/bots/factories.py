"""Rows and values for tests of the pipeline, all of them Acme's."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import factory
from django.db import connection

from bots import destinations, inbox, turns
from bots.destinations import Destination
from bots.models import AIConfiguration, Channel, Contact, Conversation, Message
from bots.models.clock import database_time
from bots.whatsapp.base import Incoming
from sandbox.twilio.client import Phone

#: As in tests/fixtures/tenants/acme.toml.
ACME = SimpleNamespace(number="+14155238886", account_sid="AC00000000000000000000000000000acme")
#: Acme's number at Meta, as Meta's stand-in (`sandbox.meta.network`) has it; what it posts reaches nobody.
AT_META = {
    "phone_number_id": "106540352242922",
    "access_token": "a-token",
    "app_secret": "a-secret",
    "webhook_url": "https://bots.example.com/api/whatsapp/webhook/",
    "deliver_to": "http://127.0.0.1:9",
}
ADA = "+4915112345601"
GRACE = "US.13491208655302741918"


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    channel = factory.LazyFunction(Channel.objects.get)
    identity = factory.Sequence(lambda n: f"+49151{n:08d}")
    phone = factory.LazyAttribute(lambda contact: contact.identity if contact.identity.startswith("+") else "")
    reply_to = factory.LazyAttribute(lambda contact: f"whatsapp:{contact.identity}")
    profile_name = "Ada"


class ConversationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Conversation

    contact = factory.SubFactory(ContactFactory)
    user_phone = factory.SelfAttribute("contact.phone")


class InboundFactory(factory.django.DjangoModelFactory):
    """A message that waits for an answer."""

    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    role = Message.Role.USER
    direction = Message.Direction.IN
    status = Message.Status.RECEIVED
    external_id = factory.Sequence(lambda n: f"SMin{n:030d}")
    content = "How much is a croissant?"
    timestamp = factory.LazyFunction(database_time)


class OutboundFactory(factory.django.DjangoModelFactory):
    """A message that waits to be sent."""

    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    role = Message.Role.ASSISTANT
    direction = Message.Direction.OUT
    status = Message.Status.QUEUED
    content = "2.40 euro."
    timestamp = factory.LazyFunction(database_time)


class IncomingFactory(factory.Factory):
    """A message as a provider's parser hands it over."""

    class Meta:
        model = Incoming

    external_id = factory.Sequence(lambda n: f"SM{n:032x}")
    sender = ADA
    phone = factory.LazyAttribute(lambda incoming: incoming.sender if incoming.sender.startswith("+") else "")
    reply_to = factory.LazyAttribute(lambda incoming: f"whatsapp:{incoming.phone or incoming.sender}")
    kind = "text"
    text = "How much is a croissant?"
    profile_name = "Ada"


def new_log() -> inbox.LogEntry:
    return inbox.LogEntry(
        method="POST", headers={}, body={}, response_status=200, processing_time=1.0, kind="message", error=None
    )


def receive(text: str = "How much is a croissant?", *, delay: float = 0.0, ttl: float = 3600.0, **fields: Any):
    """Somebody writes to Acme; `fields` are those of `Incoming`. Returns the receipt."""
    AIConfiguration.objects.filter(is_active=True).update(reply_delay_seconds=delay, ttl_seconds=ttl)
    return inbox.receive(to=acme(), incoming=IncomingFactory(text=text, **fields), log=new_log())


def acme() -> Destination:
    """Acme's number."""
    to = destinations.find(provider="twilio", address=ACME.number)
    assert to
    return to


def exchange(conversation: Conversation, asked: str, answered: str) -> None:
    """A question and its answer, as an earlier turn left them."""
    InboundFactory(conversation=conversation, content=asked, outcome=Message.Outcome.ANSWERED)
    OutboundFactory(conversation=conversation, content=answered, status=Message.Status.DELIVERED)


def claimed(conversation_id: UUID) -> turns.Claim:
    """The conversation, made due and claimed."""
    Conversation.objects.filter(pk=conversation_id).update(due_at=database_time())
    held = turns.claim(conversation_id, lease_seconds=30)
    assert held
    return held


def age(conversation_id: UUID, *, seconds: float, column: str) -> None:
    """Let `seconds` pass for one of the conversation's times."""
    Conversation.objects.filter(pk=conversation_id).update(**{column: database_time() - timedelta(seconds=seconds)})


def seconds_from_now(moment: datetime) -> float:
    return (moment - database_time()).total_seconds()


def in_schema() -> str:
    """The schema in which PostgreSQL looks for unqualified names first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return cursor.fetchone()[0]


def status_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).status


def sends(phone: Phone) -> int:
    """How often the provider was asked to send."""
    return phone.requests()["calls"].get("messages.create", 0)
