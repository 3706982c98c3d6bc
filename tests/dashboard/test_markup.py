"""Every page of a tenant whose people put markup into whatever they may write: all of it is shown as text."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db.models import CharField, Model, TextField
from django.test import Client

from bots import models as bots
from tenants.models import Membership, Tenant, User
from tests.dashboard.furnished import House
from tests.dashboard.test_queries import MOST, house, owner  # noqa: F401 (fixtures)
from tests.dashboard.urls import named

#: Out of an attribute, out of a text, and into the page.
MARKUP = """'"></textarea></script><img data-injected src=x>"""
IN_A_PAGE = "<img data-injected"
#: What contacts, members and providers' far ends may write, row by row.
WRITTEN: dict[type[Model], tuple[str, ...]] = {
    bots.Channel: ("name", "error"),
    bots.Contact: ("profile_name",),
    bots.Message: ("content", "error", "author"),
    bots.Turn: ("error", "answer", "model_name"),
    bots.AIConfiguration: ("system_prompt", "greeting", "note", "model_name", "published_by"),
    bots.KnowledgeSource: ("title", "text"),
    bots.KnowledgeChunk: ("text",),
    bots.Label: ("name",),
    bots.Note: ("text", "author"),
    bots.CannedReply: ("text", "shortcut"),
    bots.AnswerMark: ("better_answer", "author"),
    bots.PlaygroundQuestion: ("text",),
    bots.PlaygroundAnswer: ("text", "error"),
    bots.Export: ("asked_by", "error"),
    bots.Erasure: ("asked_by",),
    bots.WebhookLog: ("error",),
}


@pytest.fixture
def hostile(house: House, tenant: Tenant) -> House:  # noqa: F811 (the fixture)
    """As the house, with the markup in every column of words."""
    for model, names in WRITTEN.items():
        for number, row in enumerate(model._default_manager.all()):
            model._default_manager.filter(pk=row.pk).update(**{name: written(row, name, number) for name in names})
    bots.WebhookLog.objects.update(
        headers={"User-Agent": MARKUP, MARKUP: "x"}, body={"Body": MARKUP, "ProfileName": MARKUP, MARKUP: [MARKUP]}
    )
    told = [{"role": "user", "content": MARKUP}]
    bots.Turn.objects.update(prompt=told, passages=[{"title": MARKUP, "text": MARKUP, "score": 1.0, "source": None}])
    User.objects.filter(pk__in=Membership.objects.filter(tenant=tenant).values("user")).update(name=MARKUP)
    Tenant.objects.filter(pk=tenant.pk).update(name=MARKUP, status_reason=MARKUP)
    return house


def written(row: Model, name: str, number: int) -> str:
    """The markup, as much of it as the column takes, and no row's like another's."""
    column: Any = row._meta.get_field(name)
    assert isinstance(column, CharField | TextField), name
    text = f"{number}{MARKUP}"
    return text if column.max_length is None or len(text) <= column.max_length else f"{number}'\"><img data-injected>"


def test_what_people_wrote_is_text_on_every_page(hostile: House, owner: Client) -> None:  # noqa: F811 (the fixture)
    pages = {}
    for name, path in named(settings.ROOT_URLCONF, given=hostile.arguments()).items():
        answer = owner.get(path) if name in MOST else None
        if answer is not None and not answer.streaming and answer["Content-Type"].startswith("text/html"):
            pages[name] = answer.text
    assert {name for name, text in pages.items() if IN_A_PAGE in text} == set()
    shown = {name for name, text in pages.items() if "&lt;img data-injected" in text}
    assert len(shown) > len(pages) / 2, "the pages hold what was written"
    for name in ("conversation", "log", "why", "knowledge_source", "bot_version", "team", "overview", "ledger"):
        assert name in shown
