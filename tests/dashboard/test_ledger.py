"""Answered or explained: each message's outcome in plain words, and who still waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from bots.models import AIConfiguration, Conversation, InboxSettings, Message, WebhookLog
from dashboard.ledger.shares import shares
from tenants.models import AuditEntry, Tenant
from tests.dashboard.conftest import SignIn

Converse = Callable[..., Message]


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def wait(converse: Converse) -> Callable[..., Message]:
    """Somebody waits since so many minutes."""

    def wait(**fields: Any) -> Message:
        message = converse(outcome="", **fields)
        message.turn = None
        message.save()
        Conversation.objects.filter(pk=message.conversation_id).update(waiting_since=message.timestamp)
        return message

    return wait


def said(client: Client, query: str = "") -> list[str]:
    return [row.said.text for row in client.get(f"/ledger/?{query}").context["rows"]]


def test_an_empty_ledger_says_what_will_be_in_it(owner: Client) -> None:
    assert "No message in this time" in owner.get("/ledger/").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Answered in 1.0 s"),
        ({"reason": "stop"}, "Answered in 1.0 s: the contact asked for silence"),
        ({"reply_status": "failed"}, "Answered, but the reply was not delivered"),
        ({"outcome": "merged"}, "Merged into the next message, and answered with it"),
        ({"outcome": "human", "reason": "human"}, "With a person"),
        ({"outcome": "human", "reason": "handover"}, "With a person: the contact asked for one"),
        ({"outcome": "refused", "reason": "opted_out"}, "Opted out: the contact asked for silence"),
        ({"outcome": "refused", "reason": "rate_limited"}, "Over the limit of 20 a minute"),
        ({"outcome": "refused", "reason": "closed"}, "Closed: it came outside the opening hours"),
        ({"outcome": "refused", "reason": "no_words"}, "Not answered: it held no words"),
        ({"outcome": "failed", "reason": "ai_timeout"}, "Failed: the AI provider took too long"),
        ({"outcome": "", "minutes_ago": 0.2}, "Waiting for 12 s"),
    ],
)
def test_every_outcome_is_in_plain_words(
    owner: Client, converse: Converse, fields: dict[str, Any], sentence: str
) -> None:
    AIConfiguration.objects.update(rate_limit_per_minute=20)
    converse(**fields)
    assert said(owner) == [sentence]


def test_the_time_of_an_answer_ends_when_its_first_part_was_sent(owner: Client, converse: Converse) -> None:
    message = converse()
    Message.objects.filter(direction="out").update(sent_at=message.timestamp + timedelta(seconds=1.8))
    assert said(owner) == ["Answered in 1.8 s"]


def test_what_only_asked_for_patience_is_no_answer(owner: Client, converse: Converse) -> None:
    message = converse()
    Message.objects.create(
        conversation=message.conversation,
        role="assistant",
        direction="out",
        status="sent",
        metadata={"notice": "timeout"},
        timestamp=message.timestamp + timedelta(milliseconds=100),
        turn=message.turn,
    )
    assert said(owner) == ["Answered in 1.0 s"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("outcome=failed", 1),
        ("outcome=answered", 1),
        ("outcome=waiting", 1),
        ("reason=opted_out", 1),
        ("reason=closed", 0),
        ("q=croissant", 1),
        ("range=1h", 3),
        ("outcome=x&reason=x&channel=x&range=x&cursor=x", 4),
    ],
)
def test_filters_are_the_url_and_find_what_they_say(
    owner: Client, converse: Converse, wait: Callable[..., Message], query: str, count: int
) -> None:
    converse(text="A croissant, please", phone="+4915112345601")
    converse(text="Two of them", phone="+4915112345602", outcome="failed", reason="ai_timeout")
    converse(text="Stop", phone="+4915112345603", outcome="refused", reason="opted_out", minutes_ago=90)
    wait(text="Hello?", phone="+4915112345604", minutes_ago=1)
    assert len(said(owner, query)) == count


def test_replies_of_ours_are_none_of_its_lines(owner: Client, converse: Converse) -> None:
    converse()
    assert Message.objects.count() == 2
    assert len(said(owner)) == 1


def test_each_line_leads_to_what_explains_it(owner: Client, converse: Converse) -> None:
    message = converse()
    page = owner.get("/ledger/").text
    assert f"/conversations/{message.conversation_id}/?message={message.pk}#m-{message.pk}" in page
    assert f"/answers/{message.turn_id}/" in page
    assert f"/logs/{WebhookLog.objects.get().pk}/" in page


def test_whoever_waits_longest_stands_on_top_however_old(owner: Client, wait: Callable[..., Message]) -> None:
    wait(text="since a month", phone="+4915112345601", minutes_ago=60 * 24 * 20)
    wait(text="since a minute", phone="+4915112345602", minutes_ago=1)
    page = owner.get("/ledger/")
    assert [row.text for row in page.context["waiting"]] == ["since a month", "since a minute"]
    assert len(page.context["rows"]) == 1


def test_the_alarm_is_raised_once_somebody_waits_longer_than_the_tenant_allows(
    owner: Client, wait: Callable[..., Message]
) -> None:
    wait(minutes_ago=7)
    assert "The oldest message has waited for 7 min" in owner.get("/ledger/").text
    assert "The oldest message has waited for 7 min" in owner.get("/").text
    assert "navigation-alarm" in owner.get("/ledger/alarm/dot/").text
    InboxSettings.objects.create(pk=1, waiting_alarm_seconds=600)
    for path in ("/ledger/", "/", "/ledger/alarm/dot/"):
        page = owner.get(path).text
        assert "has waited for 7 min" not in page.replace("The oldest has waited for 7 min.", "")
        assert "navigation-alarm" not in page


def test_what_was_processed_again_waits_since_then(owner: Client, wait: Callable[..., Message]) -> None:
    message = wait(minutes_ago=60)
    message.metadata = {"processed_again": {"at": (timezone.now() - timedelta(seconds=8)).isoformat()}}
    message.save()
    page = owner.get("/ledger/")
    assert not page.context["standing"].is_alarm
    assert [row.said.text for row in page.context["rows"]] == ["Waiting for 8 s"]


def test_the_alarm_is_chosen_in_words_and_who_did_it_is_kept(owner: Client) -> None:
    assert owner.post("/ledger/alarm/", {"waiting_alarm_seconds": "120"}).status_code == 302
    assert InboxSettings.objects.get().waiting_alarm_seconds == 120
    assert AuditEntry.objects.get(action="inbox.set_up").detail == {"waiting_alarm_seconds": 120}
    assert '<option value="120" selected>2 minutes</option>' in owner.get("/ledger/alarm/").text


def test_a_length_that_no_list_has_can_stay(owner: Client) -> None:
    InboxSettings.objects.update_or_create(pk=1, defaults={"waiting_alarm_seconds": 250})
    page = owner.get("/ledger/alarm/").text
    assert '<option value="250" selected>4 minutes 10 seconds</option>' in page
    assert owner.post("/ledger/alarm/", {"waiting_alarm_seconds": "250"}).status_code == 302


@pytest.mark.parametrize("seconds", ["", "0", "29", "86401", "-1", "soon"])
def test_an_alarm_that_makes_no_sense_is_refused(owner: Client, seconds: str) -> None:
    assert owner.post("/ledger/alarm/", {"waiting_alarm_seconds": seconds}).status_code == 422
    assert not InboxSettings.objects.exists()


def test_the_last_day_is_one_bar_whose_parts_add_up(owner: Client, converse: Converse) -> None:
    for number, outcome in enumerate(["answered", "answered", "failed", "human"]):
        converse(phone=f"+491511234560{number}", outcome=outcome)
    converse(phone="+4915112345609", minutes_ago=25 * 60)
    found = [(share.name, share.count, share.percent) for share in owner.get("/ledger/").context["shares"]]
    assert found == [("Answered", 2, "50 %"), ("With a person", 1, "25 %"), ("Failed", 1, "25 %")]


def test_parts_fill_the_bar_and_the_smallest_is_seen() -> None:
    found = shares({"answered": 9999, "failed": 1})
    assert [share.percent for share in found] == [">99 %", "<1 %"]
    assert found[1].width > 5
    assert sum(share.width for share in found) == pytest.approx(1000, abs=0.1)
    assert found[1].x == pytest.approx(found[0].width, abs=0.1)
    assert shares({}) == []


def test_pages_follow_one_another_without_gaps_or_repeats(owner: Client, converse: Converse) -> None:
    first = converse()
    same = timezone.now() - timedelta(minutes=1)
    Message.objects.bulk_create(
        Message(conversation=first.conversation, role="user", direction="in", outcome="merged", timestamp=same)
        for _ in range(119)
    )
    seen: list[Any] = []
    query = ""
    for _ in range(5):
        page = owner.get(f"/ledger/?{query}").context
        seen += [row.pk for row in page["rows"]]
        if page["page"].next is None:
            break
        query = f"cursor={page['page'].next}".replace("+", "%2B")
    assert len(seen) == len(set(seen)) == 120


def test_no_contacts_number_is_on_the_page(owner: Client, converse: Converse, wait: Callable[..., Message]) -> None:
    converse(name="", phone="+4915112345601")
    wait(name="+49 151 12345602", phone="+4915112345602")
    assert "1234560" not in owner.get("/ledger/").text.replace(" ", "")


def test_what_people_wrote_is_shown_as_text_never_as_markup(
    owner: Client, converse: Converse, wait: Callable[..., Message]
) -> None:
    converse(name="<i>Eve</i>", text="<script>alert(1)</script>")
    wait(name="<i>Mallory</i>", text='"><script>alert(2)</script>', phone="+4915112345602", minutes_ago=9)
    page = owner.get("/ledger/").text
    for markup in ("<script>alert", "<i>Eve", "<i>Mallory"):
        assert markup not in page


def test_a_failed_message_is_processed_again_from_its_line(owner: Client, converse: Converse) -> None:
    message = converse(outcome="failed", reason="ai_timeout")
    answer = owner.post(f"/ledger/{message.pk}/again/", headers={"referer": "https://acme.localhost/ledger/?range=1h"})
    assert answer.url == "https://acme.localhost/ledger/?range=1h"
    message.refresh_from_db()
    assert message.outcome == ""


def test_nobody_is_led_away_after_it(owner: Client, converse: Converse) -> None:
    message = converse(outcome="failed", reason="ai_timeout")
    answer = owner.post(f"/ledger/{message.pk}/again/", headers={"referer": "https://elsewhere.example/ledger/"})
    assert answer.url == "/ledger/"


def test_all_failed_messages_of_the_filter_are_processed_again_and_no_others(owner: Client, converse: Converse) -> None:
    fits = [converse(phone=f"+491511234560{n}", outcome="failed", reason="ai_timeout") for n in range(3)]
    other = converse(phone="+4915112345608", outcome="failed", reason="poison")
    answered = converse(phone="+4915112345609")
    assert "Process all again" in owner.get("/ledger/?outcome=failed").text
    assert "Process all again" not in owner.get("/ledger/").text
    owner.post("/ledger/again/?outcome=failed&reason=ai_timeout")
    assert "3 are being processed again." in owner.get("/ledger/").text
    outcomes = dict(Message.objects.filter(direction="in").values_list("pk", "outcome"))
    assert [outcomes[message.pk] for message in fits] == ["", "", ""]
    assert (outcomes[other.pk], outcomes[answered.pk]) == ("failed", "answered")


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_others_look_and_change_nothing(sign_in: SignIn, tenant_client: Client, converse: Converse, role: str) -> None:
    message = converse(outcome="failed", reason="ai_timeout")
    client = sign_in(tenant_client, role)
    page = client.get("/ledger/?outcome=failed").text
    assert "Process" not in page
    assert ("/logs/" in page.partition("<table")[2]) is (role == "agent")
    for path in (f"/ledger/{message.pk}/again/", "/ledger/again/?outcome=failed", "/ledger/alarm/"):
        assert client.post(path).status_code == 403
    message.refresh_from_db()
    assert message.outcome == "failed"


def test_another_tenants_message_is_not_there(owner: Client, other_tenant: Tenant, converse: Converse) -> None:
    message = converse(outcome="failed")
    with schema_context(other_tenant.schema_name):
        assert not Message.objects.filter(pk=message.pk).exists()
    Message.objects.filter(pk=message.pk).delete()
    assert owner.post(f"/ledger/{message.pk}/again/").status_code == 404


def test_the_page_costs_the_same_however_much_is_on_it(
    owner: Client, converse: Converse, wait: Callable[..., Message]
) -> None:
    converse(outcome="refused", reason="rate_limited")
    wait(phone="+4915199999999")
    owner.get("/ledger/")
    with CaptureQueriesContext(connection) as few:
        owner.get("/ledger/")
    for number in range(25):
        converse(phone=f"+491511234{number:04}", outcome="answered" if number % 2 else "failed")
    with CaptureQueriesContext(connection) as many:
        owner.get("/ledger/")
    assert len(many) == len(few) <= 22


def test_the_bar_of_more_messages_than_are_counted_says_since_when_it_counts(
    owner: Client, converse: Callable[..., Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes in (30, 20, 10):
        converse(phone=f"+49151123456{minutes}", minutes_ago=minutes)
    assert "Last 24 hours" in owner.get("/ledger/").text
    monkeypatch.setattr("dashboard.latest.MOST_COUNTED", 4)
    answer = owner.get("/ledger/")
    assert "Last 24 hours" not in answer.text
    assert [share.count for share in answer.context["lately"].shares] == [2]
