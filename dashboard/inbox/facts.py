"""What the rows of the list show besides the conversations themselves: one statement for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from bots.desk.lists import DEALT_WITH

#: Unread messages are counted up to here; more are "99+".
MOST_UNREAD = 100

#: The last message, how many came since the member read it, whether something failed that nobody dealt with. Whoever
#: never opened a conversation has read what came before they were a member.
FACTS = f"""
SELECT conversation.id, last.id AS message, left(last.content, 300) AS content, last.kind, last.direction, last.status,
       last.timestamp, last.author, last.author_id, unread.count AS unread, failed.is_there AS has_failed,
       ARRAY(SELECT label_id FROM bots_conversation_labels WHERE conversation_id = conversation.id) AS labels
  FROM bots_conversation AS conversation
  LEFT JOIN bots_readmark AS mark ON mark.conversation_id = conversation.id AND mark.member_id = %(member)s
  LEFT JOIN LATERAL (
      SELECT * FROM bots_message WHERE conversation_id = conversation.id ORDER BY timestamp DESC LIMIT 1
  ) AS last ON true
  CROSS JOIN LATERAL (
      SELECT count(*) FROM (
          SELECT FROM bots_message
           WHERE conversation_id = conversation.id AND direction = 'in'
             AND timestamp > coalesce(mark.read_until, %(since)s)
           LIMIT {MOST_UNREAD}
      ) AS counted
  ) AS unread
  CROSS JOIN LATERAL (
      SELECT EXISTS (
          SELECT FROM bots_message
           WHERE conversation_id = conversation.id AND (status = 'failed' OR outcome = 'failed')
             AND timestamp > coalesce((conversation.metadata ->> '{DEALT_WITH}')::timestamptz, '-infinity')
      ) AS is_there
  ) AS failed
 WHERE conversation.id = ANY(%(conversations)s)
"""  # noqa: S608 (numbers and names of our own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of one conversation; `message` and what describes it is None or empty where nothing was said yet."""

    message: UUID | None
    content: str
    kind: str
    direction: str
    status: str
    timestamp: datetime | None
    author: str
    author_id: int | None
    unread: int
    has_failed: bool
    #: Their keys.
    labels: Collection[int]


def facts_of(conversations: Collection[UUID], *, member_id: int, member_since: datetime) -> Mapping[UUID, Facts]:
    if not conversations:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"conversations": list(conversations), "member": member_id, "since": member_since})
        names = [column.name for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["id"]: _facts(row) for row in found}


def _facts(row: dict[str, Any]) -> Facts:
    return Facts(
        message=row["message"],
        content=row["content"] or "",
        kind=row["kind"] or "",
        direction=row["direction"] or "",
        status=row["status"] or "",
        timestamp=row["timestamp"],
        author=row["author"] or "",
        author_id=row["author_id"],
        unread=row["unread"],
        has_failed=row["has_failed"],
        labels=row["labels"],
    )
