"""Whether anything changed since a page was drawn: one statement, asked every two seconds by every open inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import connection

from bots.desk import finding
from bots.desk.filters import Filter
from bots.desk.finding import Cursor
from bots.desk.lists import DEALT_WITH

Part = Literal["list", "thread", "person"]
PARTS: tuple[Part, ...] = ("list", "thread", "person")
#: Messages at the end of a thread whose ticks are looked at.
NEWEST_MESSAGES = 60

#: The rows with which the list begins, and a digest of a page of them: all that a row shows. The minute is part of it,
#: for "3 min ago" is so only for a minute.
LIST = f"""
SELECT array_agg(shown.id ORDER BY shown.number) AS ids, array_agg(shown.place ORDER BY shown.number) AS places,
       md5(coalesce(string_agg(concat_ws('|',
           shown.id, conversation.last_activity, conversation.mode, conversation.paused_until, conversation.assignee_id,
           conversation.waiting_since, conversation.lease_until > clock_timestamp(), last.id, last.status,
           mark.read_until, conversation.metadata ->> '{DEALT_WITH}', labels.ids
       ), ',' ORDER BY shown.number) FILTER (WHERE shown.number <= {finding.ROWS_A_PAGE}), '')
       || date_trunc('minute', clock_timestamp())) AS digest
  FROM (SELECT id, place, row_number() OVER () AS number FROM ({{rows}}) AS page (id, place)) AS shown
  JOIN bots_conversation AS conversation ON conversation.id = shown.id
  LEFT JOIN bots_readmark AS mark ON mark.conversation_id = shown.id AND mark.member_id = %s
  LEFT JOIN LATERAL (
      SELECT id, status FROM bots_message WHERE conversation_id = shown.id ORDER BY timestamp DESC LIMIT 1
  ) AS last ON true
  CROSS JOIN LATERAL (
      SELECT string_agg(label_id::text, '+' ORDER BY label_id) AS ids FROM bots_conversation_labels
       WHERE conversation_id = shown.id
  ) AS labels
"""  # noqa: S608 (Django's own SQL, with its parameters)

NO_LIST = "SELECT NULL AS ids, NULL AS places, '' AS digest"

THREAD = f"""
SELECT md5(concat_ws('|',
           conversation.last_activity, conversation.mode, conversation.paused_until, conversation.is_active,
           conversation.waiting_since, conversation.lease_until > clock_timestamp(), conversation.metadata,
           (SELECT string_agg(concat_ws('+', id, status, outcome), ',')
              FROM (SELECT id, status, outcome FROM bots_message WHERE conversation_id = conversation.id
                     ORDER BY timestamp DESC LIMIT {NEWEST_MESSAGES}) AS said),
           (SELECT string_agg(concat_ws('+', file.id, file.state), ',' ORDER BY file.id)
              FROM (SELECT id FROM bots_message WHERE conversation_id = conversation.id
                     ORDER BY timestamp DESC LIMIT {NEWEST_MESSAGES}) AS said
              JOIN bots_mediafile AS file ON file.message_id = said.id),
           (SELECT string_agg(concat_ws('+', id, state), ',' ORDER BY created_at DESC)
              FROM bots_suggestion WHERE conversation_id = conversation.id),
           (SELECT concat_ws('+', count(*), max(created_at)) FROM bots_note WHERE conversation_id = conversation.id),
           contact.opted_out, contact.blocked_at
       )) FROM bots_conversation AS conversation JOIN bots_contact AS contact ON contact.id = conversation.contact_id
 WHERE conversation.id = %s
"""  # noqa: S608 (a number of our own)

PERSON = """
SELECT md5(concat_ws('|',
           conversation.assignee_id, conversation.mode, conversation.paused_until, contact.profile_name,
           contact.opted_out, contact.blocked_at, contact.language,
           (SELECT string_agg(label_id::text, '+' ORDER BY label_id) FROM bots_conversation_labels
             WHERE conversation_id = conversation.id),
           (SELECT concat_ws('+', count(*), max(created_at)) FROM bots_note WHERE conversation_id = conversation.id)
       )) FROM bots_conversation AS conversation JOIN bots_contact AS contact ON contact.id = conversation.contact_id
 WHERE conversation.id = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A digest of each of `PARTS` as it stands; empty: there is no such part. `first`: the rows of which the list's was
    made, and one more, if there is; None: something is searched for."""

    digests: tuple[str, str, str]
    first: list[Cursor] | None

    def __str__(self) -> str:
        return ".".join(self.digests)

    def changed_since(self, seen: str) -> list[Part]:
        """The parts that are not as they were when `str(state)` was `seen`."""
        known = dict(zip(PARTS, seen.split("."), strict=False))
        return [part for part, digest in zip(PARTS, self.digests, strict=True) if digest != known.get(part)]


def state_of(wanted: Filter, *, opened: UUID | None, now: datetime) -> State:
    """One query. What a search found does not change under the reader: its list counts as unchanged."""
    of_opened = f"({THREAD}), ({PERSON})" if opened else "'', ''"
    values: list[Any] = [opened, opened] if opened else []
    listed = NO_LIST
    if not wanted.words:
        rows, given = finding.first(wanted, now=now).query.sql_with_params()
        listed = LIST.format(rows=rows)
        values += [*given, wanted.member]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT listed.*, {of_opened} FROM ({listed}) AS listed", values)  # noqa: S608 (as above)
        ids, places, *digests = cursor.fetchone()
    first = None if wanted.words else [Cursor(at=at, id=key) for key, at in zip(ids or (), places or (), strict=True)]
    of_list, of_thread, of_person = ((digest or "")[:12] for digest in digests)
    return State(digests=(of_list, of_thread, of_person), first=first)
