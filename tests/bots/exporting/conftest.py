"""Conversations to be exported, and a worker that is called by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bots.desk.base import Member
from bots.exporting import asking, keeping, writing
from bots.models import Conversation, Export, Message
from tenants.models import Tenant
from tests.bots.factories import ContactFactory, ConversationFactory, InboundFactory, OutboundFactory

#: Asks for an export and has it written: `export(scope=..., format=..., criteria=...)`.
Exporting = Callable[..., Export]
Speaking = Callable[..., Conversation]


@pytest.fixture
def anna(django_user_model: Any) -> Member:
    user = django_user_model.objects.create_user("anna@acme.test", "hard-to-guess-9", name="Anna")
    return Member(id=user.pk, name="Anna")


@pytest.fixture(autouse=True)
def _no_worker(rung: list[str]) -> None:
    """Nobody is told; a test looks at who would have been."""


@pytest.fixture(autouse=True)
def media(media_root: Path) -> Path:
    return media_root


@pytest.fixture
def speak(tenant: Tenant) -> Speaking:
    """A conversation with this question and answer."""

    def speak(
        *, question: str = "How much is a croissant?", answer: str = "It is *2.40* euro.", **contact: Any
    ) -> Conversation:
        conversation = ConversationFactory(contact=ContactFactory(**contact))
        at = timezone.now() - timedelta(minutes=5)
        InboundFactory(conversation=conversation, content=question, outcome="answered", timestamp=at)
        OutboundFactory(
            conversation=conversation, content=answer, status=Message.Status.READ, timestamp=at + timedelta(seconds=2)
        )
        return conversation

    return speak


@pytest.fixture
def export(tenant: Tenant, anna: Member) -> Exporting:
    def export(*, scope: str = "all", file_format: str = "json", criteria: dict[str, Any] | None = None) -> Export:
        asked = asking.ask(
            tenant=tenant,
            by=anna,
            scope=Export.Scope(scope),
            file_format=Export.Format(file_format),
            criteria=criteria or {},
        )
        writing.write(asked.pk, tenant=tenant)
        asked.refresh_from_db()
        return asked

    return export


def text_of(export: Export) -> str:
    with keeping.open_file(export) as content:
        return content.read().decode()


def document_of(export: Export) -> dict[str, Any]:
    return json.loads(text_of(export))
