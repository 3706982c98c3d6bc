"""A member asks the bot for a draft. A worker writes it, nobody sends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from bots import bell, limits
from bots.desk.base import Member, NotPossibleError
from bots.models import Conversation, Suggestion
from tenants.models import Tenant

TASK = "bots.tasks.draft_suggestion"
#: A worker takes it up within this time, or nobody does. The bell is good for as long.
TAKEN_WITHIN = timedelta(seconds=bell.GOOD_FOR)
#: Drafts of a tenant's in a minute: each costs tokens.
MOST_A_MINUTE = 20

State = Suggestion.State
PENDING = (State.WAITING, State.WRITING)
#: Nobody works on it any more: its worker was lost.
IS_LOST = Q(state__in=PENDING, lease_until__lt=Now())


def ask(conversation_id: UUID, *, tenant: Tenant, by: Member) -> Suggestion:
    """Have an answer drafted to what the contact wrote last: waiting, writing, then ready or failed (`error`).

    `Suggestion.text` is WhatsApp text, as it would be sent. Raises `NotPossibleError` ("busy", "suspended").
    """
    if tenant.status != tenant.Status.ACTIVE:
        raise NotPossibleError("suspended")
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
        drafted = conversation.suggestions.filter(kind=Suggestion.Kind.DRAFTED)
        if drafted.filter(state__in=PENDING).exclude(IS_LOST).exists():
            raise NotPossibleError("busy")
        if not limits.within(MOST_A_MINUTE, "drafts", tenant.schema_name):
            raise NotPossibleError("busy", "Many drafts were asked for just now. Try again in a minute.")
        drafted.filter(state__in=(*PENDING, State.READY, State.FAILED)).update(state=State.DISMISSED)
        suggestion = Suggestion.objects.create(
            conversation=conversation,
            kind=Suggestion.Kind.DRAFTED,
            state=State.WAITING,
            asked_by_id=by.id,
            lease_until=Now() + TAKEN_WITHIN,
        )
    if not ring(tenant_id=tenant.pk, suggestion_id=suggestion.pk):
        fail(suggestion.pk, error="No worker could be asked for a draft. Try again in a moment.")
    suggestion.refresh_from_db()
    return suggestion


def ring(*, tenant_id: int, suggestion_id: UUID, delay: float = 0.0) -> bool:
    """Ask a worker for the draft in `delay` seconds. False: nobody heard it."""
    return bell.ring_for(TASK, tenant_id=tenant_id, row_id=suggestion_id, delay=delay)


def fail(suggestion_id: UUID, *, error: str) -> None:
    """`error`: a sentence for the member."""
    Suggestion.objects.filter(pk=suggestion_id, state__in=PENDING).update(state=State.FAILED, error=error[:300])


def settle(suggestion_id: UUID, *, state: Literal["used", "dismissed"]) -> None:
    """Whoever asked for it, or had it withheld for them, needs it no more."""
    Suggestion.objects.filter(pk=suggestion_id).exclude(state=State.USED).update(state=state)
