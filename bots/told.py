"""What somebody was told already, so that notices are not repeated."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from bots.models import Message
from bots.models.clock import database_time


def was_told(conversation_id: UUID, *, notice: str, since: datetime | None = None, seconds: float = 0) -> bool:
    """Whether the contact got this notice already, since then or in the last so many seconds."""
    since = since or database_time() - timedelta(seconds=seconds)
    told = Message.objects.filter(conversation_id=conversation_id, metadata__notice=notice, timestamp__gte=since)
    return told.exists()


def was_ever_answered(contact_id: UUID) -> bool:
    """Whether the contact was ever greeted, or got an answer: a notice is none."""
    spoken = Q(metadata__notice__isnull=True) | Q(metadata__notice="greeting")
    return Message.objects.filter(spoken, conversation__contact=contact_id, direction=Message.Direction.OUT).exists()
