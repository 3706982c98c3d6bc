"""How far each member has read each conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery

from bots.models import Conversation, Message, ReadMark

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
    said = Message.objects.filter(conversation=OuterRef("pk")).order_by("-timestamp")
    if not read:
        said = said.filter(direction=Message.Direction.IN)
    own = ReadMark.objects.filter(conversation=OuterRef("pk"), member_id=member_id)
    rows = Conversation.objects.filter(pk__in=conversation_ids).order_by("pk")
    found = list(rows.values_list("pk", Subquery(said.values("timestamp")[:1]), Subquery(own.values("read_until")[:1])))
    until = {}
    for key, last, before in found:
        if last is None:
            continue
        until[key] = last if read else min(before or last, last - timedelta(microseconds=1))
    _write(until, member_id=member_id)
    return {key: before for key, _, before in found if key in until}


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
