"""A member has dealt with what failed: the conversation leaves the list of failures until something fails again."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Func, JSONField, Value

from bots.desk import lists
from bots.desk.lists import DEALT_WITH
from bots.models import Conversation, Message
from bots.models.clock import database_time


def dismiss(conversation_id: UUID) -> None:
    """What has failed in it until now is dealt with."""
    _note(conversation_id, Value({DEALT_WITH: database_time().isoformat()}, output_field=JSONField()), operator="||")


def recall(conversation_id: UUID) -> None:
    """It is not dealt with after all."""
    _note(conversation_id, Value(DEALT_WITH), operator="-")


def has_undealt(conversation: Conversation) -> bool:
    """A message in it failed since a member last dealt with such."""
    failed = Message.objects.filter(lists.HAS_FAILED, conversation=conversation)
    if dealt_with := conversation.metadata.get(DEALT_WITH):
        failed = failed.filter(timestamp__gt=dealt_with)
    return failed.exists()


def _note(conversation_id: UUID, value: Value, *, operator: str) -> None:
    """In one statement: others write other keys of the same column at the same time."""
    changed = Func(
        "metadata", value, arg_joiner=f" {operator} ", template="(%(expressions)s)", output_field=JSONField()
    )
    Conversation.objects.filter(pk=conversation_id).update(metadata=changed)
