"""A row that came as JSON is the object that the ORM would have loaded."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models
from django.utils import timezone

from bots import rows
from bots.models import AIConfiguration, Channel, Contact, Conversation, KnowledgeSettings, Message, Turn
from tests.bots.factories import receive


def as_json(row: models.Model) -> dict[str, Any]:
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_json(one)::text FROM {table} AS one WHERE id = %s", [row.pk])
        return json.loads(cursor.fetchone()[0])


@pytest.fixture
def kept(tenant, bot) -> list[models.Model]:
    """One row of each model that is read so, none of its kinds of value at its default."""
    receive("héllo \U0001f950\n")
    message = Message.objects.get()
    Message.objects.update(metadata={"a": [1, None]}, media=[{"type": "image"}])
    Conversation.objects.update(due_at=timezone.now(), lease_until=timezone.now() + timedelta(microseconds=1), fence=7)
    Contact.objects.update(opted_out=True, profile_name="Ada")
    AIConfiguration.objects.update(temperature=0.25, hours={"mon": [["08:00", "12:00"]]}, languages=["en", "de"])
    KnowledgeSettings.objects.create(pk=1, by_meaning=True, api_key="sk-meaning")
    Turn.objects.create(conversation=message.conversation, outcome="answered", cost=Decimal("0.000123"))
    kinds = (Conversation, Contact, Channel, AIConfiguration, Message, KnowledgeSettings, Turn)
    return [kind.objects.get() for kind in kinds]


def test_a_row_of_json_is_what_the_orm_loads(kept: list[models.Model]) -> None:
    for row in kept:
        read = rows.instance(type(row), as_json(row))
        assert not read._state.adding
        assert not read.get_deferred_fields()
        for field in row._meta.concrete_fields:
            ours, theirs = getattr(read, field.attname), getattr(row, field.attname)
            assert (type(ours), ours) == (type(theirs), theirs), f"{type(row).__name__}.{field.name}"
