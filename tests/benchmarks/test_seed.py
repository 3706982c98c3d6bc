"""The large tenant is one that the product itself could have made."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Count, F, Max

from benchmarks.seed import Size, fill
from bots.models import Channel, Contact, Conversation, Message, Turn, WebhookLog
from tenants.models import Tenant

SMALL = Size(contacts=80, conversations=100, messages=2_000, longest=1_000, logs=2_000)


@pytest.fixture
def seeded(tenant: Tenant) -> Tenant:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        fill(cursor.cursor, size=SMALL, member_id=1, say=lambda _: None)
    return tenant


def test_there_is_as_much_of_everything_as_was_asked_for(seeded: Tenant) -> None:
    assert [model.objects.count() for model in (Contact, Conversation, Message, WebhookLog)] == [80, 100, 2_000, 2_000]
    assert Conversation.objects.annotate(length=Count("messages")).aggregate(Max("length")) == {"length__max": 1_010}


def test_every_answer_has_its_turn_and_its_question(seeded: Tenant) -> None:
    turns = Turn.objects.annotate(directions=Count("messages__direction", distinct=True))
    assert turns.count() > 900
    assert turns.exclude(directions=2).count() <= 40 + 100  # those that wait, and what was said first
    assert not Message.objects.filter(direction="out", turn=None).exists()
    assert not Message.objects.exclude(turn__conversation=F("conversation")).exclude(turn=None).exists()


def test_a_conversation_ends_with_its_last_message(seeded: Tenant) -> None:
    latest = Conversation.objects.annotate(last=Max("messages__timestamp"))
    assert not latest.exclude(last=F("last_activity")).exists()


def test_some_wait_for_an_answer(seeded: Tenant) -> None:
    waiting = Conversation.objects.exclude(waiting_since=None)
    assert 0 < waiting.count() == Message.objects.filter(direction="in", outcome="").count()


def test_a_tenant_without_a_number_or_with_contacts_is_left_alone(seeded: Tenant) -> None:
    with connection.cursor() as cursor, pytest.raises(ValueError, match="contacts already"):
        fill(cursor.cursor, size=SMALL, say=lambda _: None)
    Channel.objects.all().delete()
    with connection.cursor() as cursor, pytest.raises(LookupError, match="no channel"):
        fill(cursor.cursor, size=SMALL, say=lambda _: None)
