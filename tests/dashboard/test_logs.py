"""The webhook log: found, counted, explained, masked, processed again."""

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

from bots import tallies
from bots.models import Channel, Message, WebhookLog
from tenants.models import AuditEntry, Tenant
from tests.dashboard.conftest import SignIn

Converse = Callable[..., Message]
PHONE = "+4915112345601"
BODY = {
    "MessageSid": "SM" + "a" * 32,
    "From": f"whatsapp:{PHONE}",
    "To": "whatsapp:+14155238886",
    "WaId": "4915112345601",
    "ProfileName": "Ada Lovelace",
    "Body": "Call me: +49 151 12345601",
    "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"WaId":"4915112345601","ProfileName":"Ada Lovelace"}}}',
}


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def came(tenant: Tenant) -> Callable[..., WebhookLog]:
    """A request in Acme's log, so many minutes ago."""

    def came(*, minutes_ago: float = 1, **fields: Any) -> WebhookLog:
        given = {
            "method": "POST",
            "headers": {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "***"},
            "body": BODY,
            "response_status": 200,
            "processing_time": 4.0,
            "kind": "message",
            "outcome": "accepted",
            "channel": Channel.objects.get(),
        }
        log = WebhookLog.objects.create(**(given | fields))
        WebhookLog.objects.filter(pk=log.pk).update(timestamp=timezone.now() - timedelta(minutes=minutes_ago))
        log.refresh_from_db()
        return log

    return came


def found(client: Client, query: str = "") -> list[str]:
    """The outcomes of the list, in its order."""
    return [row.said.text for row in client.get(f"/logs/?{query}").context["rows"]]


def test_an_empty_log_says_what_will_be_in_it(owner: Client) -> None:
    assert "No request in this time" in owner.get("/logs/").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Answered in 1.0 s"),
        ({"reply_status": "failed"}, "Answered, but the reply was not delivered"),
        ({"reply_status": "queued"}, "Answered, and the reply is being sent"),
        ({"outcome": "failed", "reason": "ai_timeout"}, "Failed: the AI provider took too long"),
        ({"outcome": "refused", "reason": "opted_out"}, "Opted out: the contact asked for silence"),
        ({"outcome": "human", "reason": "human"}, "With a person"),
        ({"outcome": "", "minutes_ago": 2}, "Waiting for 2 min"),
    ],
)
def test_a_messages_request_says_what_became_of_the_message(
    owner: Client, converse: Converse, fields: dict[str, Any], sentence: str
) -> None:
    converse(**fields)
    assert found(owner) == [sentence]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"outcome": "repeat"}, "Repeat of an earlier request; nothing was done twice"),
        ({"outcome": "updated", "kind": "status", "body": {"MessageStatus": "read"}}, "Reply is now read"),
        (
            {"outcome": "ignored", "kind": "status", "body": {"MessageStatus": "sent"}},
            "Reported “sent”; nothing changed",
        ),
        (
            {"outcome": "forged", "error": "The signature is wrong: the stored auth token or PUBLIC_BASE_URL is not."},
            "Signature wrong: the token stored here is not the account's",
        ),
        (
            {"outcome": "forged", "error": "The signature is wrong: the stored app secret is not what it was."},
            "Signature wrong: the app secret stored here is not the app's",
        ),
        ({"outcome": "forged", "error": "The request carries no signature."}, "No signature: this was not Twilio"),
        ({"outcome": "malformed", "error": "MessageSid is missing"}, "Malformed: MessageSid is missing"),
    ],
)
def test_a_request_without_an_outcome_of_a_message_says_what_came_of_it(
    owner: Client, came: Callable[..., WebhookLog], fields: dict[str, Any], sentence: str
) -> None:
    came(**fields)
    assert found(owner) == [sentence]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 5),
        ("outcome=forged", 1),
        ("outcome=updated", 1),
        ("outcome=accepted", 2),
        ("outcome=failed", 1),
        ("kind=status", 1),
        ("answered=4xx", 2),
        ("answered=2xx", 3),
        ("slower=500", 1),
        ("slower=1000", 0),
        ("number=5601", 2),
        ("number=%2B49+151+12345601", 2),
        ("number=12345", 0),
        ("q=croissant", 2),
        ("q=crois", 2),
        ("q=unheard+of", 0),
        ("q=nobody-signed-this", 1),
        ("kind=message&outcome=updated", 0),
        ("range=15m", 4),
        ("outcome=nonsense&range=nonsense&channel=nonsense&slower=x", 5),
    ],
)
def test_filters_are_the_url_and_find_what_they_say(
    owner: Client, converse: Converse, came: Callable[..., WebhookLog], query: str, count: int
) -> None:
    answered = converse(text="How much is a croissant?", phone=PHONE)
    failed = converse(text="Hello?", phone="+4915100000001", outcome="failed", reason="ai_timeout")
    WebhookLog.objects.filter(message=failed).update(processing_time=700)
    came(kind="status", outcome="updated", body={"MessageStatus": "read"}, message=answered)
    came(outcome="forged", body={"Body": "nobody-signed-this"}, response_status=403)
    came(outcome="malformed", body={}, response_status=400, minutes_ago=30)
    assert len(found(owner, query)) == count


def test_only_requests_of_the_time_are_shown(owner: Client, came: Callable[..., WebhookLog]) -> None:
    old = came(minutes_ago=60 * 30)
    assert found(owner) == []
    assert len(found(owner, "range=7d")) == 1
    day = old.timestamp.strftime("%Y-%m-%d")
    assert len(found(owner, f"from={day}T00:00&to={day}T23:59")) == 1
    assert found(owner, "from=2020-01-01T00:00&to=2020-01-02T00:00") == []


def test_pages_follow_one_another_without_gaps_or_repeats(owner: Client, came: Callable[..., WebhookLog]) -> None:
    same = timezone.now() - timedelta(minutes=5)
    logs = [came() for _ in range(120)]
    WebhookLog.objects.filter(pk__in=[log.pk for log in logs[:70]]).update(timestamp=same)
    seen, query = [], ""
    for _ in range(5):
        page = owner.get(f"/logs/?{query}").context
        seen += [row.pk for row in page["rows"]]
        if page["page"].next is None:
            break
        query = f"cursor={page['page'].next}".replace("+", "%2B")
    assert len(seen) == 120
    assert set(seen) == {log.pk for log in logs}


def test_where_no_index_knows_a_filter_a_page_looks_so_far_and_says_so(
    owner: Client, came: Callable[..., WebhookLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.keyset.WINDOW", 5)
    for minutes in range(1, 12):
        came(minutes_ago=minutes, kind="status", outcome="updated")
    came(minutes_ago=30)
    page = owner.get("/logs/?kind=message")
    assert page.context["rows"] == []
    assert "Look further back" in page.text
    rows = []
    while page.context["page"].next:
        cursor = str(page.context["page"].next).replace("+", "%2B")
        page = owner.get(f"/logs/?kind=message&cursor={cursor}")
        rows += page.context["rows"]
    assert len(rows) == 1


def test_a_nonsense_cursor_is_the_first_page(owner: Client, came: Callable[..., WebhookLog]) -> None:
    log = came()
    for cursor in ("x", "2026-01-01_1", "9999-12-31T23:59:59+00:00_x", "_", "%00"):
        page = owner.get(f"/logs/?cursor={cursor}")
        assert (page.status_code, f"/logs/{log.pk}/" in page.text) == (200, True)


def test_the_histogram_counts_the_same_with_and_without_tallies(owner: Client, came: Callable[..., WebhookLog]) -> None:
    for hours in (0, 1, 2, 5, 23, 40):
        came(minutes_ago=60 * hours + 1, outcome="forged" if hours == 2 else "accepted")
        came(minutes_ago=60 * hours + 1, kind="status", outcome="updated")

    def drawn(query: str) -> list[tuple[str, list[str]]]:
        histogram = owner.get(f"/logs/?{query}").context["histogram"]
        return [(row.label, row.values) for row in histogram.chart.rows]

    queries = ["range=24h", "range=7d", "range=7d&kind=status", "range=7d&outcome=forged", "range=30d&answered=2xx"]
    before = [drawn(query) for query in queries]
    tallies.count_tenant(now=timezone.now())
    assert [drawn(query) for query in queries] == before
    assert sum(int(value) for _, values in before[1] for value in values) == 12


def test_a_bar_leads_to_its_span(owner: Client, came: Callable[..., WebhookLog]) -> None:
    came(minutes_ago=1)
    came(minutes_ago=50)
    chart = owner.get("/logs/?range=1h&kind=message").context["histogram"].chart
    (full, *_) = [slot for slot in chart.slots if slot.bars]
    assert "kind=message" in full.href
    assert "range" not in full.href
    assert len(found(owner, full.href[1:])) == 1


def test_what_tallies_do_not_know_is_drawn_from_what_was_found(
    owner: Client, came: Callable[..., WebhookLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    came(processing_time=900)
    came()
    histogram = owner.get("/logs/?slower=500").context["histogram"]
    assert (histogram.total, histogram.note) == (1, "")
    monkeypatch.setattr("dashboard.logs.counting.MOST_DRAWN", 1)
    assert owner.get("/logs/?slower=500").context["histogram"].note == "Drawn from the newest 1 that fit."


def test_new_requests_are_told_by_a_poll_that_is_silent_else(owner: Client, came: Callable[..., WebhookLog]) -> None:
    came(minutes_ago=3)
    page = owner.get("/logs/")
    since = str(page.context["newest"]).replace("+", "%2B")
    assert owner.get(f"/logs/news/?since={since}").status_code == 204
    came(minutes_ago=2)
    came(minutes_ago=1, kind="status", outcome="updated")
    assert "2 new" in owner.get(f"/logs/news/?since={since}").text
    assert "1 new" in owner.get(f"/logs/news/?since={since}&kind=status").text
    assert owner.get("/logs/news/?since=x").status_code == 204


def test_no_number_and_no_full_name_is_on_the_pages(owner: Client, came: Callable[..., WebhookLog]) -> None:
    log = came(outcome="forged", headers={"X-Asked-By": PHONE})
    for path in ("/logs/", f"/logs/{log.pk}/"):
        page = owner.get(path).text.replace(" ", "")
        for number in ("4915112345601", "15112345601", "14155238886", "Lovelace"):
            assert number not in page


def test_numbers_are_revealed_to_whoever_may_and_it_is_written_down(
    owner: Client, came: Callable[..., WebhookLog]
) -> None:
    log = came(outcome="forged")
    page = owner.post(f"/logs/{log.pk}/reveal/")
    assert "whatsapp:+4915112345601" in page.text
    entry = AuditEntry.objects.get(action="log.revealed")
    assert (entry.actor.email, entry.detail) == ("owner@people.test", {"log": str(log.pk)})


@pytest.mark.parametrize(("role", "shown"), [("owner", "+1 415-523-8886"), ("agent", "+1 415 *** 8886")])
def test_the_tenants_own_numbers_are_whole_for_whoever_may_see_numbers(
    sign_in: SignIn, tenant_client: Client, came: Callable[..., WebhookLog], role: str, shown: str
) -> None:
    log, client = came(), sign_in(tenant_client, role)
    Channel.objects.create(provider="twilio", address="+14155550123", account_id="AC1")
    for path in ("/logs/", "/ledger/", f"/logs/{log.pk}/"):
        page = client.get(path).text
        assert shown in page
        assert ("415-5" in page) is (role == "owner")


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_others_cannot_have_numbers_revealed(
    sign_in: SignIn, tenant_client: Client, came: Callable[..., WebhookLog], role: str
) -> None:
    log = came(outcome="forged")
    client = sign_in(tenant_client, role)
    assert client.post(f"/logs/{log.pk}/reveal/").status_code == 403
    assert not AuditEntry.objects.filter(action="log.revealed").exists()
    if role == "agent":
        page = client.get(f"/logs/{log.pk}/").text
        assert "Show numbers" not in page
        assert "Process again" not in page


def test_a_request_shows_what_it_led_to(owner: Client, converse: Converse) -> None:
    message = converse()
    log = WebhookLog.objects.get(message=message)
    page = owner.get(f"/logs/{log.pk}/").text
    assert "Answered in 1.0 s" in page
    assert f"/answers/{message.turn_id}/" in page
    assert "A croissant is 2.40 euro." in page


def test_a_repeat_leads_to_the_request_it_repeats(
    owner: Client, converse: Converse, came: Callable[..., WebhookLog]
) -> None:
    message = converse()
    first = WebhookLog.objects.get(message=message)
    repeat = came(outcome="repeat", message=message)
    page = owner.get(f"/logs/{repeat.pk}/").text
    assert f'href="/logs/{first.pk}/"' in page
    assert "Repeat of the request of" in page


def test_a_wrong_token_leads_to_the_number(owner: Client, came: Callable[..., WebhookLog]) -> None:
    log = came(outcome="forged", error="The signature is wrong: the stored auth token is not it.", response_status=403)
    page = owner.get(f"/logs/{log.pk}/").text
    assert f'href="/channels/{log.channel_id}/"' in page
    assert "Copy the auth token anew" in page


def test_one_walks_from_request_to_request_within_the_filter(owner: Client, came: Callable[..., WebhookLog]) -> None:
    oldest, _, newest = (
        came(minutes_ago=3),
        came(minutes_ago=2, kind="status", outcome="updated"),
        came(minutes_ago=1),
    )
    page = owner.get(f"/logs/{newest.pk}/?outcome=accepted").context
    assert (page["newer"], page["older"]) == (None, oldest)
    page = owner.get(f"/logs/{oldest.pk}/?outcome=accepted").context
    assert (page["newer"], page["older"]) == (newest, None)
    page = owner.get(f"/logs/{oldest.pk}/?outcome=repeat").context
    assert page["older"] is None


def test_what_a_stranger_posted_is_shown_as_text_never_as_markup(
    owner: Client, came: Callable[..., WebhookLog]
) -> None:
    markup = "<script>alert(1)</script>"
    log = came(
        outcome="malformed",
        error=markup,
        headers={markup: markup, "Content-Type": "application/x-www-form-urlencoded"},
        body={markup: markup, "From": markup, "MessageStatus": markup, "ProfileName": markup},
    )
    for path in ("/logs/", f"/logs/{log.pk}/", f"/logs/?q={markup}&number={markup}"):
        assert markup not in owner.get(path).text


def test_the_command_is_safe_to_paste_into_a_shell(owner: Client, came: Callable[..., WebhookLog]) -> None:
    body = {"Body": "'; rm -rf ~; echo '", "From": f"whatsapp:{PHONE}"}
    log = came(outcome="forged", body=body)
    curl = owner.get(f"/logs/{log.pk}/").context["detail"].curl
    assert "'Body='\"'\"'; rm -rf ~; echo '\"'\"''" in curl
    assert "15112345601" not in curl


def test_a_failed_message_is_processed_again_by_a_click(owner: Client, converse: Converse) -> None:
    message = converse(outcome="failed", reason="ai_timeout")
    log = WebhookLog.objects.get(message=message)
    assert "Process again" in owner.get(f"/logs/{log.pk}/").text
    assert owner.post(f"/logs/{log.pk}/again/").url == f"/logs/{log.pk}/"
    message.refresh_from_db()
    assert message.outcome == ""
    page = owner.get(f"/logs/{log.pk}/").text
    assert "It is being processed again" in page
    assert "Waiting for" in page


@pytest.mark.parametrize("name", ["owner", "agent"])
@pytest.mark.parametrize("reason", ["ai_configuration", "ai_timeout"])
def test_a_failure_that_would_come_back_leads_to_the_provider_first(
    name: str, reason: str, sign_in: SignIn, tenant_client: Client, converse: Converse
) -> None:
    log = WebhookLog.objects.get(message=converse(outcome="failed", reason=reason))
    page = sign_in(tenant_client, name).get(f"/logs/{log.pk}/").text
    assert ("it fails again" in page) is (reason == "ai_configuration")
    assert ('href="/bot/provider/"' in page) is (reason == "ai_configuration" and name == "owner")


def test_what_was_answered_offers_no_second_answer(owner: Client, converse: Converse) -> None:
    log = WebhookLog.objects.get(message=converse())
    assert "Process again" not in owner.get(f"/logs/{log.pk}/").text
    owner.post(f"/logs/{log.pk}/again/")
    assert "it is not answered twice" in owner.get(f"/logs/{log.pk}/").text
    assert not Message.objects.filter(outcome="").exclude(direction="out").exists()


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [("malformed", "lacks what a message must hold"), ("repeat", "repeats a message"), ("updated", "nothing in it")],
)
def test_what_cannot_be_processed_says_why(
    owner: Client, came: Callable[..., WebhookLog], outcome: str, sentence: str
) -> None:
    log = came(outcome=outcome)
    owner.post(f"/logs/{log.pk}/again/")
    assert sentence in owner.get(f"/logs/{log.pk}/").text


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_others_process_nothing_again(sign_in: SignIn, tenant_client: Client, converse: Converse, role: str) -> None:
    message = converse(outcome="failed", reason="ai_timeout")
    log = WebhookLog.objects.get(message=message)
    assert sign_in(tenant_client, role).post(f"/logs/{log.pk}/again/").status_code == 403
    message.refresh_from_db()
    assert message.outcome == "failed"


def test_another_tenants_request_is_not_there(owner: Client, other_tenant: Tenant) -> None:
    with schema_context(other_tenant.schema_name):
        log = WebhookLog.objects.create(
            method="POST", headers={}, body={}, response_status=200, processing_time=1, kind="message", outcome="repeat"
        )
    for client_call in (owner.get, owner.post):
        assert client_call(f"/logs/{log.pk}/").status_code in (404, 405)
    for action in ("again", "reveal"):
        assert owner.post(f"/logs/{log.pk}/{action}/").status_code == 404


def test_the_list_costs_the_same_however_much_is_in_it(
    owner: Client, converse: Converse, came: Callable[..., WebhookLog]
) -> None:
    converse()
    owner.get("/logs/")
    with CaptureQueriesContext(connection) as few:
        owner.get("/logs/")
    for number in range(30):
        converse(phone=f"+491511234{number:04}", outcome="answered" if number % 2 else "failed", reason="")
        came(outcome="updated", kind="status", body={"MessageStatus": "read"})
    with CaptureQueriesContext(connection) as many:
        owner.get("/logs/")
    assert len(many) == len(few) <= 14
