"""How far each member has read each conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from bots.models import Conversation, ReadMark

#: The last message of each, or the last that came in, and the mark as it is.
LAST = """
SELECT conversation.id, said.timestamp, mark.read_until
  FROM bots_conversation AS conversation
  LEFT JOIN bots_readmark AS mark ON mark.conversation_id = conversation.id AND mark.member_id = %(member)s
 CROSS JOIN LATERAL (
       SELECT timestamp FROM bots_message
        WHERE conversation_id = conversation.id AND (%(read)s OR direction = 'in') ORDER BY timestamp DESC LIMIT 1
 ) AS said
 WHERE conversation.id = ANY (%(conversations)s)
 ORDER BY conversation.id
"""

#: Until when the member has read each of some conversations; None: they never opened it.
Marks = dict[UUID, datetime | None]


def mark_read(conversation_id: UUID, *, member_id: int) -> None:
    """Everything that has come until now is read."""
    mark_each([conversation_id], member_id=member_id, read=True)


def mark_unread(conversation_id: UUID, *, member_id: int) -> None:
    """The last message that came in is unread again, and what followed it."""
    mark_each([conversation_id], member_id=member_id, read=False)


def mark_each(conversation_ids: Collection[UUID], *, member_id: int, read: bool) -> Marks:
    """As above, for many by two statements; the marks of those conversations as they were."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"conversations": list(conversation_ids), "member": member_id, "read": read})
        found = cursor.fetchall()
    until = {
        key: last if read else min(before or last, last - timedelta(microseconds=1)) for key, last, before in found
    }
    marks = {key: before for key, _, before in found}
    # Whoever looks again at what they have read writes nothing: PostgreSQL would wait for the disk.
    _write({key: at for key, at in until.items() if at != marks[key]}, member_id=member_id)
    return marks


@transaction.atomic
def put_back(marks: Mapping[UUID, datetime | None], *, member_id: int) -> None:
    """The marks as `mark_each` found them. What is not there any more is left out."""
    there = set(Conversation.objects.filter(pk__in=marks).values_list("pk", flat=True))
    _write({key: at for key, at in marks.items() if at is not None and key in there}, member_id=member_id)
    never = [key for key in there if marks[key] is None]
    ReadMark.objects.filter(conversation__in=never, member_id=member_id).delete()


def _write(until: Mapping[UUID, datetime], *, member_id: int) -> None:
    ReadMark.objects.bulk_create(
        [ReadMark(conversation_id=key, member_id=member_id, read_until=at) for key, at in until.items()],
        update_conflicts=True,
        unique_fields=["conversation", "member_id"],
        update_fields=["read_until"],
    )
