"""The one look every two seconds: what it notices, what it tells, what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bots.desk import contacts, failures, filters, read_marks, sorting, taking_over
from bots.desk.base import Member
from bots.models import Conversation, Label, Message, Suggestion
from dashboard.inbox import presence
from dashboard.inbox.live import state_of
from tenants.models import Membership, Tenant, User
from tests.dashboard.conftest import SignIn
from tests.dashboard.inbox.conftest import Talk, say

ANNA = Member(id=7, name="Anna")
#: The host's tenant, the session, the person and their membership, with what the schema takes; and the one statement.
LOOK = 7


@pytest.fixture
def agent(sign_in: SignIn, tenant_client: Client) -> Client:
    client = sign_in(tenant_client, "agent")
    Membership.objects.update(last_seen_at=timezone.now(), created_at=timezone.now() - timedelta(days=30))
    return client


def look(client: Client, conversation: Conversation | None, *, seen: str = "", **more: str) -> Any:
    opened = str(conversation.pk) if conversation else ""
    return client.get("/conversations/live/", {"open": opened, "seen": seen, "view": "all", **more})


def told(answer: Any) -> set[str]:
    return set(json.loads(answer["HX-Trigger"])) if answer.status_code == 200 else set()


def changes(conversation: Conversation, change: Callable[[], object]) -> set[str]:
    """Which parts of the page a change changes."""

    def digests() -> str:
        wanted = filters.parse({"view": "all"}, member=ANNA.id, sees_numbers=True)
        return str(state_of(wanted, opened=conversation.pk, now=timezone.now()))

    before = digests()
    change()
    wanted = filters.parse({"view": "all"}, member=ANNA.id, sees_numbers=True)
    return set(state_of(wanted, opened=conversation.pk, now=timezone.now()).changed_since(before))


def test_nothing_new_is_said_in_no_words(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello")
    first = look(agent, conversation)
    assert told(first) == {"list-changed", "thread-changed", "person-changed"}
    again = look(agent, conversation, seen=first.json()["seen"])
    assert (again.status_code, again.content) == (204, b"")


def test_a_look_costs_one_statement_beyond_knowing_who_looks(
    agent: Client, talk: Talk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = talk("Ada", *["in:Hello"] * 30)
    seen = look(agent, conversation).json()["seen"]
    with django_assert_num_queries(LOOK):
        assert look(agent, conversation, seen=seen).status_code == 204


def test_a_message_changes_list_and_thread(talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello")
    assert changes(conversation, lambda: say(conversation, "And?")) == {"list", "thread"}


def test_a_message_elsewhere_changes_the_list_alone(talk: Talk) -> None:
    conversation, other = talk("Ada", "in:Hello"), talk("Bela", "in:Hello")
    assert changes(conversation, lambda: say(other, "And?")) == {"list"}


def test_ticks_change_list_and_thread(talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello", "out:Hi", status="sent")
    raised = Message.objects.filter(direction="out")
    assert changes(conversation, lambda: raised.update(status="read")) == {"list", "thread"}


def test_the_ticks_of_an_older_message_change_the_thread(talk: Talk) -> None:
    conversation = talk("Ada", "out:Hi", "in:Hello", status="sent")
    raised = Message.objects.filter(direction="out")
    assert changes(conversation, lambda: raised.update(status="read")) == {"thread"}


def test_taking_over_changes_everything(talk: Talk, tenant: Tenant) -> None:
    conversation = talk("Ada", "in:Hello")
    done = changes(conversation, lambda: taking_over.take_over(conversation.pk, tenant=tenant, by=ANNA))
    assert done == {"list", "thread", "person"}


def test_what_colleagues_sort_and_note_is_seen(talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello", "out:Hi", status="failed")
    label = Label.objects.create(name="Order")
    assert changes(conversation, lambda: sorting.label(conversation.pk, label_id=label.pk, on=True)) == {
        "list",
        "person",
    }
    assert changes(conversation, lambda: sorting.note(conversation.pk, by=ANNA, text="VIP")) == {"thread", "person"}
    assert {"list", "person"} <= changes(conversation, lambda: sorting.assign(conversation.pk, to=8, by=ANNA))
    assert {"thread", "person"} <= changes(
        conversation, lambda: contacts.block(conversation.contact_id, by=ANNA, on=True)
    )
    assert "list" in changes(conversation, lambda: failures.dismiss(conversation.pk))
    assert changes(conversation, lambda: read_marks.mark_read(conversation.pk, member_id=ANNA.id)) == {"list"}


def test_a_suggestion_and_a_bot_that_writes_are_seen(talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello")
    made: list[UUID] = []

    def suggest() -> None:
        made.append(Suggestion.objects.create(conversation=conversation, kind="drafted", state="waiting").pk)

    assert changes(conversation, suggest) == {"thread"}
    assert changes(conversation, lambda: Suggestion.objects.update(state="ready")) == {"thread"}
    held = Conversation.objects.filter(pk=conversation.pk)
    until = timezone.now() + timedelta(minutes=1)
    assert changes(conversation, lambda: held.update(lease_until=until)) == {"list", "thread"}


def test_what_a_search_found_does_not_change_under_the_reader(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:croissant")
    seen = look(agent, conversation, q="croissant").json()["seen"]
    talk("Bela", "in:croissant")
    assert look(agent, conversation, seen=seen, q="croissant").status_code == 204


def test_what_comes_while_somebody_looks_is_read_and_what_comes_while_nobody_does_is_not(
    agent: Client, talk: Talk, people: dict[str, User]
) -> None:
    conversation = talk("Ada", "in:Hello")
    seen = look(agent, conversation, looking="1").json()["seen"]
    say(conversation, "One")
    seen = look(agent, conversation, seen=seen).json()["seen"]
    assert "1<span" in agent.get("/conversations/").text
    say(conversation, "Two", minutes_ago=-1)
    answer = look(agent, conversation, seen=seen, looking="1")
    assert "unread</span>" not in agent.get("/conversations/").text
    assert look(agent, conversation, seen=answer.json()["seen"], looking="1").status_code == 204, "and it rests"


def test_two_members_who_write_at_once_see_each_other_and_nobody_sees_themselves(
    agent: Client, talk: Talk, people: dict[str, User]
) -> None:
    conversation = talk("Ada", "in:Hello")
    seen = look(agent, conversation).json()["seen"]
    presence.writes(conversation.pk, by=Member(id=people["agent"].pk, name="Me"))
    assert look(agent, conversation, seen=seen).status_code == 204
    presence.writes(conversation.pk, by=ANNA)
    answer = look(agent, conversation, seen=seen)
    assert json.loads(answer["HX-Trigger"]) == {"writing-changed": {"names": ["Anna"]}}
    assert look(agent, conversation, seen=seen, writing="Anna").status_code == 204
    presence.stopped(conversation.pk, by=ANNA)
    answer = look(agent, conversation, seen=seen, writing="Anna")
    assert json.loads(answer["HX-Trigger"]) == {"writing-changed": {"names": []}}


@pytest.mark.parametrize("opened", ["x", "00000000-0000-0000-0000-000000000000", "\0"])
def test_a_conversation_that_is_not_there_changes_nothing(agent: Client, opened: str) -> None:
    seen = agent.get("/conversations/live/", {"open": opened}).json()["seen"]
    assert agent.get("/conversations/live/", {"open": opened, "seen": seen}).status_code == 204
