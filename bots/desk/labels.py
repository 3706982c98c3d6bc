"""The tenant's labels: made, renamed, recoloured, deleted, and brought back with the conversations that had them."""

from __future__ import annotations

import json
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from bots import store
from bots.models import Conversation, Label

#: A tenant has no more: they are a list to choose from.
MOST_LABELS = 50
LONGEST_NAME = 40
#: Seconds for which a deleted label can be brought back.
KEPT = 3_600
OnConversation = Conversation.labels.through


class LabelError(Exception):
    """Nothing was changed; `str(error)` is a sentence for the member."""


def write(*, name: str, colour: str, label_id: int | None = None) -> Label:
    """A new label, or a new name and colour for the one with this id. Raises `LabelError`, `Label.DoesNotExist`."""
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise LabelError("Give the label a name.")
    if len(name) > LONGEST_NAME:
        raise LabelError(f"This name is too long. {LONGEST_NAME} characters are the most.")
    label = Label() if label_id is None else Label.objects.get(pk=label_id)
    if label.pk is None and Label.objects.count() >= MOST_LABELS:
        raise LabelError(f"There are {MOST_LABELS} labels already. Delete one that nobody uses.")
    label.name, label.colour = name, colour if colour in Label.Colour.values else Label.Colour.GREY
    try:
        with transaction.atomic():
            label.save()
    except IntegrityError:
        raise LabelError(f"There is a label “{name}” already.") from None
    return label


def delete(label_id: int) -> Label:
    """The label as it was. For an hour `restore` brings it back. Raises `Label.DoesNotExist`."""
    with transaction.atomic():
        label = Label.objects.select_for_update().get(pk=label_id)
        on = [str(key) for key in OnConversation.objects.filter(label=label).values_list("conversation_id", flat=True)]
        Label.objects.filter(pk=label_id).delete()
    with store.may_be_away():
        kept = {"name": label.name, "colour": label.colour, "on": on}
        store.client().set(_key(label_id), json.dumps(kept), ex=KEPT)
    return label


def restore(label_id: int) -> Label:
    """A deleted label, on the conversations that had it and are still there. Raises `LabelError`."""
    text = None
    with store.may_be_away():
        text = store.client().get(_key(label_id))
    if text is None:
        raise LabelError("This label cannot be brought back any more.")
    kept = json.loads(text)
    try:
        with transaction.atomic():
            label = Label.objects.create(pk=label_id, name=kept["name"], colour=kept["colour"])
            there = Conversation.objects.filter(pk__in=[UUID(key) for key in kept["on"]]).values_list("pk", flat=True)
            OnConversation.objects.bulk_create(
                [OnConversation(conversation_id=key, label_id=label_id) for key in there], batch_size=1_000
            )
    except IntegrityError:
        raise LabelError(f"There is a label “{kept['name']}” already.") from None
    with store.may_be_away():
        store.client().delete(_key(label_id))
    return label


def _key(label_id: int) -> str:
    return f"{connection.schema_name}:deleted-label:{label_id}"  # type: ignore[attr-defined]
