"""After WhatsApp's 24 hours: templates, chosen and filled in."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from bots.desk import templates
from bots.desk.templates import Template
from bots.models import Channel, Conversation, Message
from bots.whatsapp.base import WhatsAppError
from tests.dashboard.thread.reading import HTMX, MARKUP, kind, said, url

pytestmark = pytest.mark.usefixtures("_somebody_wrote")


@pytest.fixture
def approved(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Template(id="HX1", name="welcome", language="en", body="Hello!", variables=(), category="utility"),
        Template(
            id="HX2",
            name="ready",
            language="en",
            body=f"{{{{1}}}} is ready {MARKUP}",
            variables=("1",),
            category="utility",
        ),
    ]
    monkeypatch.setattr(templates, "approved", lambda channel: found)


@pytest.mark.usefixtures("approved")
def test_after_a_day_a_template_is_chosen_filled_in_and_sent_once(agent: Client, ours: Conversation) -> None:
    Message.objects.update(timestamp=timezone.now() - timedelta(hours=25))
    assert kind(agent, ours) == "templates"
    assert "window_closed" not in agent.get(url(ours)).text
    assert "more than 24 hours old" in said(agent.post(url(ours, "reply/"), {"text": "hi"}, headers=HTMX))

    page = agent.get(url(ours, "template/?template=HX2")).text
    assert "<script>alert" not in page
    assert 'name="variable_1"' in page
    missing = agent.post(url(ours, "template/"), {"template": "HX2", "variable_1": " "})
    assert "Fill this in." in missing.text
    form = {"template": "HX2", "variable_1": "Your cake", "key": str(uuid4())}
    for _ in range(2):
        assert agent.post(url(ours, "template/"), form).status_code == 302
    message = Message.objects.get(direction="out")
    assert (message.kind, message.content) == ("template", f"Your cake is ready {MARKUP}")
    assert "<bdi>ready</bdi>" in agent.get(url(ours)).text


def test_templates_that_cannot_be_had_are_a_sentence(
    agent: Client, ours: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(channel: Channel) -> list[Template]:
        raise WhatsAppError("no answer")

    monkeypatch.setattr(templates, "approved", away)
    assert "Twilio does not answer just now" in agent.get(url(ours, "template/")).text
    assert "Twilio does not answer just now" in said(agent.post(url(ours, "template/"), headers=HTMX))
