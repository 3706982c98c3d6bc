"""How far each member has read each conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from bots.models import Message, ReadMark


def mark_read(conversation_id: UUID, *, member_id: int) -> None:
    """Everything that has come until now is read."""
    last = _last(conversation_id)
    if last is not None:
        _write(conversation_id, member_id=member_id, until=last)


def mark_unread(conversation_id: UUID, *, member_id: int) -> None:
    """The last message that came in is unread again, and what followed it."""
    last = _last(conversation_id, direction=Message.Direction.IN)
    if last is not None:
        _write(conversation_id, member_id=member_id, until=last - timedelta(microseconds=1))


def _last(conversation_id: UUID, **which: str) -> datetime | None:
    messages = Message.objects.filter(conversation_id=conversation_id, **which)
    last: datetime | None = messages.aggregate(last=Max("timestamp"))["last"]
    return last


def _write(conversation_id: UUID, *, member_id: int, until: datetime) -> None:
    ReadMark.objects.bulk_create(
        [ReadMark(conversation_id=conversation_id, member_id=member_id, read_until=until)],
        update_conflicts=True,
        unique_fields=["conversation", "member_id"],
        update_fields=["read_until"],
    )
