"""Who speaks in a conversation: the claim, the lease and the fence.

A worker claims a conversation by one conditional UPDATE and holds it while it works. When it dies, the lease runs out
and the sweeper rings for another; when it was merely slow, its fencing number is no longer the row's, and whatever it
still wants to commit is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from bots.models import Conversation


class LeaseLostError(Exception):
    """Another worker took the conversation. Nothing more may be written or sent in its name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to speak in one conversation, while `fence` is the row's."""

    conversation_id: UUID
    fence: int
    attempts: int
    #: Milliseconds from the first waiting message to the claim; 0 when none waits.
    waited: float


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
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bots_conversation
               SET lease_until = statement_timestamp() + make_interval(secs => %s),
                   fence = fence + 1, attempts = attempts + 1
             WHERE id = %s AND due_at <= statement_timestamp()
               AND (lease_until IS NULL OR lease_until < statement_timestamp())
            RETURNING fence, attempts, coalesce(extract(epoch FROM statement_timestamp() - waiting_since) * 1000, 0)
            """,
            [lease_seconds, conversation_id],
        )
        row = cursor.fetchone()
    return Claim(conversation_id, row[0], row[1], float(row[2])) if row else None


def extend(held: Claim, *, lease_seconds: float) -> None:
    """Hold the lease for so many seconds from now: asked for before each step that may take long."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bots_conversation SET lease_until = statement_timestamp() + make_interval(secs => %s)
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
    with transaction.atomic():
        lock(held)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH waiting AS (
                    SELECT min(timestamp) AS since FROM bots_message
                     WHERE conversation_id = %(id)s AND direction = 'in' AND outcome = ''
                )
                UPDATE bots_conversation
                   SET lease_until = NULL,
                       attempts = CASE WHEN %(failed)s THEN attempts ELSE 0 END,
                       waiting_since = waiting.since,
                       due_at = CASE
                           WHEN %(retry)s::float IS NOT NULL
                               THEN statement_timestamp() + make_interval(secs => %(retry)s::float)
                           WHEN waiting.since IS NOT NULL THEN greatest(due_at, statement_timestamp())
                       END
                  FROM waiting
                 WHERE id = %(id)s
                RETURNING extract(epoch FROM due_at - statement_timestamp())
                """,
                {"id": held.conversation_id, "retry": retry_in, "failed": failed},
            )
            seconds = cursor.fetchone()[0]
    return None if seconds is None else max(0.0, float(seconds))
