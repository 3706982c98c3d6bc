"""What a model remembers of a conversation: a window in Redis, rebuilt from PostgreSQL whenever it is not there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import connection, transaction

from bots import script, store
from bots.ai.base import ChatMessage, Role
from bots.models import Conversation
from bots.models.clock import database_time
from bots.prepared import Statement
from bots.rules import UNTOLD


class Copy(TypedDict):
    """What Redis holds of a history: its last `limit` messages."""

    version: int
    limit: int
    messages: list[ChatMessage]


class ConversationManager:
    """The histories of one tenant's conversations.

    PostgreSQL is the truth. Redis holds a copy that says which `history_version` of the conversation it copies, so
    that one which missed a change is never read. Redis away or empty costs one query, never an answer.

    `user_id` is a conversation's id. Histories are oldest first, as `{"role": "user" | "assistant", "content": str}`.
    """

    def __init__(self, *, ttl: int = 3600, limit: int = 10) -> None:
        self.ttl = ttl
        self.limit = limit
        #: What Redis held when it was last asked, so that a turn asks once.
        self._copies: dict[str, Copy] = {}

    def get_history(self, user_id: str | UUID, limit: int | None = None) -> list[ChatMessage]:
        """The last `limit` settled messages; none that was said before a reset."""
        conversation = Conversation.objects.only("history_version", "context_from").get(pk=user_id)
        history = self.history_of(conversation, limit=limit)
        self._write(user_id, self._copies[self._key(user_id)])
        return history

    def history_of(self, conversation: Conversation, *, limit: int | None = None) -> list[ChatMessage]:
        """The same, of a conversation that was read just now, for a turn: its commit writes the copy."""
        limit = self.limit if limit is None else limit
        version = conversation.history_version
        copy = self._read(conversation.id)
        wanted = max(limit, self.limit)
        if copy is None or copy["version"] != version or copy["limit"] < wanted:
            messages = _from_rows(conversation.id, since=conversation.context_from, limit=wanted)
            copy = {"version": version, "limit": wanted, "messages": messages}
        self._copies[self._key(conversation.id)] = copy
        return copy["messages"][-limit:] if limit else []

    def add_message(self, user_id: str | UUID, role: Role, content: str) -> None:
        """Add one message whose row is written in the same transaction."""
        self.add_messages(user_id, [ChatMessage(role=role, content=content)])

    def add_messages(self, user_id: str | UUID, messages: Sequence[ChatMessage]) -> None:
        """Note that the history grew by these messages, whose rows are written in the same transaction."""
        version = _next_version(user_id)
        transaction.on_commit(lambda: self.carry_on(user_id, version=version, messages=messages))

    def carry_on(self, user_id: str | UUID, *, version: int, messages: Sequence[ChatMessage]) -> None:
        """After the commit that made `version`: let the copy follow. One that is not the version before is stale."""
        copy = self._copies.pop(self._key(user_id), None) or self._read(user_id)
        if copy is not None and copy["version"] == version - 1:
            grown = [*copy["messages"], *messages][-copy["limit"] :]
            self._write(user_id, {**copy, "version": version, "messages": grown})

    def clear_history(self, user_id: str | UUID, *, since: datetime | None = None) -> None:
        """Forget: no turn before `since` (now) is told to a model again. The messages themselves stay."""
        _next_version(user_id)
        Conversation.objects.filter(pk=user_id).update(context_from=since or database_time())

    def drop_copies(self, user_ids: Iterable[str | UUID]) -> None:
        """Take the copies out of Redis: the conversations are gone."""
        if keys := [self._key(user_id) for user_id in user_ids]:
            with store.may_be_away():
                store.client().delete(*keys)

    def set_expiration(self, user_id: str | UUID, ttl: int) -> None:
        """Let the copy expire in `ttl` seconds."""
        with store.may_be_away():
            store.client().expire(self._key(user_id), ttl)

    def _key(self, user_id: str | UUID) -> str:
        return f"{connection.schema_name}:history:{user_id}"  # type: ignore[attr-defined]

    def _read(self, user_id: str | UUID) -> Copy | None:
        with store.may_be_away():
            text = store.line().ask("GET", self._key(user_id))
            return json.loads(text) if text else None
        return None

    def _write(self, user_id: str | UUID, copy: Copy) -> None:
        with store.may_be_away():
            store.line().ask("SET", self._key(user_id), json.dumps(copy), "EX", str(self.ttl))


def _next_version(conversation_id: str | UUID) -> int:
    """Make every copy of the history stale with this transaction; returns the version that holds after it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bots_conversation SET history_version = history_version + 1 WHERE id = %s
            RETURNING history_version
            """,
            [conversation_id],
        )
        return cursor.fetchone()[0]


def _from_rows(conversation_id: str | UUID, *, since: datetime | None, limit: int) -> list[ChatMessage]:
    """The conversation's last `limit` settled messages: what the contact said and was not refused, and the answers.

    Turn by turn, questions before their answer: a message that came in while an answer was made belongs behind it,
    although it is older. Between the contact and a person, what was said first comes first.
    """
    values = {"conversation": conversation_id, "since": since, "most": limit, "untold": list(UNTOLD)}
    row = script.run([HISTORY], values)
    assert row
    return json.loads(row[0])


#: With the ORM, which makes the statement anew each time, this took a fifth of a new conversation's turn.
HISTORY = Statement.of(
    "history",
    """
SELECT coalesce(json_agg(json_build_object('role', role, 'content', said) ORDER BY place, direction, timestamp),
                '[]')::text
  FROM (SELECT * FROM (
            SELECT message.role, message.direction, message.timestamp,
                   coalesce(nullif(message.told, ''), message.content) AS said,
                   CASE WHEN message.outcome = 'human' THEN message.timestamp
                        ELSE coalesce(turn.created_at, message.timestamp) END AS place
              FROM bots_message AS message LEFT JOIN bots_turn AS turn ON turn.id = message.turn_id
             WHERE message.conversation_id = %(conversation)s
               AND NOT message.metadata ? 'notice'
               AND NOT (message.direction = 'in' AND message.outcome IN ('', 'refused'))
               AND message.outcome_reason <> ALL (%(untold)s)) AS settled
         WHERE said <> '' AND (%(since)s IS NULL OR place >= %(since)s)
         ORDER BY place DESC, direction DESC, timestamp DESC
         LIMIT %(most)s) AS newest
""",
    types={"conversation": "uuid", "since": "timestamptz", "most": "integer", "untold": "text[]"},
)
