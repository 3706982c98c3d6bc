"""A tenant's front page: what it shows, what it hides, what it costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bots.models import AIConfiguration, Channel, Contact, Conversation, Message, WebhookLog
from dashboard import latest
from tenants import standing
from tenants.models import Tenant
from tests.dashboard.conftest import SignIn

Converse = Callable[..., Message]
#: The schema (twice), domain, session, user, membership, and fourteen for the page.
QUERIES = 20


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


def test_a_new_tenant_is_told_the_next_step(owner: Client) -> None:
    page = owner.get("/").text
    assert "Set-up is not finished" in page
    assert "Not finished</span>" in page
    assert "Connected</span>" not in page
    assert "Ready for the first message" not in page
    assert 'Write a WhatsApp message to <strong class="number">+1 415-523-8886</strong>' in page


@pytest.mark.parametrize(
    ("findings", "title"),
    [
        ({"credentials": "good", "number": "ready", "webhook": "https://bots.test/in/"}, "Ready for the first message"),
        ({"credentials": "good", "number": "shared", "webhook": None}, "Ready for the first message"),
        ({"credentials": "good", "number": "ready", "webhook": ""}, "Set-up is not finished"),
        ({"credentials": "good", "number": "pending", "webhook": None}, "Set-up is not finished"),
    ],
)
def test_a_number_is_ready_when_its_provider_has_nothing_left_to_set_up(
    findings: dict[str, str | None], title: str, owner: Client
) -> None:
    Channel.objects.update(findings=findings)
    assert title in owner.get("/").text


def test_a_number_that_messages_came_in_for_is_set_up_whatever_was_checked(owner: Client, converse: Converse) -> None:
    converse()
    assert "Set-up is not finished" not in owner.get("/").text


def test_a_tenant_without_number_and_bot_is_told_how_to_get_them(owner: Client) -> None:
    Channel.objects.all().delete()
    AIConfiguration.objects.all().delete()
    page = owner.get("/").text
    assert "No number is connected" in page
    assert "The bot is not set up" in page
    assert "Choose an AI provider under Bot and publish it." in page
    assert '<a class="button" href="/bot/">Open Bot</a>' in page


def test_the_page_says_who_and_where_you_are(owner: Client) -> None:
    page = owner.get("/").text
    assert "owner@people.test" in page
    assert '<span class="badge">Owner</span>' in page
    assert "<bdi>Acme</bdi>" in page


def test_the_numbers_are_those_of_the_last_24_hours(owner: Client, converse: Converse) -> None:
    converse(phone="+4915112345601", milliseconds=1000)
    converse(phone="+4915112345602", milliseconds=2000)
    converse(phone="+4915112345603", milliseconds=9000)
    converse(phone="+4915112345604", outcome="refused", reason="rate_limited")
    converse(phone="+4915112345605", outcome="failed", reason="ai_timeout")
    converse(phone="+4915112345606", outcome="", minutes_ago=1)
    converse(phone="+4915112345607", minutes_ago=25 * 60)
    numbers = owner.get("/").context["numbers"]
    assert (numbers.received, numbers.answered, numbers.refused, numbers.failed, numbers.waiting) == (6, 3, 1, 1, 1)
    assert numbers.median_reply == 2000


def test_a_message_that_waits_too_long_is_said_first(owner: Client, converse: Converse) -> None:
    converse(outcome="", minutes_ago=30)
    page = owner.get("/").text
    assert "Messages are waiting" in page
    assert "The oldest has waited for 30 min." in page


def test_a_conversation_shows_whom_what_and_where_it_stands(owner: Client, converse: Converse) -> None:
    converse(name="Ada Lovelace", phone="+4915112345601", minutes_ago=5)
    converse(name="", phone="+4915112345602", outcome="refused", reason="no_words", text="", minutes_ago=6)
    converse(name="Bob", phone="+4915112345603", reply_status="failed", minutes_ago=7)
    rows = [(row.name, row.text, row.status) for row in owner.get("/").context["conversations"]]
    assert sorted(rows) == sorted(
        [
            ("Ada L.", "A croissant is 2.40 euro.", "Answered"),
            ("+49 151 *** 5602", "Message without text", "Not answered"),
            ("Bob", "A croissant is 2.40 euro.", "Not delivered"),
        ]
    )


def test_no_contacts_number_is_on_the_page(owner: Client, converse: Converse) -> None:
    converse(name="+49 151 12345601", phone="+4915112345601")
    converse(name="", phone="+4915112345602")
    page = owner.get("/").text.replace(" ", "")
    assert "1234560" not in page


def test_what_people_wrote_is_shown_as_text_never_as_markup(owner: Client, converse: Converse) -> None:
    Tenant.objects.filter(slug="acme").update(name="<b>Acme</b>")
    converse(name="<i>Eve</i>", text="<script>alert(1)</script>", reply="<img src=x onerror=alert(2)>")
    converse(name="Mallory", phone="+4915112345602", text='"><script>alert(3)</script>', outcome="", minutes_ago=1)
    WebhookLog.objects.update(outcome="forged", error="<u>why</u>")
    page = owner.get("/").text
    for markup in ("<b>Acme", "<i>Eve", "<script>", "<img", "<u>why"):
        assert markup not in page
    assert "&lt;i&gt;Eve&lt;/i&gt;" in page
    assert "&lt;img src=x onerror=alert(2)&gt;" in page


@pytest.mark.parametrize(("name", "number"), [("owner", "+1 415-523-8886"), ("admin", "+1 415-523-8886")])
def test_owners_and_admins_see_the_tenants_number_whole(
    name: str, number: str, sign_in: SignIn, tenant_client: Client
) -> None:
    assert number in sign_in(tenant_client, name).get("/").text


@pytest.mark.parametrize("name", ["agent", "viewer"])
def test_others_see_the_tenants_number_masked(name: str, sign_in: SignIn, tenant_client: Client) -> None:
    page = sign_in(tenant_client, name).get("/").text
    assert "+1 415 *** 8886" in page
    assert "415-523" not in page


def test_a_channel_whose_credentials_are_refused_says_so_in_plain_words(owner: Client) -> None:
    Channel.objects.update(error="Twilio answered 401 (20003): the account or its token is refused")
    page = owner.get("/").text
    assert "Replies cannot be sent" in page
    assert "Twilio refuses this number's credentials." in page


def test_a_suspended_tenant_sees_the_reason(owner: Client) -> None:
    standing.suspend("acme", reason="The invoice of October is unpaid.")
    page = owner.get("/").text
    assert "This business is suspended." in page
    assert "The invoice of October is unpaid." in page


@pytest.mark.parametrize(
    ("outcome", "error", "sentence"),
    [
        ("accepted", "", "Answered"),
        ("repeat", "", "Came before; nothing was done twice"),
        ("updated", "", "Reply is now delivered"),
        ("ignored", "", "Reported “delivered”; nothing changed"),
        ("forged", "The request carries no signature.", "Refused. The request carries no signature."),
        ("malformed", "MessageSid is missing", "Malformed: MessageSid is missing"),
    ],
)
def test_a_webhooks_outcome_is_in_plain_words(
    outcome: str, error: str, sentence: str, owner: Client, converse: Converse
) -> None:
    converse()
    WebhookLog.objects.update(outcome=outcome, error=error, body={"MessageStatus": "delivered"})
    [log] = owner.get("/").context["webhooks"]
    assert log.sentence == sentence


def test_another_tenants_conversations_are_not_on_the_page(
    sign_in: SignIn, tenant_client: Client, converse: Converse
) -> None:
    converse(text="Only for Acme")
    page = sign_in(tenant_client, "other").get("/", headers={"host": "bravo.localhost"})
    assert page.status_code == 200
    assert "Only for Acme" not in page.text


def test_the_page_reads_no_secret(owner: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_channel SET credentials = 'unreadable'")
        cursor.execute("UPDATE bots_aiconfiguration SET api_key = 'unreadable'")
    assert owner.get("/").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_data(
    owner: Client, converse: Converse, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    converse(phone="+4915112345600")
    owner.get("/")  # The first look in a while writes down that the owner is there.
    with django_assert_num_queries(QUERIES):
        owner.get("/")
    for index in range(12):
        converse(phone=f"+49151123457{index:02}", outcome="" if index % 2 else "answered")
    with django_assert_num_queries(QUERIES):
        owner.get("/")


def test_a_day_of_more_messages_than_are_counted_says_how_far_back_it_counts(
    owner: Client, converse: Converse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest, "MOST_COUNTED", 4)
    for minutes in (30, 20, 10):
        converse(phone=f"+49151123456{minutes}", minutes_ago=minutes)
    answer = owner.get("/")
    numbers = answer.context["numbers"]
    assert (numbers.received, numbers.is_cut) == (2, True)
    assert "The last 4 messages" in answer.text


def test_a_number_tells_of_its_own_last_messages_alone(owner: Client, converse: Converse) -> None:
    asked = converse(phone="+4915112345601", minutes_ago=30)
    elsewhere = converse(phone="+4915112345602", minutes_ago=1)
    other = Channel.objects.create(provider="twilio", address="+493012345", account_id="AC2")
    Contact.objects.filter(conversations=elsewhere.conversation_id).update(channel=other)
    last = owner.get("/").context["last"]
    assert last.inbound == asked.timestamp
    assert last.outbound == Message.objects.get(conversation=asked.conversation_id, direction="out").timestamp


def test_a_number_that_its_provider_refuses_is_not_called_connected(owner: Client) -> None:
    Channel.objects.update(findings={"credentials": "refused"})
    page = owner.get("/").text
    assert "The number needs attention" in page
    assert "Needs attention" in page
    assert "Connected</span>" not in page


def test_what_a_member_wrote_is_not_said_to_be_the_bots(owner: Client, converse: Converse) -> None:
    converse(reply="Lucie here: of course!")
    Message.objects.filter(direction="out").update(author_id=1, author="lucie")
    [row] = owner.get("/").context["conversations"]
    assert (row.by, row.text) == ("lucie", "Lucie here: of course!")


def test_a_lost_reply_and_an_unanswered_question_are_seen_though_a_person_has_the_conversation(
    owner: Client, converse: Converse
) -> None:
    converse(name="Bob", phone="+4915112345601", reply_status="failed")
    converse(name="Eve", phone="+4915112345602", outcome="human")
    converse(name="Zoe", phone="+4915112345603")
    Conversation.objects.update(mode=Conversation.Mode.HUMAN, paused_until=None)
    context = owner.get("/").context
    assert {row.name: row.status for row in context["conversations"]} == {
        "Bob": "Not delivered",
        "Eve": "Waits for a person",
        "Zoe": "With a person",
    }
    assert (context["numbers"].waiting, context["numbers"].waiting_for_people) == (0, 1)


@pytest.mark.parametrize(("name", "leads"), [("owner", True), ("viewer", False)])
def test_what_is_wrong_leads_to_where_it_is_set_right_for_whoever_may(
    name: str, leads: bool, sign_in: SignIn, tenant_client: Client
) -> None:
    Channel.objects.update(error="Twilio answered 401 (20003): the account or its token is refused")
    page = sign_in(tenant_client, name).get("/").text
    assert ('<a href="/channels/">Open Numbers</a>' in page) is leads


@pytest.mark.parametrize(("name", "leads"), [("agent", True), ("viewer", False)])
def test_a_webhook_leads_to_its_page_for_whoever_may(
    name: str, leads: bool, sign_in: SignIn, tenant_client: Client, converse: Converse
) -> None:
    converse()
    log = WebhookLog.objects.get()
    assert (f'href="/logs/{log.pk}/"' in sign_in(tenant_client, name).get("/").text) is leads
