"""What the bot would have said, or drafts: offered, used, dismissed, and never sent by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bots.models import Contact, Conversation, Suggestion
from tests.dashboard.thread.reading import HTMX, MARKUP, said, url

pytestmark = pytest.mark.usefixtures("_somebody_wrote")


def suggestion(conversation: Conversation, **columns: Any) -> Suggestion:
    fields = {"kind": "withheld", "state": "ready", "text": f"*2.40* euro {MARKUP}"}
    return Suggestion.objects.create(conversation=conversation, **(fields | columns))


def test_a_withheld_answer_is_offered_to_whoever_took_over(agent: Client, ours: Conversation) -> None:
    one = suggestion(ours)
    page = agent.get(url(ours)).text
    assert "The bot would have said" in page
    assert "<strong>2.40</strong> euro &lt;script&gt;" in page
    used = agent.post(url(ours, f"suggestions/{one.pk}/"), {"state": "used"})
    assert used["Location"] == f"{url(ours)}?draft={one.pk}#composer"
    field = agent.get(used["Location"]).text.partition("data-text>")[2].partition("</textarea>")[0]
    assert field == "*2.40* euro &lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;bold&lt;/b&gt;"

    agent.post(url(ours, "reply/"), {"text": "2.40", "suggestion": one.pk})
    one.refresh_from_db()
    assert one.state == "used"
    assert "The bot would have said" not in agent.get(url(ours)).text


def test_a_suggestion_is_dismissed(agent: Client, ours: Conversation) -> None:
    one = suggestion(ours)
    assert agent.post(url(ours, f"suggestions/{one.pk}/"), {"state": "dismissed"}, headers=HTMX).status_code == 204
    assert "The bot would have said" not in agent.get(url(ours)).text


def test_another_conversations_suggestion_cannot_be_touched(agent: Client, ours: Conversation) -> None:
    contact = Contact.objects.create(channel=ours.contact.channel, identity="x", reply_to="x")
    other = suggestion(Conversation.objects.create(contact=contact), text="the vault’s code")
    assert agent.post(url(ours, f"suggestions/{other.pk}/"), {"state": "dismissed"}).status_code == 404
    assert "the vault’s code" not in agent.get(url(ours) + f"?draft={other.pk}").text
    agent.post(url(ours, "reply/"), {"text": "2.40", "suggestion": other.pk})
    other.refresh_from_db()
    assert other.state == "ready"


def test_a_draft_is_asked_for_and_is_shown_while_it_comes(
    agent: Client, ours: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.desk.suggesting.ring", lambda **_: True)
    assert agent.post(url(ours, "suggest/"), headers=HTMX).status_code == 204
    assert "The bot drafts an answer…" in agent.get(url(ours)).text
    assert "A draft is being written already" in said(agent.post(url(ours, "suggest/"), headers=HTMX))
    Suggestion.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert "Nobody finished the draft. Ask for it again." in agent.get(url(ours)).text
    Suggestion.objects.update(state="failed", error=f"The provider is away {MARKUP}")
    assert "The provider is away &lt;script&gt;" in agent.get(url(ours)).text
