"""Whose a conversation is, what it is about, and what members tell one another of it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from bots.desk import events
from bots.desk.base import Member, NotPossibleError
from bots.models import Conversation, Label, Note
from bots.storable import storable

#: Characters.
LONGEST_NOTE = 4000


@transaction.atomic
def assign(conversation_id: UUID, *, to: int | None, by: Member, name: str = "") -> None:
    """Make it the member's (`to`, a user's key; `name`, how they are called), or nobody's. Who speaks stays."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    if conversation.assignee_id == to:
        return
    conversation.assignee_id = to
    if to is None:
        events.add(conversation, "unassigned", by=by)
    else:
        events.add(conversation, "assigned", by=by, to=by.name if to == by.id else name)
    conversation.save(update_fields=["assignee_id", "metadata"])


def label(conversation_id: UUID, *, label_id: int, on: bool) -> None:
    """Put the label on the conversation, or take it off; a second time changes nothing. Raises `Label.DoesNotExist`."""
    conversation = Conversation.objects.only("pk").get(pk=conversation_id)
    if on:
        conversation.labels.add(Label.objects.get(pk=label_id))
    else:
        conversation.labels.remove(label_id)


def note(conversation_id: UUID, *, by: Member, text: str) -> Note:
    """Never sent, never told to a model. Raises `NotPossibleError`."""
    text = storable(text).strip()
    if not text:
        raise NotPossibleError("empty", "Write the note first.")
    if len(text) > LONGEST_NOTE:
        raise NotPossibleError("too_long", f"A note may have {LONGEST_NOTE} characters; this one has {len(text)}.")
    return Note.objects.create(conversation_id=conversation_id, author_id=by.id, author=by.name, text=text)
