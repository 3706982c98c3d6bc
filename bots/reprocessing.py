"""Once more: a message that failed goes back among those that wait, as if it had just come.

What was answered is never answered again: the outcome is looked at under the lock of the conversation's row, which
every turn's commit takes as well, and a message that waits already is not put back twice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Least, Now

from bots import bell
from bots.desk.window import WINDOW
from bots.models import AIConfiguration, Conversation, Message, WebhookLog
from bots.models.clock import database_time
from tenants.models import AuditEntry, Tenant, User

#: Reasons of a fault of ours or of the AI's: what was refused for one of them may go better now.
FAULTS = ("poison", "not_configured", "ai_unavailable", "ai_timeout", "ai_configuration")
FAILED = Q(outcome=Message.Outcome.FAILED) | Q(outcome=Message.Outcome.REFUSED, outcome_reason__in=FAULTS)
#: Messages that one click may put back.
MOST_AT_ONCE = 200

Why = Literal[
    "gone",
    "outgoing",
    "waits",
    "answered",
    "merged",
    "human",
    "refused",
    "old",
    "opted_out",
    "blocked",
    "suspended",
    "no_bot",
    "repeat",
    "status",
    "malformed",
    "meta",
    "removed",
    "unsigned",
    "unconfirmed",
    "kept",
    "provider",
    "changed",
]
SENTENCES: dict[Why, str] = {
    "gone": "The message was deleted since.",
    "outgoing": "This is a reply of ours. Open the conversation to send it again.",
    "waits": "The message waits for its answer already.",
    "answered": "The message was answered; it is not answered twice.",
    "merged": "The message was answered together with the next one; it is not answered twice.",
    "human": "A person has this conversation. Give it back to the bot first, or answer it there.",
    "refused": "The bot left this message unanswered on purpose. Answer it in the conversation.",
    "old": "The message is older than 24 hours, and WhatsApp lets nobody answer it freely any more. Open the "
    "conversation: it says what can still be sent.",
    "opted_out": "The contact asked for silence. They hear from the bot again once they write START.",
    "blocked": "The contact is blocked. Unblock them in the conversation first.",
    "suspended": "This business is suspended: nobody is answered until it is resumed.",
    "no_bot": "The bot is not set up yet. Publish it first, then process the message again.",
    "repeat": "This request repeats a message that is kept already. Look at the first one.",
    "status": "This request tells what became of a reply. There is nothing in it to answer.",
    "malformed": "This request lacks what a message must hold, so there is nothing to process.",
    "meta": "Meta does not hand out a message again. It repeats a refused request by itself for some days: once the "
    "number's app secret is right, the message comes. Or ask the contact to write once more.",
    "removed": "The number was disconnected. Connect it again first.",
    "unsigned": "The request carried no signature, so that it was nobody's we know. There is no message to ask for.",
    "unconfirmed": "Twilio knows no such message for this number: the request was not Twilio's. Nothing was taken in.",
    "kept": "The message came again by itself and is kept already. Look at its conversation.",
    "provider": "Twilio could not be asked just now. Check the number's credentials, then try again.",
    "changed": "The number was changed in this moment. Try again.",
}

#: What an outcome says against a second try.
DONE: dict[str, Why] = {"": "waits", "answered": "answered", "merged": "merged", "human": "human"}


class NotAgainError(Exception):
    """It is not processed again. `str` says why, to a member, and what helps instead."""

    def __init__(self, reason: Why) -> None:
        super().__init__(SENTENCES[reason])
        self.reason: Why = reason


def process_again(message_id: UUID, *, tenant: Tenant, by: User) -> list[UUID]:
    """Put a failed message back, with those of its burst that failed with it: they get one answer. Returns their ids.

    Runs inside the tenant's schema. Raises `NotAgainError`.
    """
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(of=("self",))
            .select_related("contact")
            .filter(messages=message_id)
            .first()
        )
        if conversation is None:
            raise NotAgainError("gone")
        now = database_time()
        message = Message.objects.get(pk=message_id)
        if reason := _hindrance(message, conversation=conversation, tenant=tenant, now=now):
            raise NotAgainError(reason)
        burst = _burst(message, now=now)
        _put_back(burst, conversation=conversation, by=by, now=now)
        again = [one.pk for one in burst]
        WebhookLog.objects.filter(message__in=again, outcome=WebhookLog.Outcome.ACCEPTED).update(processed_again_at=now)
        detail = {"messages": [str(one) for one in again]}
        AuditEntry.objects.create(tenant=tenant, actor=by, action="message.processed_again", detail=detail)
        transaction.on_commit(lambda: bell.ring(tenant_id=tenant.pk, conversation_id=conversation.pk))
    return again


def process_all_again(message_ids: Collection[UUID], *, tenant: Tenant, by: User) -> tuple[int, int]:
    """Put back as many of them as can be, `MOST_AT_ONCE` at the most; how many were, and how many could not be."""
    back: set[UUID] = set()
    left = 0
    for message_id in list(message_ids)[:MOST_AT_ONCE]:
        if message_id in back:
            continue
        try:
            back.update(process_again(message_id, tenant=tenant, by=by))
        except NotAgainError:
            left += 1
    return len(back), left


def hindrance(message: Message, *, tenant: Tenant, now: datetime) -> Why | None:
    """Why a page offers no second processing of this message; None: it may be tried. Three queries at the most."""
    conversation = Conversation.objects.select_related("contact").get(pk=message.conversation_id)
    return _hindrance(message, conversation=conversation, tenant=tenant, now=now)


def _hindrance(message: Message, *, conversation: Conversation, tenant: Tenant, now: datetime) -> Why | None:
    return (
        _settled(message)
        or ("old" if now - message.timestamp > WINDOW else None)
        or _silence(conversation, tenant=tenant, now=now)
        or ("answered" if _answered_by_a_member(message) else None)
        or (None if AIConfiguration.objects.filter(is_active=True).exists() else "no_bot")
    )


def _settled(message: Message) -> Why | None:
    """What its outcome says against it."""
    if message.direction != Message.Direction.IN:
        return "outgoing"
    if message.outcome == Message.Outcome.REFUSED:
        return None if message.outcome_reason in FAULTS else "refused"
    return DONE.get(message.outcome)


def _silence(conversation: Conversation, *, tenant: Tenant, now: datetime) -> Why | None:
    """Why the bot would say nothing there now."""
    if tenant.status != Tenant.Status.ACTIVE:
        return "suspended"
    if conversation.contact.opted_out:
        return "opted_out"
    if conversation.contact.blocked_at:
        return "blocked"
    if conversation.is_with_a_person or conversation.waits_for_a_person(at=now):
        return "human"
    return None


def _answered_by_a_member(message: Message) -> bool:
    """Somebody wrote to the contact since, as a person does who saw that the bot had failed."""
    written = Message.objects.filter(conversation=message.conversation_id, direction=Message.Direction.OUT)
    written = written.filter(author_id__isnull=False, timestamp__gt=message.timestamp)
    return written.exclude(status=Message.Status.FAILED).exists()


def _burst(message: Message, *, now: datetime) -> list[Message]:
    """The message, and those that failed with it in one turn."""
    if message.turn_id is None:
        return [message]
    same = Message.objects.filter(FAILED, turn=message.turn_id, direction=Message.Direction.IN)
    return list(same.filter(timestamp__gte=now - WINDOW).order_by("timestamp"))


def _put_back(burst: list[Message], *, conversation: Conversation, by: User, now: datetime) -> None:
    for message in burst:
        message.metadata = {**message.metadata, "processed_again": _trace(message, by=by, now=now)}
        message.outcome = message.outcome_reason = ""
        message.turn = None
    Message.objects.bulk_update(burst, ["metadata", "outcome", "outcome_reason", "turn"])
    rows = Conversation.objects.filter(pk=conversation.pk)
    rows.update(
        due_at=Least(Coalesce("due_at", Now()), Now()),
        waiting_since=Least(Coalesce("waiting_since", Now()), Now()),
        # The model was told of the message as of one that is settled.
        history_version=F("history_version") + 1,
    )
    if not Conversation.objects.filter(contact=conversation.contact_id, is_active=True).exists():
        rows.update(is_active=True, last_activity=now)


def _trace(message: Message, *, by: User, now: datetime) -> dict[str, str]:
    """What is kept of the first try."""
    turn = str(message.turn_id or "")
    return {"at": now.isoformat(), "by": by.name or by.email, "reason": message.outcome_reason, "turn": turn}
