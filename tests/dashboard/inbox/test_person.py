"""The right pane, the whole number, and the tenant's labels."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bots.desk import labels
from bots.models import Contact, Conversation, Label, Message, Note
from tenants.models import AuditEntry, Tenant, User
from tests.dashboard.conftest import SignIn
from tests.dashboard.inbox.conftest import Talk

HTMX = {"HX-Request": "true"}
ACTIONS = ("assign", "labels", "note", "block", "opt-out", "dealt-with")


@pytest.fixture
def agent(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "agent")


def do(client: Client, conversation: Conversation, action: str, *, htmx: bool = False, **given: Any) -> Any:
    return client.post(f"/conversations/{conversation.pk}/{action}/", given, headers=HTMX if htmx else {})


def test_the_pane_says_who_writes_and_hides_their_number(agent: Client, talk: Talk) -> None:
    earlier = talk("Ada Lovelace", "in:Ja, ich und die Kinder", phone="+14155238886", is_active=False)
    conversation = talk("Ada Lovelace", "in:Was ist das und wer sind Sie", phone="+14155238886")
    page = agent.get(f"/conversations/{conversation.pk}/").text
    pane = page[page.index('id="person"') :]
    for shown in ("Ada Lovelace", "+1 415 *** 8886", "German", f"/conversations/{earlier.pk}/", "Ended", "Twilio"):
        assert shown in pane
    assert "5238886" not in page
    assert "reveal/" not in page, "an agent may not ask for it"


@pytest.mark.parametrize("profile_name", ["+1 415 523 8886", "Ada 4155238886"])
def test_a_name_that_is_a_number_gives_nothing_away(agent: Client, talk: Talk, profile_name: str) -> None:
    conversation = talk(profile_name, "in:Hello", phone="+14155238886")
    for path in ("/conversations/", f"/conversations/{conversation.pk}/", "/conversations/?q=8886"):
        assert not re.search(r"523\W?8886", agent.get(path).text)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_whole_number_is_shown_to_who_may_see_it_and_noted_each_time(
    tenant_client: Client, sign_in: SignIn, talk: Talk, people: dict[str, User], htmx: bool
) -> None:
    conversation = talk("Ada", "in:Hello", phone="+14155238886")
    admin = sign_in(tenant_client, "admin")
    url = f"/contacts/{conversation.contact_id}/reveal/"
    for _ in range(2):
        assert "+1 415-523-8886" in admin.post(url, headers=HTMX if htmx else {}).text
    entries = AuditEntry.objects.filter(action="number.revealed", tenant__slug="acme")
    assert [(one.actor, one.detail) for one in entries] == [
        (people["admin"], {"contact": str(conversation.contact_id)})
    ] * 2
    assert "523-8886" not in admin.get(f"/conversations/{conversation.pk}/").text, "masked again on the next page"


def test_a_refused_reveal_shows_nothing_and_notes_nothing(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello", phone="+14155238886")
    answer = agent.post(f"/contacts/{conversation.contact_id}/reveal/")
    assert answer.status_code == 403
    assert "8886" not in answer.text
    assert not AuditEntry.objects.filter(action="number.revealed").exists()


@pytest.mark.parametrize("htmx", [True, False])
def test_a_conversation_is_assigned_to_members_who_may_answer_alone(
    agent: Client, talk: Talk, people: dict[str, User], htmx: bool
) -> None:
    conversation = talk("Ada", "in:Hello")
    answer = do(agent, conversation, "assign", htmx=htmx, assignee=people["owner"].pk)
    assert answer.status_code == (200 if htmx else 302)
    conversation.refresh_from_db()
    assert conversation.assignee_id == people["owner"].pk
    for stranger in ("viewer", "other", "staff"):
        assert do(agent, conversation, "assign", assignee=people[stranger].pk).status_code == 404
    do(agent, conversation, "assign", assignee="")
    conversation.refresh_from_db()
    assert conversation.assignee_id is None


def test_the_ticked_labels_are_on_and_the_others_are_not(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello")
    order, vip = Label.objects.create(name="Order"), Label.objects.create(name="VIP")
    conversation.labels.add(vip)
    part = do(agent, conversation, "labels", htmx=True, labels=[order.pk, 999]).text
    assert set(conversation.labels.all()) == {order}
    assert 'id="person-labels"' in part


def test_a_note_is_kept_for_colleagues_and_never_sent(agent: Client, talk: Talk, people: dict[str, User]) -> None:
    conversation = talk("Ada", "in:Hello")
    answer = do(agent, conversation, "note", htmx=True, text="Wants <b>rye</b>")
    assert "Wants &lt;b&gt;rye&lt;/b&gt;" in answer.text
    assert "note-kept" in answer["HX-Trigger"]
    note = Note.objects.get()
    assert (note.author_id, note.author) == (people["agent"].pk, "agent")
    assert not Message.objects.filter(direction="out").exists()


def test_an_empty_note_is_refused_in_words_and_the_field_keeps_what_it_has(agent: Client, talk: Talk) -> None:
    answer = do(agent, talk("Ada", "in:Hello"), "note", htmx=True, text="  ")
    assert "Write the note first." in answer.text
    assert "note-kept" not in answer.get("HX-Trigger", "")


def test_blocking_and_opting_out_are_done_and_undone(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello")
    assert "Unblock" in do(agent, conversation, "block", htmx=True, on="1").text
    assert "Opt in" in do(agent, conversation, "opt-out", htmx=True, on="1").text
    contact = Contact.objects.get(pk=conversation.contact_id)
    assert contact.blocked_at is not None
    assert contact.opted_out
    do(agent, conversation, "block", on="0")
    do(agent, conversation, "opt-out", on="0")
    contact.refresh_from_db()
    assert (contact.blocked_at, contact.opted_out) == (None, False)


def test_a_failure_is_dealt_with_and_that_is_undone(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello", "out:Hi", status="failed")
    assert "Failure dealt with" in agent.get(f"/conversations/{conversation.pk}/").text
    page = do(agent, conversation, "dealt-with", htmx=True).text
    assert "Failure dealt with" not in page.split("toast")[0]
    undo = f"/conversations/{conversation.pk}/dealt-with/?again=1"
    assert undo in page
    agent.post(undo)
    assert "Ada" in agent.get("/conversations/?view=failed").text


@pytest.mark.parametrize("action", ACTIONS)
def test_a_viewer_changes_nothing(tenant_client: Client, sign_in: SignIn, talk: Talk, action: str) -> None:
    conversation = talk("Ada", "in:Hello")
    viewer = sign_in(tenant_client, "viewer")
    assert do(viewer, conversation, action, on="1", text="x").status_code == 403
    page = viewer.get(f"/conversations/{conversation.pk}/").text
    assert f"/{conversation.pk}/{action}/" not in page, "nor is it offered"


@pytest.mark.parametrize("action", [*ACTIONS, "unread"])
def test_another_tenants_member_finds_nothing_to_change(talk: Talk, people: dict[str, User], action: str) -> None:
    conversation = talk("Ada", "in:Hello")
    bravo = Client(headers={"host": "bravo.localhost", "x-forwarded-proto": "https"})
    bravo.force_login(people["other"])
    assert do(bravo, conversation, action, on="1", text="x").status_code == 404
    assert bravo.post(f"/contacts/{conversation.contact_id}/reveal/").status_code == 404


def test_a_label_is_made_renamed_deleted_and_brought_back_where_it_was(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello")
    agent.post("/conversations/labels/", {"name": " Big  order ", "colour": "red"})
    label = Label.objects.get()
    assert (label.name, label.colour) == ("Big order", "red")
    conversation.labels.add(label)
    agent.post(f"/conversations/labels/{label.pk}/", {"name": "Order", "colour": "nonsense"})
    page = agent.post(f"/conversations/labels/{label.pk}/delete/", follow=True).text
    assert not Label.objects.exists()
    assert f"/conversations/labels/{label.pk}/restore/" in page
    agent.post(f"/conversations/labels/{label.pk}/restore/")
    back = Label.objects.get()
    assert (back.pk, back.name, back.colour) == (label.pk, "Order", "grey")
    assert list(conversation.labels.all()) == [back]
    assert "cannot be brought back" in agent.post("/conversations/labels/99/restore/", follow=True).text


def test_labels_that_cannot_be_are_refused_in_words(
    agent: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "MOST_LABELS", 2)
    refused = {" ": "Give the label a name", "x" * 41: "too long", "ORDER": "There is a label", "c": "Delete one"}
    Label.objects.create(name="Order")
    for name, sentence in refused.items():
        page = agent.post("/conversations/labels/", {"name": name}, follow=True).text
        assert sentence in page
        if name == "ORDER":
            Label.objects.create(name="VIP")
    assert agent.post("/conversations/labels/999/", {"name": "y"}).status_code == 404
