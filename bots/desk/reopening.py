"""What was left to a person is the bot's to answer again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from bots.commands import WORDS, recognise
from bots.desk.window import WINDOW
from bots.models import Conversation


def reopen(conversation: Conversation) -> None:
    """Let the bot answer what the contact wrote since anybody answered last, in the caller's transaction, which holds
    the conversation's lock. Not a word that asks for a person or the like: it had its effect. Nor what is older than
    WhatsApp's window: it cannot be answered any more."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"conversation": conversation.pk, "window": WINDOW.total_seconds()})
        found: list[tuple[UUID, str, datetime]] = cursor.fetchall()
        asked = [(pk, at) for pk, text, at in found if recognise(text, languages=list(WORDS)) is None]
        if asked:
            values: dict[str, Any] = {
                "conversation": conversation.pk,
                "asked": [pk for pk, _ in asked],
                "since": asked[0][1],
            }
            cursor.execute(REOPEN, values)


OPEN = """
SELECT id, content, timestamp FROM bots_message AS asked
 WHERE conversation_id = %(conversation)s AND direction = 'in' AND outcome = 'human'
   AND timestamp > statement_timestamp() - make_interval(secs => %(window)s)
   AND timestamp > coalesce(
       (SELECT timestamp FROM bots_message
         WHERE conversation_id = %(conversation)s AND direction = 'out' AND NOT metadata ? 'notice'
         ORDER BY timestamp DESC LIMIT 1), '-infinity')
 ORDER BY timestamp
"""
REOPEN = """
UPDATE bots_message SET outcome = '', outcome_reason = '', turn_id = NULL WHERE id = ANY (%(asked)s);

UPDATE bots_conversation
   SET history_version = history_version + 1, waiting_since = least(waiting_since, %(since)s),
       due_at = statement_timestamp()
 WHERE id = %(conversation)s
"""
