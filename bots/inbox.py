"""What came in, once: an inbound message becomes rows, in one transaction of the tenant's schema."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import connection, transaction

from bots.models import Channel, Contact, Conversation, Message, Turn, WebhookLog
from bots.whatsapp.base import Incoming

#: A message restarts the wait for the rest of a burst, but nobody waits longer than so many waits.
MOST_WAITS = 4


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an inbound message. `is_new` is False for a repeat, which changes nothing."""

    conversation_id: UUID
    message: Message
    is_new: bool


def receive(*, channel: Channel, incoming: Incoming, delay: float, ttl: float, log: WebhookLog) -> Receipt:
    """Keep the message and its log, and make its conversation due in `delay` seconds.

    `ttl`: after so many seconds of silence a new conversation begins. Once this returns, the message is kept.
    """
    with transaction.atomic():
        contact = _contact(channel=channel, incoming=incoming)
        conversation = _conversation(contact=contact, ttl=ttl)
        # The conversation's row is locked: messages of one contact get their timestamps one after the other.
        message, is_new = Message.objects.get_or_create(
            external_id=incoming.external_id,
            defaults={
                "conversation": conversation,
                "role": Message.Role.USER,
                "direction": Message.Direction.IN,
                "status": Message.Status.RECEIVED,
                "kind": incoming.kind,
                "content": incoming.text,
                "media": [asdict(media) for media in incoming.media],
                "metadata": incoming.details,
            },
        )
        if is_new:
            _make_due(conversation.id, delay=delay)
        log.outcome = WebhookLog.Outcome.ACCEPTED if is_new else WebhookLog.Outcome.REPEAT
        log.channel, log.message = channel, message
        log.save(force_insert=True)
    return Receipt(conversation_id=message.conversation_id, message=message, is_new=is_new)


def _contact(*, channel: Channel, incoming: Incoming) -> Contact:
    """The contact by identity. One known by phone alone, who now comes with a user id as well, stays who they are."""
    seen = {"reply_to": incoming.reply_to, "phone": incoming.phone, "profile_name": incoming.profile_name}
    contact = Contact.objects.filter(channel=channel, identity=incoming.sender).first()
    if contact is None and incoming.phone and incoming.phone != incoming.sender:
        Contact.objects.filter(channel=channel, identity=incoming.phone).update(identity=incoming.sender)
    if contact is None:
        contact, _ = Contact.objects.get_or_create(channel=channel, identity=incoming.sender, defaults=seen)
    if any(getattr(contact, name) != value for name, value in seen.items()):
        Contact.objects.filter(pk=contact.pk).update(**seen)
    return contact


def _conversation(*, contact: Contact, ttl: float) -> Conversation:
    """The contact's open conversation, locked; a new one where the last has rested for longer than `ttl`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bots_conversation SET is_active = false
             WHERE contact_id = %s AND is_active AND mode = 'bot' AND due_at IS NULL
               AND last_activity < statement_timestamp() - make_interval(secs => %s)
            """,
            [contact.id, ttl],
        )
    conversation, _ = Conversation.objects.select_for_update().get_or_create(
        contact=contact, is_active=True, defaults={"user_phone": contact.phone}
    )
    return conversation


def _make_due(conversation_id: UUID, *, delay: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bots_conversation
               SET last_activity = statement_timestamp(),
                   waiting_since = coalesce(waiting_since, statement_timestamp()),
                   due_at = least(
                       statement_timestamp() + make_interval(secs => %(delay)s),
                       coalesce(waiting_since, statement_timestamp()) + make_interval(secs => %(most)s)
                   )
             WHERE id = %(id)s
            """,
            {"id": conversation_id, "delay": delay, "most": delay * MOST_WAITS},
        )


def settle(messages: list[Message], *, outcome: str, reason: str, turn: Turn) -> None:
    """Write down what became of inbound messages, in the caller's transaction.

    Of a burst the last message is answered, and the earlier ones are merged into that answer.
    """
    *earlier, last = messages
    shared = {"outcome_reason": reason, "turn": turn}
    Message.objects.filter(pk=last.pk).update(outcome=outcome, **shared)
    if earlier:
        merged = Message.Outcome.MERGED if outcome == Message.Outcome.ANSWERED else outcome
        Message.objects.filter(pk__in=[message.pk for message in earlier]).update(outcome=merged, **shared)
