"""Whose a conversation is, what it is about, and what members tell one another of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID, uuid4

from django.db import transaction

from bots.desk import events
from bots.desk.base import Member, NotPossibleError
from bots.desk.labels import OnConversation
from bots.models import Conversation, Label, Note
from bots.models.clock import database_time
from bots.storable import storable

#: Characters.
LONGEST_NOTE = 4000


def assign(conversation_id: UUID, *, to: int | None, by: Member, name: str = "") -> None:
    """Make it the member's (`to`, a user's key; `name`, how they are called), or nobody's. Who speaks stays."""
    assign_each({conversation_id: to}, by=by, names={to: name} if to else {})


@transaction.atomic
def assign_each(wanted: Mapping[UUID, int | None], *, by: Member, names: Mapping[int, str]) -> dict[UUID, int | None]:
    """As `assign`, for many in a bounded number of statements: whose each shall be, and how members are called.

    Whose those that changed were before. What is not there is left out.
    """
    # Always in the same order, so that two who assign the same ones never wait for each other.
    rows = Conversation.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    changed = [row for row in rows.only("assignee_id", "metadata") if row.assignee_id != wanted[row.pk]]
    before = {row.pk: row.assignee_id for row in changed}
    now = database_time()
    for row in changed:
        row.assignee_id = to = wanted[row.pk]
        whom = {} if to is None else {"to": by.name if to == by.id else names.get(to, "")}
        events.add_at(row, "unassigned" if to is None else "assigned", by=by, at=now, details=whom)
    Conversation.objects.bulk_update(changed, ["assignee_id", "metadata"])
    return before


def label(conversation_id: UUID, *, label_id: int, on: bool) -> None:
    """Put the label on the conversation, or take it off; a second time changes nothing. Raises `Label.DoesNotExist`."""
    label_each([conversation_id], label_id=label_id, on=on)


@transaction.atomic
def label_each(conversation_ids: Collection[UUID], *, label_id: int, on: bool) -> list[UUID]:
    """As `label`, for many in a bounded number of statements; those that changed."""
    if on:
        Label.objects.get(pk=label_id)
    has_it = OnConversation.objects.filter(label=label_id)
    there = Conversation.objects.filter(pk__in=conversation_ids)
    if on:
        there = there.exclude(pk__in=has_it.values("conversation"))
    else:
        there = there.filter(pk__in=has_it.values("conversation"))
    changed = list(there.order_by("pk").values_list("pk", flat=True))
    if on:
        rows = [OnConversation(conversation_id=key, label_id=label_id) for key in changed]
        OnConversation.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        has_it.filter(conversation__in=changed).delete()
    return changed


def note(conversation_id: UUID, *, by: Member, text: str, key: UUID | None = None) -> Note:
    """Never sent, never told to a model. `key` becomes its id: what comes with the same key again is kept once.

    Raises `NotPossibleError`.
    """
    text = storable(text).strip()
    if not text:
        raise NotPossibleError("empty", "Write the note first.")
    if len(text) > LONGEST_NOTE:
        raise NotPossibleError("too_long", f"A note may have {LONGEST_NOTE} characters; this one has {len(text)}.")
    written = {"conversation_id": conversation_id, "author_id": by.id, "author": by.name, "text": text}
    return Note.objects.get_or_create(pk=key or uuid4(), defaults=written)[0]
