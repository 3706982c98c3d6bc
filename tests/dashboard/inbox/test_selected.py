"""What is done with several rows at once: who may, with whose, how it is taken back, what it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bots import store
from bots.desk import lists, read_marks
from bots.models import Conversation, Label, ReadMark
from dashboard.inbox.listing import MOST_SELECTED
from tenants.models import Membership, Tenant, User
from tests.dashboard.conftest import SignIn
from tests.dashboard.inbox.conftest import Talk, say

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(sign_in: SignIn, tenant_client: Client, people: dict[str, User]) -> Client:
    Membership.objects.update(created_at=timezone.now() - timedelta(days=30), last_seen_at=timezone.now())
    return sign_in(tenant_client, "agent")


@pytest.fixture
def three(talk: Talk) -> list[Conversation]:
    """Ada's, Bela's and Chidi's; something failed in the first two."""
    failed = {"status": "failed"}
    return [
        talk("Ada", "in:Hello", "out:Hi", minutes_ago=3, **failed),
        talk("Bela", "in:Hello", "out:Hi", minutes_ago=4, **failed),
        talk("Chidi", "in:Hello", minutes_ago=5),
    ]


def do(client: Client, action: str, rows: Sequence[Conversation], *, query: str = "", **given: Any) -> Any:
    data = {"conversations": [str(row.pk) for row in rows], **given}
    return client.post(f"/conversations/selected/{action}/?{query}", data, headers=HTMX)


def undo(client: Client, answer: Any) -> Any:
    found = re.search(r'action="(/conversations/selected/un[^"]+)"', answer.text)
    assert found, answer.text
    return client.post(found[1], headers=HTMX)


def assignees(rows: Sequence[Conversation]) -> list[int | None]:
    return [Conversation.objects.get(pk=row.pk).assignee_id for row in rows]


def failing() -> set[Any]:
    return set(lists.of("failed", now=timezone.now()).values_list("pk", flat=True))


def shown(answer: Any) -> list[str]:
    return re.findall(r'class="inbox-row-name"><bdi>([^<]*)', answer.text)


def test_the_selected_rows_become_a_colleagues_and_taken_back_whose_they_were(
    agent: Client, three: list[Conversation], people: dict[str, User]
) -> None:
    owner, me = people["owner"].pk, people["agent"].pk
    do(agent, "assign", three[:1], assignee=me)
    answer = do(agent, "assign", three[:2], assignee=owner)
    assert "2 conversations are owner’s now." in answer.text
    assert assignees(three) == [owner, owner, None]
    assert three[1].pk in {row.pk for row in Conversation.objects.filter(metadata__events__0__what="assigned")}
    assert "Taken back." in undo(agent, answer).text
    assert assignees(three) == [me, None, None]
    assert "cannot be taken back" in undo(agent, answer).text, "once"
    assert "1 conversation is nobody’s now." in do(agent, "assign", three, assignee="").text


def test_nobody_who_may_not_answer_gets_a_conversation(
    agent: Client, three: list[Conversation], people: dict[str, User]
) -> None:
    for stranger in (people["viewer"].pk, people["other"].pk, 10**30, "x"):
        assert do(agent, "assign", three, assignee=stranger).status_code in (302, 404)
    assert assignees(three) == [None] * 3


def test_a_label_is_put_on_all_and_taken_back_from_those_that_did_not_have_it(
    agent: Client, three: list[Conversation]
) -> None:
    label, other = Label.objects.create(name="Order"), Label.objects.create(name="VIP")
    three[0].labels.add(label, other)
    answer = do(agent, "label", three, label=label.pk, on="1")
    assert "2 conversations are labelled “Order”." in answer.text
    assert shown(answer) == ["Ada", "Bela", "Chidi"]
    assert set(label.conversations.all()) == set(three)
    undo(agent, answer)
    assert list(label.conversations.all()) == [three[0]]
    assert "1 conversation is no longer labelled" in do(agent, "label", three, label=label.pk, on="0").text
    assert list(three[0].labels.all()) == [other]
    assert do(agent, "label", three, label=999, on="1").status_code == 404


def test_failures_are_dealt_with_leave_the_list_and_come_back(agent: Client, three: list[Conversation]) -> None:
    answer = do(agent, "dealt-with", three, query="view=failed")
    assert "2 conversations are dealt with." in answer.text
    assert shown(answer) == [], "none of them stands in this list any more"
    assert failing() == set()
    back = undo(agent, answer)
    assert failing() == {three[0].pk, three[1].pk}
    assert shown(back) == ["Ada", "Bela"]
    assert "Nothing to change" in do(agent, "dealt-with", three[2:]).text


def test_read_and_unread_are_marked_for_who_asks_alone_and_taken_back(
    agent: Client, three: list[Conversation], people: dict[str, User]
) -> None:
    me, owner = people["agent"].pk, people["owner"].pk
    read_marks.mark_read(three[0].pk, member_id=owner)
    before = dict(ReadMark.objects.values_list("conversation", "read_until"))
    answer = do(agent, "mark", three, read="1")
    assert "3 conversations are marked as read." in answer.text
    assert "unread</span>" not in answer.text
    undo(agent, answer)
    assert not ReadMark.objects.filter(member_id=me).exists()
    do(agent, "mark", three, read="1")
    assert do(agent, "mark", three[:2], read="0").text.count("unread</span>") == 2
    assert dict(ReadMark.objects.filter(member_id=owner).values_list("conversation", "read_until")) == before


def test_marking_as_unread_leaves_unread_what_was(agent: Client, three: list[Conversation]) -> None:
    do(agent, "mark", three[:1], read="1")
    for number in (1, 2):
        say(three[0], str(number), minutes_ago=-number)
    assert "2<span" in do(agent, "mark", three[:1], read="0").text


def test_the_rows_are_those_of_the_list_that_asked(agent: Client, three: list[Conversation]) -> None:
    assert shown(do(agent, "mark", three, query="view=failed", read="1")) == ["Ada", "Bela"]
    assert shown(do(agent, "mark", three, query="q=chidi", read="1")) == ["Chidi"]


@pytest.mark.parametrize("action", ["assign", "label", "dealt-with"])
def test_a_viewer_changes_nothing_but_what_they_have_read(
    tenant_client: Client, sign_in: SignIn, three: list[Conversation], people: dict[str, User], action: str
) -> None:
    viewer, label = sign_in(tenant_client, "viewer"), Label.objects.create(name="Order")
    given: dict[str, Any] = {"assignee": people["owner"].pk, "label": label.pk, "on": "1"}
    assert do(viewer, action, three, **given).status_code == 403
    assert assignees(three) == [None] * 3
    assert not label.conversations.exists()
    assert len(failing()) == 2
    assert "marked as read" in do(viewer, "mark", three, read="1").text
    page = viewer.get("/conversations/").text
    assert "selected/mark/" in page
    assert f"selected/{action}/" not in page


@pytest.mark.parametrize("action", ["assign", "label", "dealt-with", "mark"])
def test_another_tenants_conversations_are_in_nobodys_reach(
    tenant: Tenant, three: list[Conversation], people: dict[str, User], action: str
) -> None:
    bravo = Client(headers={"host": "bravo.localhost", "x-forwarded-proto": "https"})
    bravo.force_login(people["other"])
    label = Label.objects.create(name="Order")
    given: dict[str, Any] = {"assignee": people["other"].pk, "label": label.pk, "on": "1", "read": "1"}
    answer = do(bravo, action, three, **given)
    # Acme's label is none of Bravo's.
    assert answer.status_code == (404 if action == "label" else 200)
    assert action == "label" or ("Nothing to change" in answer.text and shown(answer) == [])
    with tenant_context(tenant):
        assert assignees(three) == [None] * 3
        assert len(failing()) == 2
        assert not ReadMark.objects.exists()


def test_what_somebody_did_is_taken_back_by_them_alone(
    agent: Client, three: list[Conversation], people: dict[str, User]
) -> None:
    answer = do(agent, "assign", three, assignee=people["owner"].pk)
    admin = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})
    admin.force_login(people["admin"])
    assert "cannot be taken back" in undo(admin, answer).text
    assert assignees(three) == [people["owner"].pk] * 3
    Membership.objects.filter(user=people["agent"]).update(role="viewer")
    assert undo(agent, answer).status_code == 403


def test_what_is_erased_meanwhile_is_left_out(agent: Client, three: list[Conversation]) -> None:
    answers = [do(agent, "mark", three, read="1"), do(agent, "dealt-with", three), do(agent, "assign", three)]
    three[0].contact.delete()
    for answer in answers[:2]:
        assert undo(agent, answer).status_code == 200
    assert failing() == {three[1].pk}
    assert shown(do(agent, "mark", three, read="1")) == ["Bela", "Chidi"]


def test_without_redis_it_is_done_and_not_offered_to_be_taken_back(
    agent: Client, three: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise store.redis.ConnectionError

    monkeypatch.setattr(store, "client", Away)
    answer = do(agent, "dealt-with", three)
    assert "2 conversations are dealt with." in answer.text
    assert "/undo/" not in answer.text


@pytest.mark.parametrize(
    "given", [[], ["x"], [str(uuid4())] * (MOST_SELECTED + 1)], ids=["none", "no key", "more than are selected"]
)
@pytest.mark.parametrize("action", ["assign", "label", "dealt-with", "mark"])
def test_what_no_list_would_ask_is_refused(agent: Client, action: str, given: list[str]) -> None:
    answer = agent.post(f"/conversations/selected/{action}/", {"conversations": given}, headers=HTMX)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("action", "given"),
    [("assign", {}), ("label", {"on": "1"}), ("label", {"on": "0"}), ("dealt-with", {}), ("mark", {"read": "0"})],
)
def test_many_cost_as_many_queries_as_one(
    agent: Client, talk: Talk, people: dict[str, User], action: str, given: dict[str, Any]
) -> None:
    label, has_it = Label.objects.create(name="Order"), Label.objects.create(name="VIP")
    rows = [talk(f"Ada {number}", "in:Hello", "out:Hi", status="failed") for number in range(13)]
    for row in rows:
        row.labels.add(has_it)
    given = {"assignee": people["owner"].pk, "label": (label if given.get("on") == "1" else has_it).pk, **given}
    costs = []
    for chosen in (rows[:1], rows[1:]):
        with CaptureQueriesContext(connection) as queries:
            answer = do(agent, action, chosen, **given)
        assert len(shown(answer)) == len(chosen)
        with CaptureQueriesContext(connection) as taking_back:
            undo(agent, answer)
        costs.append((len(queries), len(taking_back)))
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 22
