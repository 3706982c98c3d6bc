"""What members do in a conversation: by a form that works without JavaScript, and by the same form with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from bots.models import Channel, Contact, Conversation, Message, Note
from dashboard.inbox import presence
from tenants.models import Tenant, User
from tests.dashboard.conftest import SignIn
from tests.dashboard.thread.reading import HTMX, MARKUP, Say, kind, said, url

pytestmark = pytest.mark.usefixtures("_somebody_wrote")
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 64


def test_the_bot_speaks_until_somebody_takes_over_and_again_once_they_give_it_back(
    agent: Client, conversation: Conversation, people: dict[str, User]
) -> None:
    assert kind(agent, conversation) == "bot"
    taken = agent.post(url(conversation, "take-over/"))
    assert (taken.status_code, taken["Location"]) == (302, f"{url(conversation)}#composer")
    conversation.refresh_from_db()
    assert (conversation.mode, conversation.assignee_id) == ("human", people["agent"].pk)
    assert kind(agent, conversation) == "human"

    agent.post(url(conversation, "give-back/"), {"note": f"Delivery is free {MARKUP}"})
    page = agent.get(url(conversation)).text
    assert kind(agent, conversation) == "bot"
    assert "agent took over. The bot is silent." in page
    assert "Delivery is free &lt;script&gt;" in page


def test_htmx_is_told_what_to_ask_for_anew(agent: Client, conversation: Conversation) -> None:
    response = agent.post(url(conversation, "take-over/"), headers=HTMX)
    assert response.status_code == 204
    told = json.loads(response["HX-Trigger"])
    assert set(told) == {"thread-changed", "list-changed", "person-changed", "composer-done"}
    assert told["composer-done"] == {"what": "focus"}


def test_a_reply_is_queued_in_the_members_name(agent: Client, ours: Conversation, people: dict[str, User]) -> None:
    key, quoted = uuid4(), ours.messages.get()
    response = agent.post(url(ours, "reply/"), {"kind": "reply", "text": "*Yes* ", "key": key, "quoted": quoted.pk})

    assert response.status_code == 302
    message = Message.objects.get(direction="out")
    assert (message.pk, message.status, message.author_id) == (key, "queued", people["agent"].pk)
    assert message.content.endswith("*Yes*")
    assert "Do you deliver?" in message.content, "Twilio has no quotes, so it is quoted in words"
    assert "<strong>Yes</strong>" in agent.get(url(ours)).text


def test_what_comes_twice_is_sent_once(agent: Client, ours: Conversation) -> None:
    form = {"text": "Yes", "key": str(uuid4())}
    for headers in ({}, HTMX, HTMX):
        assert agent.post(url(ours, "reply/"), form, headers=headers).status_code in (204, 302)
    assert Message.objects.filter(direction="out").count() == 1
    agent.post(url(ours, "reply/"), form | {"key": str(uuid4())})
    assert Message.objects.filter(direction="out").count() == 2


def test_a_note_that_comes_twice_is_kept_once(agent: Client, conversation: Conversation) -> None:
    form = {"kind": "note", "text": "She is a regular.", "key": str(uuid4())}
    for _ in range(2):
        assert agent.post(url(conversation, "reply/"), form).status_code == 302
    assert [note.text for note in Note.objects.all()] == ["She is a regular."]


def test_each_page_has_a_key_of_its_own(agent: Client, ours: Conversation) -> None:
    keys = {re.search(r'name="key" value="([0-9a-f-]{36})"', agent.get(url(ours)).text)[1] for _ in range(2)}  # type: ignore[index]
    assert len(keys) == 2


def test_a_file_goes_along(agent: Client, ours: Conversation) -> None:
    file = SimpleUploadedFile("menu.jpg", JPEG, content_type="text/html")
    agent.post(url(ours, "reply/"), {"text": "Our menu", "file": file})
    message = Message.objects.get(direction="out")
    assert (message.kind, message.content) == ("image", "Our menu")
    assert message.files.get().content_type == "image/jpeg"
    assert f"/conversations/files/{message.files.get().pk}/" in agent.get(url(ours)).text


def test_a_note_is_kept_and_never_sent_also_while_the_bot_speaks(agent: Client, conversation: Conversation) -> None:
    agent.post(url(conversation, "reply/"), {"kind": "note", "text": f"VIP {MARKUP}"})
    assert Note.objects.get().text == f"VIP {MARKUP}"
    assert not Message.objects.filter(direction="out").exists()
    assert "VIP &lt;script&gt;" in agent.get(url(conversation)).text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"text": "  "}, "There is nothing to send yet"),
        ({"text": "x" * 4097}, "4"),
        (
            {"text": "x", "file": SimpleUploadedFile("run.exe", b"MZ\x90\0\x03" + b"\0" * 64)},
            "does not take files of this kind",
        ),
        ({"kind": "note", "text": ""}, "Write the note first"),
        ({"kind": "song", "text": "la"}, "song"),
        ({"text": "x", "key": "not-a-key"}, "Enter a valid UUID"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_a_sentence(
    agent: Client, ours: Conversation, form: dict[str, Any], words: str
) -> None:
    response = agent.post(url(ours, "reply/"), form, headers=HTMX)
    assert response.status_code == 200
    assert (response["HX-Reswap"], response["HX-Trigger"]) == ("none", "composer-refused")
    assert words in said(response)
    assert not Message.objects.filter(direction="out").exists()


def test_while_the_bot_speaks_nobody_else_does(agent: Client, conversation: Conversation) -> None:
    response = agent.post(url(conversation, "reply/"), {"text": "hi"}, follow=True)
    assert "The bot has this conversation. Take it over first" in response.text
    assert not Message.objects.filter(direction="out").exists()


def test_a_viewer_reads_and_does_nothing(sign_in: SignIn, tenant_client: Client, ours: Conversation) -> None:
    viewer = sign_in(tenant_client, "viewer")
    page = viewer.get(url(ours)).text
    assert kind(viewer, ours) == "reader"
    assert "<textarea" not in page.partition('id="composer"')[2].partition("</section>")[0]
    for behind in ("reply/", "take-over/", "give-back/", "suggest/", "typing/", "template/"):
        assert viewer.post(url(ours, behind), {"text": "hi", "kind": "note"}).status_code == 403
    assert not Note.objects.exists()


def test_the_time_that_is_left_is_told_and_warned_of(agent: Client, ours: Conversation) -> None:
    page = agent.get(url(ours)).text
    assert "23 h left" in page
    assert "composer-window-soon" not in page
    Message.objects.update(timestamp=timezone.now() - timedelta(hours=22, minutes=30))
    page = agent.get(url(ours)).text
    assert "1 h left" in page
    assert "composer-window-soon" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: Contact.objects.update(opted_out=True), "They asked not to be written to"),
        (lambda: Contact.objects.update(blocked_at=timezone.now()), "This person is blocked"),
        (lambda: Channel.objects.update(removed_at=timezone.now()), "This number is not connected any more"),
        (lambda: Conversation.objects.update(is_active=False), "This conversation has ended"),
    ],
)
def test_where_nobody_can_be_written_to_it_says_why(
    agent: Client, ours: Conversation, change: Callable[[], object], words: str
) -> None:
    change()
    page = agent.get(url(ours)).text
    assert kind(agent, ours) == "shut"
    assert words in page
    assert "Give back" in page
    assert "data-reply-form" not in page


def test_an_ended_conversation_leads_to_the_one_that_goes_on(agent: Client, ours: Conversation) -> None:
    Conversation.objects.update(is_active=False)
    newer = Conversation.objects.create(contact=ours.contact)
    assert f'<a href="{url(newer)}">Open the newer one</a>' in agent.get(url(ours)).text


def test_somebody_who_asked_for_a_person_is_said_to_wait(agent: Client, conversation: Conversation) -> None:
    Conversation.objects.update(mode="human", paused_until=timezone.now() + timedelta(hours=3))
    assert "They asked for a person." in agent.get(url(conversation)).text
    assert kind(agent, conversation) == "asked"


def test_others_see_who_writes_and_nobody_sees_themselves(
    agent: Client, ours: Conversation, sign_in: SignIn, people: dict[str, User]
) -> None:
    assert agent.post(url(ours, "typing/")).status_code == 204
    admin = sign_in(Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"}), "admin")
    assert "<bdi>agent</bdi> is typing…" in admin.get(url(ours)).text
    assert "is typing…" not in agent.get(url(ours)).text
    agent.post(url(ours, "typing/"), {"stopped": "yes"})
    assert presence.who_writes(ours.pk, besides=people["admin"].pk) == []


def test_a_failed_message_is_sent_again_once(agent: Client, ours: Conversation, say: Say) -> None:
    failed = say("Yes", direction="out", status="failed")
    again = url(ours, f"messages/{failed.pk}/retry/")
    assert agent.post(again, headers=HTMX).status_code == 204
    failed.refresh_from_db()
    assert failed.status == "queued"
    assert "has not failed" in said(agent.post(again, headers=HTMX))


def test_of_a_suspended_business_nothing_is_sent(agent: Client, ours: Conversation, tenant: Tenant) -> None:
    tenant.status = Tenant.Status.SUSPENDED
    tenant.save()
    assert kind(agent, ours) == "shut"
    assert "suspended" in said(agent.post(url(ours, "reply/"), {"text": "hi"}, headers=HTMX))
