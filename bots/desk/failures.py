"""A member has dealt with what failed: the conversation leaves the list of failures until something fails again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Func, JSONField, Value

from bots.desk import lists
from bots.desk.lists import DEALT_WITH
from bots.models import Conversation, Message
from bots.models.clock import database_time


def dismiss(conversation_id: UUID) -> None:
    """What has failed in it until now is dealt with."""
    _note([conversation_id], Value({DEALT_WITH: database_time().isoformat()}, output_field=JSONField()), operator="||")


def recall(conversation_id: UUID) -> None:
    """It is not dealt with after all."""
    recall_each([conversation_id])


@transaction.atomic
def dismiss_each(conversation_ids: Collection[UUID]) -> list[UUID]:
    """As `dismiss`, for those of many in which something failed; these, in a bounded number of statements."""
    now = database_time()
    failed = lists.of("failed", now=now).filter(pk__in=conversation_ids).values_list("pk", flat=True)
    # Always in the same order, so that two who do it at once never wait for each other.
    rows = Conversation.objects.select_for_update().filter(pk__in=list(failed)).order_by("pk")
    dismissed = list(rows.values_list("pk", flat=True))
    _note(dismissed, Value({DEALT_WITH: now.isoformat()}, output_field=JSONField()), operator="||")
    return dismissed


def recall_each(conversation_ids: Collection[UUID]) -> None:
    """They are not dealt with after all."""
    _note(conversation_ids, Value(DEALT_WITH), operator="-")


def has_undealt(conversation: Conversation) -> bool:
    """A message in it failed since a member last dealt with such."""
    failed = Message.objects.filter(lists.HAS_FAILED, conversation=conversation)
    if dealt_with := conversation.metadata.get(DEALT_WITH):
        failed = failed.filter(timestamp__gt=dealt_with)
    return failed.exists()


def _note(conversation_ids: Collection[UUID], value: Value, *, operator: str) -> None:
    """In one statement: others write other keys of the same column at the same time."""
    changed = Func(
        "metadata", value, arg_joiner=f" {operator} ", template="(%(expressions)s)", output_field=JSONField()
    )
    Conversation.objects.filter(pk__in=conversation_ids).update(metadata=changed)
