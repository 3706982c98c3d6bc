"""What a member decides about a person: whether they are heard, and whether they are written to."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from bots.desk import events
from bots.desk.base import Member
from bots.models import Contact, Conversation
from bots.models.clock import database_time


@transaction.atomic
def block(contact_id: UUID, *, by: Member, on: bool) -> None:
    """While they are blocked, what they write is kept, nobody answers it, and nothing is sent to them."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if on == (contact.blocked_at is not None):
        return
    contact.blocked_at = database_time() if on else None
    contact.save(update_fields=["blocked_at"])
    _note_down(contact, "blocked" if on else "unblocked", by=by)


@transaction.atomic
def set_opted_out(contact_id: UUID, *, by: Member, on: bool) -> None:
    """As if they had written STOP, or START, without a word to them. To opt somebody in takes their consent."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if on == contact.opted_out:
        return
    contact.opted_out, contact.opted_out_at = on, database_time() if on else None
    contact.save(update_fields=["opted_out", "opted_out_at"])
    _note_down(contact, "opted_out" if on else "opted_in", by=by)


def _note_down(contact: Contact, what: events.What, *, by: Member) -> None:
    """In their running conversation. The contact is locked before the conversation, as with an inbound message."""
    conversation = Conversation.objects.select_for_update().filter(contact=contact, is_active=True).first()
    if conversation:
        events.add(conversation, what, by=by)
        conversation.save(update_fields=["metadata"])
