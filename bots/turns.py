"""Who speaks in a conversation: the claim, the lease and the fence.

A worker claims a conversation by one conditional UPDATE and holds it while it works. When it dies, the lease runs out
and the sweeper rings for another; when it was merely slow, its fencing number is no longer the row's, and whatever it
still wants to commit is refused.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from bots import rows, script
from bots.models import AIConfiguration, Channel, Contact, Conversation, Message
from bots.prepared import Statement

#: A statement that writes something down, and its values.
Note = tuple[Statement, Mapping[str, Any]]


class LeaseLostError(Exception):
    """Another worker took the conversation. Nothing more may be written or sent in its name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to speak in one conversation, while `fence` is the row's, and what the claim found there."""

    conversation_id: UUID
    fence: int
    attempts: int
    #: Milliseconds from the first waiting message to the claim; 0 when none waits.
    waited: float
    #: Of these, the last ones: the wait for the rest of a burst was over, and no worker was free.
    queued: float
    #: Until when (`time.monotonic`) the claim's own lease surely lasts.
    leased_until: float
    #: Whether messages of earlier turns are still to be sent.
    has_unsent: bool
    found: dict[str, Any] = field(repr=False)
    #: What the release writes down with itself, a round trip and a commit less; it holds even where the lease was lost.
    notes: list[Note] = field(default_factory=list, repr=False)

    def conversation(self) -> Conversation:
        """With its contact and channel. Raises `SecretUnreadableError`."""
        conversation = rows.instance(Conversation, self.found["conversation"])
        conversation.contact = rows.instance(Contact, self.found["contact"])
        conversation.contact.channel = rows.instance(Channel, self.found["channel"])
        return conversation

    def configuration(self) -> AIConfiguration | None:
        """The active one. Raises `SecretUnreadableError`."""
        row = self.found["configuration"]
        return rows.instance(AIConfiguration, row) if row else None

    def waiting(self) -> list[Message]:
        """The messages that nothing was decided on yet, oldest first."""
        return [rows.instance(Message, row) for row in self.found["waiting"]]


def due_in(conversation_id: UUID) -> float | None:
    """Seconds until a free conversation is due; None when it is not free, or has nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT extract(epoch FROM due_at - statement_timestamp()) FROM bots_conversation
             WHERE id = %s AND due_at IS NOT NULL AND (lease_until IS NULL OR lease_until < statement_timestamp())
            """,
            [conversation_id],
        )
        row = cursor.fetchone()
    return max(0.0, float(row[0])) if row else None


def claim(conversation_id: UUID, *, lease_seconds: float) -> Claim | None:
    """Take the conversation if it is due and free; None when it is not due, or somebody else's.

    Counts the claim in `attempts` before anything is done: a message that kills its worker is found by that.
    """
    began = time.monotonic()
    row = script.run(CLAIM, {"conversation": conversation_id, "lease": lease_seconds})
    if row is None:
        return None
    fence, attempts, waited, queued, has_unsent, found = row
    return Claim(
        conversation_id,
        fence,
        attempts,
        waited=float(waited),
        queued=min(float(queued), float(waited)),
        leased_until=began + lease_seconds,
        has_unsent=has_unsent,
        found=found,
    )


def ensure(held: Claim, *, lease_seconds: float) -> None:
    """Hold the lease for so many seconds from now at least, without a round trip where the claim gave as much.

    The fence is then as old as the claim; whatever is written afterwards asks for it again.
    """
    if held.leased_until - time.monotonic() < lease_seconds:
        extend(held, lease_seconds=lease_seconds)


def extend(held: Claim, *, lease_seconds: float) -> None:
    """Hold the lease for so many seconds from now at least: asked for before each step that may take long."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bots_conversation
               SET lease_until = greatest(lease_until, statement_timestamp() + make_interval(secs => %s))
             WHERE id = %s AND fence = %s
            """,
            [lease_seconds, held.conversation_id, held.fence],
        )
        if cursor.rowcount != 1:
            raise LeaseLostError


def lock(held: Claim) -> Conversation:
    """The conversation's row, locked until the transaction ends. Raises `LeaseLostError` when it is not ours any more.

    Every commit of a turn begins with this, so that a worker that was given up for dead can change nothing.
    """
    assert connection.in_atomic_block
    conversation = Conversation.objects.select_for_update().filter(pk=held.conversation_id, fence=held.fence).first()
    if conversation is None:
        raise LeaseLostError
    return conversation


def release(held: Claim, *, retry_in: float | None = None, failed: bool = False) -> float | None:
    """Give the conversation back. Returns the seconds until it is due again, None when nothing is left to do.

    `retry_in` (seconds): something is left that could not be done now. `failed`: the turn broke, which counts towards
    giving it up. Messages that came in while we worked keep the time at which they are due.
    """
    notes = held.notes[:]
    held.notes.clear()  # one that cannot be written must not keep the conversation from being given back
    values: dict[str, Any] = {
        "conversation": held.conversation_id,
        "fence": held.fence,
        "retry": retry_in,
        "failed": failed,
    }
    for _, given in notes:
        values.update(given)
    row = script.run((LOCK, *(statement for statement, _ in notes), RELEASE), values)
    if row is None:
        raise LeaseLostError
    return None if row[0] is None else max(0.0, float(row[0]))


TYPES = {
    "conversation": "uuid",
    "fence": "bigint",
    "lease": "double precision",
    "retry": "double precision",
    "failed": "boolean",
}
#: Scripts: their statements are one round trip and one transaction. The first locks the row, so that the second begins,
#: and looks around, after whoever was writing in the conversation is done.
#: Reading row by row with the ORM took seven round trips and some 8 ms of CPU more for each turn.
CLAIM = (
    Statement.of(
        "lock_due",
        """
SELECT FROM bots_conversation
 WHERE id = %(conversation)s AND due_at <= statement_timestamp()
   AND (lease_until IS NULL OR lease_until < statement_timestamp())
   FOR UPDATE
""",
        types=TYPES,
    ),
    Statement.of(
        "claim",
        """
WITH held AS (
    UPDATE bots_conversation
       SET lease_until = statement_timestamp() + make_interval(secs => %(lease)s),
           fence = fence + 1, attempts = attempts + 1
     WHERE id = %(conversation)s AND due_at <= statement_timestamp()
       AND (lease_until IS NULL OR lease_until < statement_timestamp())
    RETURNING *
)
SELECT held.fence, held.attempts,
       coalesce(extract(epoch FROM statement_timestamp() - held.waiting_since) * 1000, 0),
       extract(epoch FROM statement_timestamp() - held.due_at) * 1000,
       EXISTS (SELECT FROM bots_message WHERE conversation_id = held.id AND status IN ('queued', 'sending')),
       json_build_object(
           'conversation', to_json(held), 'contact', to_json(contact), 'channel', to_json(channel),
           'configuration', (SELECT to_json(active) FROM bots_aiconfiguration AS active WHERE is_active),
           'waiting', (SELECT coalesce(json_agg(message ORDER BY message.timestamp), '[]')
                         FROM bots_message AS message
                        WHERE conversation_id = held.id AND direction = 'in' AND outcome = '')
       )
  FROM held
  JOIN bots_contact AS contact ON contact.id = held.contact_id
  JOIN bots_channel AS channel ON channel.id = contact.channel_id
""",
        types=TYPES,
    ),
)
#: Whose conversation it still is.
LOCK = Statement.of(
    "lock_held",
    "SELECT FROM bots_conversation WHERE id = %(conversation)s AND fence = %(fence)s FOR UPDATE",
    types=TYPES,
)
#: Behind `LOCK`. What was queued while we worked, by somebody else, makes the conversation due at once.
RELEASE = Statement.of(
    "release",
    """
WITH waiting AS (
    SELECT min(timestamp) AS since,
           EXISTS (SELECT FROM bots_message
                    WHERE conversation_id = %(conversation)s AND status IN ('queued', 'sending')) AS to_send
      FROM bots_message
     WHERE conversation_id = %(conversation)s AND direction = 'in' AND outcome = ''
)
UPDATE bots_conversation
   SET lease_until = NULL,
       attempts = CASE WHEN %(failed)s THEN attempts ELSE 0 END,
       waiting_since = waiting.since,
       due_at = CASE
           WHEN %(retry)s IS NOT NULL THEN statement_timestamp() + make_interval(secs => %(retry)s)
           WHEN waiting.since IS NOT NULL OR waiting.to_send THEN greatest(due_at, statement_timestamp())
       END
  FROM waiting
 WHERE id = %(conversation)s AND fence = %(fence)s
RETURNING extract(epoch FROM due_at - statement_timestamp())
""",
    types=TYPES,
)
