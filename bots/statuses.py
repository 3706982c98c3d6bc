"""What became of a message that was sent: what its provider answered to the send, and what it reports afterwards."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction

from bots.models import Contact, Message
from bots.models.clock import ClockTimestamp


def sent(message: Message, *, external_id: str) -> None:
    """Write down the provider's id. A callback may have been quicker: a status is only ever raised."""
    with connection.cursor() as cursor:
        cursor.execute(SENT, {"message": message.pk, "external_id": external_id})


#: How far a message got; a status callback may only raise it, however late it comes.
RANKS = ("queued", "sending", "sent", "delivered", "read")


def raise_status(
    *,
    message_id: str | None,
    external_id: str,
    status: str,
    error_code: str = "",
    error_text: str = "",
    opted_out: bool = False,
) -> Message | None:
    """Apply a status callback; the message if that changed it. `message_id` is ours, from the callback's URL."""
    found = Message.objects.filter(direction=Message.Direction.OUT)
    found = found.filter(pk=message_id) if message_id else found.filter(external_id=external_id)
    message = found.first()
    if message is None or (message.external_id and message.external_id != external_id):
        return None
    adopted = not message.external_id
    if adopted:
        try:
            # Whatever the provider reports of it, it has the message: nobody sends it again.
            with transaction.atomic():
                sent(message, external_id=external_id)
        except IntegrityError:
            return None
    lower = RANKS[:3] if status == Message.Status.FAILED else RANKS[: RANKS.index(status)]
    if opted_out and message.status in lower:
        # First, so that a report that breaks off here is complete when it is repeated.
        note_opted_out(Contact.objects.get(conversations=message.conversation_id), unless_since=message.timestamp)
    raised = Message.objects.filter(pk=message.pk, status__in=lower).update(
        status=status, error_code=error_code[:40], error=error_text[:300]
    )
    return message if raised or adopted else None


def note_opted_out(contact: Contact, *, unless_since: datetime | None = None) -> None:
    """The provider knows of a STOP that never came to us. A report may be late: it says nothing about a contact who
    wrote START since then (`unless_since`)."""
    started = Message.objects.filter(conversation__contact=contact.pk, outcome_reason="start")
    if unless_since is None or not started.filter(timestamp__gt=unless_since).exists():
        Contact.objects.filter(pk=contact.pk, opted_out=False).update(opted_out=True, opted_out_at=ClockTimestamp())


#: One round trip; with the ORM, two.
SENT = """
UPDATE bots_message
   SET external_id = %(external_id)s,
       status = CASE WHEN status IN ('queued', 'sending') THEN 'sent' ELSE status END,
       error = CASE WHEN status IN ('queued', 'sending') THEN '' ELSE error END,
       error_code = CASE WHEN status IN ('queued', 'sending') THEN '' ELSE error_code END
 WHERE id = %(message)s
"""
