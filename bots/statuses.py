"""What became of a message that was sent: what its provider answered to the send, and what it reports afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from bots import script
from bots.models import Contact, Message
from bots.models.clock import ClockTimestamp
from bots.prepared import Statement
from bots.turns import Note


def sent(message: Message, *, external_id: str) -> bool:
    """Write down the provider's id; whether it is the message's now. A callback may have been quicker: a status is only
    ever raised.

    It is not where the message has another one, or another message has this one: a worker that was held up in its send
    comes late, after somebody else looked the send up, or made it again. What is without an id then is looked up again.
    """
    statement, values = as_note(message, external_id=external_id)
    return script.run([statement], values) is not None


def as_note(message: Message, *, external_id: str) -> Note:
    """`sent`, to be written down later, with the release of the conversation."""
    return SENT, {"message": message.pk, "external_id": external_id}


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
    if external_id in message.metadata.get("earlier_ids", ()):
        return None  # of an attempt that failed; it is being sent again
    adopted = not message.external_id
    if adopted and not _adopt(message, external_id=external_id):
        return None
    lower = RANKS[:3] if status == Message.Status.FAILED else RANKS[: RANKS.index(status)]
    if opted_out and message.status in lower:
        # First, so that a report that breaks off here is complete when it is repeated.
        note_opted_out(Contact.objects.get(conversations=message.conversation_id), unless_since=message.timestamp)
    raised = _raise(message, status=status, lower=lower, error_code=error_code[:40], error=error_text[:300])
    return message if raised or adopted else None


def _adopt(message: Message, *, external_id: str) -> bool:
    """Whatever the provider reports of it, it has the message: nobody sends it again."""
    with suppress(IntegrityError), transaction.atomic():
        return sent(message, external_id=external_id)
    return False


def _raise(message: Message, *, status: str, lower: Sequence[str], error_code: str, error: str) -> bool:
    """Whether the status is higher now. When it was reported is kept, in whichever order the reports come."""
    values: dict[str, Any] = {
        "message": message.pk,
        "status": status,
        "lower": list(lower),
        "error_code": error_code,
        "error": error,
    }
    with connection.cursor() as cursor:
        cursor.execute(RAISE, values)
        row = cursor.fetchone()
    return bool(row and row[0])


def note_opted_out(contact: Contact, *, unless_since: datetime | None = None) -> None:
    """The provider knows of a STOP that never came to us. A report may be late: it says nothing about a contact who
    wrote START since then (`unless_since`)."""
    started = Message.objects.filter(conversation__contact=contact.pk, outcome_reason="start")
    if unless_since is None or not started.filter(timestamp__gt=unless_since).exists():
        Contact.objects.filter(pk=contact.pk, opted_out=False).update(opted_out=True, opted_out_at=ClockTimestamp())


#: One round trip; with the ORM, two.
SENT = Statement.of(
    "sent",
    """
UPDATE bots_message
   SET external_id = %(external_id)s,
       status = CASE WHEN status IN ('queued', 'sending') THEN 'sent' ELSE status END,
       sent_at = coalesce(sent_at, clock_timestamp()),
       error = CASE WHEN status IN ('queued', 'sending') THEN '' ELSE error END,
       error_code = CASE WHEN status IN ('queued', 'sending') THEN '' ELSE error_code END
 WHERE id = %(message)s
   AND coalesce(external_id, %(external_id)s) = %(external_id)s
   AND NOT EXISTS (SELECT FROM bots_message AS other
                    WHERE other.external_id = %(external_id)s AND other.id <> %(message)s)
RETURNING id
""",
    types={"message": "uuid", "external_id": "text"},
)
RAISE = """
WITH before AS (
    SELECT id, status = ANY (%(lower)s) AS is_raised FROM bots_message WHERE id = %(message)s FOR UPDATE
)
UPDATE bots_message AS message
   SET status = CASE WHEN is_raised THEN %(status)s ELSE status END,
       error_code = CASE WHEN is_raised THEN %(error_code)s ELSE error_code END,
       error = CASE WHEN is_raised THEN %(error)s ELSE error END,
       sent_at = CASE WHEN %(status)s = 'sent' THEN coalesce(sent_at, clock_timestamp()) ELSE sent_at END,
       delivered_at = CASE WHEN %(status)s = 'delivered' THEN coalesce(delivered_at, clock_timestamp())
                           ELSE delivered_at END,
       read_at = CASE WHEN %(status)s = 'read' THEN coalesce(read_at, clock_timestamp()) ELSE read_at END
  FROM before WHERE message.id = before.id AND (is_raised OR status <> 'failed')
RETURNING is_raised
"""
