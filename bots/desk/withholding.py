"""What the bot would have said, had nobody taken over, becomes a suggestion for whoever did.

A withheld message's row is deleted: it was neither sent nor did it fail. What stays is its text, in a suggestion, with
the turn that explains it. Notices (a greeting, an apology) are not suggested: they speak of the bot.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from bots.models import Conversation, Message, Suggestion, Turn
from bots.rules import CONSENT

#: Notices that are sent beside a person who took over: what concerns whether somebody is written to at all, and an
#: admin's own test message.
SAID_ALL_THE_SAME = (*sorted(CONSENT), "trial")


def withhold(conversation_id: UUID, *, begun: UUID | None = None) -> None:
    """Take back what the bot has queued in a conversation that a person has, in the caller's transaction, which holds
    the conversation's lock. `begun`: a message whose send began before, and is known not to have happened."""
    with connection.cursor() as cursor:
        values = {"conversation": conversation_id, "begun": begun, "said": list(SAID_ALL_THE_SAME)}
        cursor.execute(WITHHOLD, {**values, "consent": list(CONSENT)})


@transaction.atomic
def keep_late(turn: Turn, *, replies: Sequence[Message]) -> None:
    """Keep an answer that came after a person had taken the conversation from the worker who made it, with the turn
    (not saved yet) that explains it; nothing happens where nobody did."""
    text = "\n\n".join(reply.content for reply in replies if "notice" not in reply.metadata)
    # Where it is gone, the contact's data was erased meanwhile.
    conversation = Conversation.objects.select_for_update().filter(pk=turn.conversation_id).first()
    if not text or conversation is None or not conversation.is_with_a_person:
        return
    turn.save(force_insert=True)
    Suggestion.objects.create(
        conversation=conversation,
        kind=Suggestion.Kind.WITHHELD,
        state=Suggestion.State.READY,
        text=text,
        turn=turn,
    )


#: The bot's are those that no member wrote, or wants to be sent again (`BEGIN` in `bots.outbox` says the same).
#: The parts of one answer are one suggestion, also where one of them is taken back later than the others: it was on
#: its way, so it is the first of them. Who asked what was not answered is answered by a person.
WITHHOLD = """
WITH withheld AS (
    DELETE FROM bots_message
     WHERE conversation_id = %(conversation)s AND direction = 'out' AND author_id IS NULL
       AND NOT metadata ? 'retried_by' AND coalesce(metadata ->> 'notice', '') <> ALL (%(said)s)
       AND (status = 'queued' OR status = 'sending' AND id = %(begun)s)
    RETURNING id, turn_id, content, timestamp, metadata
), answers AS (
    SELECT turn_id, string_agg(content, E'\n\n' ORDER BY timestamp) AS text
      FROM withheld WHERE NOT metadata ? 'notice' GROUP BY turn_id
), completed AS (
    UPDATE bots_suggestion AS earlier SET text = answers.text || E'\n\n' || earlier.text
      FROM answers
     WHERE earlier.turn_id = answers.turn_id AND earlier.kind = 'withheld' AND earlier.state = 'ready'
    RETURNING earlier.turn_id
), suggested AS (
    INSERT INTO bots_suggestion (id, conversation_id, kind, state, text, turn_id, error)
    SELECT gen_random_uuid(), %(conversation)s, 'withheld', 'ready', text, turn_id, ''
      FROM answers WHERE NOT EXISTS (SELECT FROM completed WHERE completed.turn_id = answers.turn_id)
), handed_over AS (
    UPDATE bots_message AS asked SET outcome = 'human', outcome_reason = 'human'
     WHERE asked.turn_id IN (SELECT turn_id FROM withheld) AND asked.direction = 'in'
       AND asked.outcome IN ('answered', 'merged') AND asked.outcome_reason <> ALL (%(consent)s)
       AND NOT EXISTS (SELECT FROM bots_message AS said
                        WHERE said.turn_id = asked.turn_id AND said.direction = 'out'
                          AND said.id NOT IN (SELECT id FROM withheld))
)
UPDATE bots_conversation SET history_version = history_version + 1
 WHERE id = %(conversation)s AND EXISTS (SELECT FROM withheld)
"""
