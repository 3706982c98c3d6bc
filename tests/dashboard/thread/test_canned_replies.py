"""Saved replies: kept, found by one word, changed, deleted and taken back."""

from __future__ import annotations

import pytest
from django.test import Client

from bots.models import CannedReply
from tests.dashboard.conftest import SignIn
from tests.dashboard.thread.reading import MARKUP

URL = "/conversations/replies/"


@pytest.fixture
def agent(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "agent")


def test_a_reply_is_saved_and_found_by_the_composer(agent: Client) -> None:
    response = agent.post(URL, {"shortcut": " /Hours ", "text": f"8 to 6 {MARKUP}\n"}, follow=True)
    assert "<code>/Hours</code>" in response.text
    assert "8 to 6 &lt;script&gt;" in response.text
    assert agent.get(f"{URL}list/").json() == [{"shortcut": "Hours", "text": f"8 to 6 {MARKUP}"}]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"shortcut": "two words", "text": "x"}, "Use one word"),
        ({"shortcut": "/", "text": "x"}, "Use one word"),
        ({"shortcut": "HOURS", "text": "x"}, "Another saved reply has this word."),
        ({"shortcut": "x", "text": ""}, "Write the reply."),
        ({"shortcut": "x", "text": "x" * 4097}, "A message may have 4096 characters."),
    ],
)
def test_what_cannot_be_saved_says_why(agent: Client, form: dict[str, str], words: str) -> None:
    CannedReply.objects.create(shortcut="hours", text="8 to 6")
    response = agent.post(URL, form)
    assert response.status_code == 422
    assert words in response.text
    assert CannedReply.objects.count() == 1


def test_a_reply_is_changed(agent: Client) -> None:
    saved = CannedReply.objects.create(shortcut="hours", text="8 to 6")
    assert "8 to 6" in agent.get(f"{URL}{saved.pk}/").text
    agent.post(f"{URL}{saved.pk}/", {"shortcut": "hours", "text": "9 to 5"})
    saved.refresh_from_db()
    assert saved.text == "9 to 5"


def test_a_deleted_reply_is_taken_back_once(agent: Client) -> None:
    saved = CannedReply.objects.create(shortcut="hours", text="8 to 6")
    page = agent.post(f"{URL}{saved.pk}/delete/", follow=True).text
    assert f'action="{URL}restore/"' in page
    assert not CannedReply.objects.exists()

    agent.post(f"{URL}restore/")
    assert CannedReply.objects.get().text == "8 to 6"
    assert "It cannot be brought back any more" in agent.post(f"{URL}restore/", follow=True).text
    assert CannedReply.objects.count() == 1


def test_a_viewer_sees_them_and_changes_none(sign_in: SignIn, tenant_client: Client) -> None:
    saved = CannedReply.objects.create(shortcut="hours", text="8 to 6")
    viewer = sign_in(tenant_client, "viewer")
    page = viewer.get(URL).text
    assert "8 to 6" in page
    assert "<textarea" not in page
    assert viewer.post(URL, {"shortcut": "x", "text": "x"}).status_code == 403
    assert viewer.post(f"{URL}{saved.pk}/delete/").status_code == 403
