"""A test message to the admin's own phone, on the way that every reply takes: queued, sent by a worker, reported on."""

from __future__ import annotations

from typing import Literal

from django.db import transaction

from bots import bell, limits, queueing
from bots.channels.connecting import record
from bots.desk.base import at_once
from bots.desk.window import WINDOW
from bots.models import Channel, Contact, Conversation, Message
from bots.models.clock import database_time
from tenants.models import Tenant, User

TEXT = "This is a test from {tenant}: your number is connected, and replies reach you. ✅"
MOST_A_MINUTE = 3

Refusal = Literal["never_wrote", "window_closed", "opted_out", "too_many"]


class TrialError(Exception):
    """No test message can go there now; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal: Refusal = refusal


def send(channel: Channel, *, phone: str, tenant: Tenant, actor: User) -> None:
    """Queue the test message to `phone` (E.164), in the conversation that its owner has with the bot.

    Raises `TrialError`.
    """
    if not limits.within(MOST_A_MINUTE, "trial", tenant.schema_name):
        raise TrialError("too_many")
    with transaction.atomic():
        conversation = _conversation(channel, phone=phone)
        message = queueing.queue(conversation, text=TEXT.format(tenant=tenant.name), notice="trial")[0]
        Conversation.objects.filter(pk=conversation.pk).update(due_at=at_once())
        Channel.objects.filter(pk=channel.pk).update(test_message_id=message.pk)
        record(channel, verb="test_sent", tenant=tenant, actor=actor)
    bell.ring(tenant_id=tenant.pk, conversation_id=conversation.pk)


def _conversation(channel: Channel, *, phone: str) -> Conversation:
    """The running conversation with the person behind `phone`, locked. Raises `TrialError`."""
    contacts = Contact.objects.filter(channel=channel, phone=phone).order_by("-created_at")
    conversation = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("contact__channel")
        .defer("contact__channel__credentials")
        .filter(contact__in=contacts, is_active=True)
        .order_by("-last_activity")
        .first()
    )
    if conversation is None:
        raise TrialError("never_wrote")
    if conversation.contact.opted_out:
        raise TrialError("opted_out")
    received = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN)
    if not received.filter(timestamp__gt=database_time() - WINDOW).exists():
        raise TrialError("window_closed")
    return conversation
