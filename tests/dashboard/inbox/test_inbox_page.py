"""The inbox's page: its list and its rows, the conversation beside it, unread counts, what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bots.desk import finding, read_marks
from bots.models import Conversation, Label, ReadMark
from dashboard.inbox.rows import pieces
from tenants.models import Membership, Tenant, User
from tests.dashboard.conftest import SignIn
from tests.dashboard.inbox.conftest import Talk, say

#: As HTMX asks for what stands beside the list.
BESIDE = {"HX-Request": "true", "HX-Target": "opened"}
#: Of a page with a conversation: the frame's five, and the list's, the thread's and the person's.
MOST_QUERIES = 36


@pytest.fixture
def agent(sign_in: SignIn, tenant_client: Client, people: dict[str, User]) -> Client:
    """An agent who has been a member for a month."""
    Membership.objects.update(created_at=timezone.now() - timedelta(days=30))
    return sign_in(tenant_client, "agent")


def url_of(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}/"


def test_a_row_says_who_said_what_last_and_what_is_wrong(agent: Client, talk: Talk, people: dict[str, User]) -> None:
    people["owner"].name = "Olga Owner"
    people["owner"].save()
    conversation = talk(
        "Ada Lovelace", "in:Hello", "out:Good morning!", status="failed", mode="human", assignee_id=people["owner"].pk
    )
    conversation.labels.add(Label.objects.create(name="Order", colour="blue"))
    page = agent.get("/conversations/").text
    for shown in ("Ada Lovelace", "Bot:", "Good morning!", "Not delivered", "Failed", "With a human", "Order"):
        assert shown in page
    assert "Assigned to Olga Owner" in page
    assert conversation.contact.phone not in page


def test_a_member_reads_as_you_and_a_colleague_by_name(agent: Client, talk: Talk, people: dict[str, User]) -> None:
    conversation = talk("Ada", "in:Hello")
    say(conversation, "It is me", direction="out", author_id=people["agent"].pk, author="Anna Agent")
    assert "You:" in agent.get("/conversations/").text
    say(conversation, "It is Olga", direction="out", author_id=people["owner"].pk, author="Olga", minutes_ago=-1)
    assert "Olga:" in agent.get("/conversations/").text


def test_what_people_write_is_shown_and_never_run(agent: Client, talk: Talk) -> None:
    conversation = talk("<b>Eve</b>", "in:<script>alert(1)</script> croissant", contact={"language": "<i>de</i>"})
    conversation.labels.add(Label.objects.create(name="<u>x</u>"))
    for path in ("/conversations/", url_of(conversation), "/conversations/?q=croissant&view=all"):
        page = agent.get(path).text
        assert "<b>Eve" not in page
        assert "<script>alert" not in page
        assert "<u>x" not in page
        assert "<i>de" not in page
        assert "&lt;b&gt;Eve" in page


def test_unread_are_those_that_came_since_this_member_looked(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:One", "in:Two", "out:Three")
    assert "2<span" in agent.get("/conversations/").text
    agent.get(url_of(conversation))
    assert "unread</span>" not in agent.get("/conversations/").text
    say(conversation, "Four", minutes_ago=-1)
    assert "1<span" in agent.get("/conversations/").text


def test_looking_again_at_what_was_read_writes_nothing(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:One")
    agent.get(url_of(conversation))
    with CaptureQueriesContext(connection) as queries:
        agent.get(url_of(conversation))
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]


def test_what_came_before_somebody_was_a_member_is_not_unread_for_them(
    tenant_client: Client, sign_in: SignIn, talk: Talk
) -> None:
    talk("Ada", "in:Long ago", minutes_ago=60)
    assert "unread</span>" not in sign_in(tenant_client, "agent").get("/conversations/").text


def test_marking_as_unread_brings_the_last_message_back_for_this_member_alone(
    agent: Client, talk: Talk, people: dict[str, User]
) -> None:
    conversation = talk("Ada", "in:One", "in:Two", "out:Three")
    for name in ("agent", "owner"):
        read_marks.mark_read(conversation.pk, member_id=people[name].pk)
    answer = agent.post(f"{url_of(conversation)}unread/")
    assert answer["Location"] == "/conversations/"
    assert "1<span" in agent.get("/conversations/").text
    owners = ReadMark.objects.get(member_id=people["owner"].pk)
    assert owners.read_until == conversation.messages.latest("timestamp").timestamp


def test_a_followed_row_swaps_what_stands_beside_the_list(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada Lovelace", "in:Hello")
    part = agent.get(url_of(conversation), headers=BESIDE).text
    assert 'id="thread"' in part
    assert 'id="person"' in part
    assert 'id="conversation-list"' not in part
    whole = agent.get(f"{url_of(conversation)}?view=all").text
    assert 'id="conversation-list"' in whole
    assert whole.count('aria-current="true"') >= 1


def test_the_address_keeps_list_search_and_filters(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:croissant", assignee_id=None)
    page = agent.get("/conversations/?view=all&q=croissant&assignee=none").text
    message = conversation.messages.get()
    assert f"{url_of(conversation)}?view=all&amp;q=croissant&amp;assignee=none&amp;message={message.pk}" in page
    assert "<mark>croissant</mark>" in page


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("admin", False)])
def test_what_a_filter_finds_is_offered_for_export_to_who_may(
    tenant_client: Client, sign_in: SignIn, talk: Talk, role: str, may: bool
) -> None:
    talk("Ada", "in:croissant")
    client = sign_in(tenant_client, role)
    assert ("/exports/?scope=filter&amp;q=croissant" in client.get("/conversations/?q=croissant").text) is may
    assert "scope=filter" not in client.get("/conversations/").text


def test_the_next_rows_come_without_the_page_and_without_javascript_as_one(agent: Client, talk: Talk) -> None:
    contact = talk("Ada", "in:Hello").contact
    Conversation.objects.bulk_create(
        [Conversation(contact=contact, is_active=False) for _ in range(2 * finding.ROWS_A_PAGE)]
    )
    first = agent.get("/conversations/?view=all").text
    assert first.count('class="inbox-item"') == finding.ROWS_A_PAGE
    more = first.split('id="inbox-more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert agent.get(more).text.count('class="inbox-item"') == finding.ROWS_A_PAGE
    rows = agent.get(more.replace("/conversations/?", "/conversations/list/?"), headers={"HX-Request": "true"}).text
    assert rows.count('class="inbox-item"') == finding.ROWS_A_PAGE
    assert "inbox-tabs" not in rows


def test_another_list_is_written_into_the_address_and_keeps_what_is_open(agent: Client, talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello")
    here = {"HX-Request": "true", "HX-Current-URL": f"https://acme.localhost{url_of(conversation)}?view=all"}
    answer = agent.get("/conversations/list/?view=waiting", headers=here)
    assert answer["HX-Push-Url"] == f"{url_of(conversation)}?view=waiting"
    assert "Nobody waits" in answer.text
    typed = agent.get("/conversations/list/?view=waiting&q=ada", headers=here)
    assert typed["HX-Replace-Url"] == f"{url_of(conversation)}?view=waiting&q=ada"


def test_an_address_from_elsewhere_is_never_pushed(agent: Client) -> None:
    other = "https://acme.localhost/knowledge/00000000-0000-0000-0000-000000000001/"
    for elsewhere in ("https://evil.test/conversations/x/", "//evil.test", "x" * 3000, other):
        answer = agent.get("/conversations/list/", headers={"HX-Request": "true", "HX-Current-URL": elsewhere})
        assert answer["HX-Push-Url"] == "/conversations/"


@pytest.mark.parametrize("part", ["", "person/", "live/x/"])
def test_another_tenants_conversation_is_not_there(agent: Client, talk: Talk, other_tenant: Tenant, part: str) -> None:
    conversation = talk("Ada", "in:Hello")
    bravo = Client(headers={"host": "bravo.localhost", "x-forwarded-proto": "https"})
    bravo.force_login(User.objects.get(email="other@people.test"))
    assert bravo.get(f"{url_of(conversation)}{part}").status_code == 404
    assert str(conversation.pk) not in bravo.get(f"/conversations/live/?open={conversation.pk}&seen=x").text


def test_the_page_costs_as_many_queries_with_many_rows_as_with_one(
    agent: Client, talk: Talk, django_assert_max_num_queries: DjangoAssertNumQueries, people: dict[str, User]
) -> None:
    label = Label.objects.create(name="Order")
    for number in range(12):
        conversation = talk(f"Ada {number}", "in:Hello", "out:Hi", assignee_id=people["owner"].pk)
        conversation.labels.add(label)
    with django_assert_max_num_queries(16):
        agent.get("/conversations/?view=all")
    with django_assert_max_num_queries(MOST_QUERIES):
        agent.get(f"{url_of(conversation)}?view=all&q=hello")


def test_a_preview_is_cut_around_the_word_that_was_found() -> None:
    text = "x" * 200 + " the croissant is here"
    shown = pieces(text, words="crois")
    assert [piece.text for piece in shown if piece.is_marked] == ["crois"]
    assert shown[0].text.startswith("…")
    assert sum(len(piece.text) for piece in shown) <= 140
    assert [piece.text for piece in pieces("a\n b", words="")] == ["a b"]
