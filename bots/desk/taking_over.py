"""A conversation goes from the bot to a person, and back."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from bots import bell
from bots.desk import events, instructions
from bots.desk.base import Member, NotPossibleError, locked
from bots.desk.reopening import reopen
from bots.desk.withholding import withhold
from bots.models import Conversation, Suggestion
from tenants.models import Tenant


def take_over(conversation_id: UUID, *, tenant: Tenant, by: Member) -> Conversation:
    """From its commit on the bot begins no send in this conversation. What it was about to say is a suggestion now.

    Once more by the same member: nothing changes. By another one: it is theirs. A send that began before is on its way
    and may still arrive. Raises `NotPossibleError` ("over").
    """
    with transaction.atomic():
        conversation = locked(conversation_id)
        if not conversation.is_active:
            raise NotPossibleError("over")
        if conversation.is_with_a_person and conversation.assignee_id == by.id:
            return conversation
        conversation.mode, conversation.paused_until = Conversation.Mode.HUMAN, None
        conversation.assignee_id = by.id
        instructions.forget(conversation)
        events.add(conversation, "taken_over", by=by)
        conversation.save(update_fields=["mode", "paused_until", "assignee_id", "metadata"])
        withhold(conversation_id)
        _take_from_its_worker(conversation_id)
    bell.ring(tenant_id=tenant.pk, conversation_id=conversation_id)
    return conversation


def give_back(
    conversation_id: UUID, *, tenant: Tenant, by: Member, note: str = "", answer_open: bool = False
) -> Conversation:
    """The bot answers what comes next; with `answer_open` also what came since anybody answered last.

    `note` is told to the model with each answer, until somebody takes over again or the contact starts over; the
    contact never reads it. The bot's open suggestions are dismissed. Raises `NotPossibleError` ("too_long").
    """
    with transaction.atomic():
        conversation = locked(conversation_id)
        if not conversation.is_with_a_person and conversation.paused_until is None:
            return conversation
        note = instructions.set_down(conversation, text=note)
        conversation.mode, conversation.paused_until = Conversation.Mode.BOT, None
        conversation.assignee_id = None
        events.add(conversation, "given_back", by=by, **({"note": note} if note else {}))
        conversation.save(update_fields=["mode", "paused_until", "assignee_id", "metadata"])
        open_ones = conversation.suggestions.exclude(state__in=(Suggestion.State.USED, Suggestion.State.DISMISSED))
        open_ones.update(state=Suggestion.State.DISMISSED)
        if answer_open:
            reopen(conversation)
    if answer_open:
        bell.ring(tenant_id=tenant.pk, conversation_id=conversation_id)
    return conversation


def _take_from_its_worker(conversation_id: UUID) -> None:
    """A worker that waits for the AI would hold up what the member writes: another one may have the conversation at
    once. Its answer, should it come, is kept (`withholding.keep_late`). Never in the middle of a send, which only the
    worker that began it can bring to its end quickly."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bots_conversation
               SET fence = fence + 1, lease_until = NULL, due_at = statement_timestamp()
             WHERE id = %(conversation)s AND lease_until IS NOT NULL
               AND NOT EXISTS (SELECT FROM bots_message WHERE conversation_id = %(conversation)s AND status = 'sending')
            """,
            {"conversation": conversation_id},
        )
