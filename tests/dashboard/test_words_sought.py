"""Words looked for in the ledger and in the webhook log: where few messages have them, and where many have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots.desk import said
from bots.models import Channel, Message, WebhookLog
from dashboard import keyset
from tests.dashboard.conftest import SignIn

Converse = Callable[..., Message]
#: How many rows each address has.
FOUND = {
    "/ledger/?q=croissant": 4,
    "/ledger/?q=croissant+3": 1,
    "/ledger/?q=roissant": 0,
    "/ledger/?q=croissant&outcome=failed": 1,
    "/ledger/?q=bread&outcome=failed": 0,
    "/ledger/?q=croissant&outcome=waiting": 0,
    "/ledger/?q=yes": 0,
    "/logs/?q=croissant": 4,
    "/logs/?q=croissant&kind=message&answered=2xx": 4,
    "/logs/?q=croissant&kind=status": 0,
    "/logs/?q=croissant&outcome=failed": 1,
    "/logs/?q=bread&outcome=failed": 0,
    "/logs/?q=croissant&slower=500": 1,
    "/logs/?q=croissant&answered=4xx": 0,
    "/logs/?q=unsigned": 1,
    "/logs/?q=unsigned&kind=status": 0,
    "/logs/?q=unsigned&answered=4xx": 1,
}


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is looked for, more messages may have it than are few."""
    monkeypatch.setattr(said, "FEW", 0)


@pytest.fixture
def talked(converse: Converse) -> list[Message]:
    """The newest and every third after it has the word, of twelve; each has its request."""
    made = []
    for number in range(12):
        text = f"croissant {number}" if number % 3 == 0 else "bread"
        outcome = "failed" if number == 6 else "answered"
        message = converse(
            text=text, phone=f"+49151123456{number:02}", minutes_ago=number + 1, outcome=outcome, reply="Yes."
        )
        WebhookLog.objects.filter(message=message).update(timestamp=message.timestamp)
        made.append(message)
    return made


def walked(client: Client, address: str) -> tuple[list[Any], int]:
    """The keys of all rows, page after page to the end, and how many pages that took."""
    keys, query, pages = [], "", 0
    while True:
        page = client.get(f"{address}{query}").context
        keys += [row.pk for row in page["rows"]]
        pages += 1
        if page["page"].next is None:
            return keys, pages
        query = f"&cursor={page['page'].next}".replace("+", "%2B")


def with_word(messages: list[Message]) -> list[Any]:
    return [message.pk for message in messages if "croissant" in message.content]


def requests_of(keys: list[Any]) -> list[Any]:
    found = dict(WebhookLog.objects.filter(message__in=keys).values_list("message_id", "pk"))
    return [found[key] for key in keys]


def test_what_few_messages_have_is_on_one_page(owner: Client, talked: list[Message]) -> None:
    expected = with_word(talked)
    assert walked(owner, "/ledger/?q=crois") == (expected, 1)
    assert walked(owner, "/logs/?q=crois") == (requests_of(expected), 1)


def test_more_than_a_page_of_what_few_messages_have_goes_on_where_it_ended(
    owner: Client, talked: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.keyset.A_PAGE", 3)
    monkeypatch.setattr("dashboard.keyset.page", partial(keyset.page, size=3))
    WebhookLog.objects.update(timestamp=talked[0].timestamp)  # only their keys tell them apart
    found, pages = walked(owner, "/logs/?q=crois")
    assert sorted(found) == sorted(requests_of(with_word(talked)))
    assert pages == 2


@pytest.mark.parametrize(("days", "count"), [(30 + 7, 1), (30 + 9, 0)])
def test_a_request_that_a_provider_brought_again_days_later_is_found(
    owner: Client, talked: list[Message], days: int, count: int
) -> None:
    """The eight days are written down; what is older than them is not looked for among messages."""
    Message.objects.update(timestamp=timezone.now() - timedelta(days=days))
    WebhookLog.objects.exclude(message=talked[0]).delete()
    assert len(walked(owner, "/logs/?range=30d&kind=message&q=croissant")[0]) == count
    assert len(walked(owner, "/logs/?range=30d&q=croissant")[0]) == 1


def test_what_many_have_is_looked_for_further_and_further_back_and_none_is_left_out(
    owner: Client, talked: list[Message], many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.keyset.WINDOW", 4)
    expected = with_word(talked)
    found, pages = walked(owner, "/ledger/?q=crois")
    assert found == expected
    assert pages > 1
    found, pages = walked(owner, "/logs/?q=crois")
    assert found == requests_of(expected)
    assert pages > 1
    for address in ("/ledger/?q=crois", "/logs/?q=crois"):
        page = owner.get(address).text
        assert "Looked back to" in page
        assert "Look further back" in page


@pytest.mark.parametrize("few", [0, 10_000])
def test_filters_and_words_find_the_same_whether_few_have_them_or_many(
    owner: Client, talked: list[Message], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(said, "FEW", few)
    WebhookLog.objects.filter(message=talked[9]).update(processing_time=700)
    WebhookLog.objects.create(
        method="POST",
        headers={},
        body={"Body": "unsigned"},
        response_status=403,
        processing_time=1.0,
        kind="message",
        outcome="forged",
        channel=Channel.objects.get(),
    )
    assert {address: len(owner.get(address).context["rows"]) for address in FOUND} == FOUND


@pytest.mark.parametrize("few", [0, 10_000])
def test_only_messages_of_the_time_are_found(
    owner: Client, converse: Converse, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(said, "FEW", few)
    message = converse(text="croissant", minutes_ago=90)
    WebhookLog.objects.filter(message=message).update(timestamp=message.timestamp)
    for path in ("/ledger/", "/logs/"):
        assert len(owner.get(f"{path}?q=croissant&range=1h").context["rows"]) == 0
        assert len(owner.get(f"{path}?q=croissant&range=24h").context["rows"]) == 1


@pytest.mark.parametrize("few", [0, 10_000])
def test_pages_of_requests_follow_one_another_without_gaps_or_repeats(
    owner: Client, converse: Converse, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(said, "FEW", few)
    first = WebhookLog.objects.get(message=converse(text="croissant"))
    for _ in range(39):
        first.pk = None
        first.save(force_insert=True)
    same = first.timestamp
    WebhookLog.objects.filter(pk__in=WebhookLog.objects.values("pk")[:20]).update(timestamp=same)
    newest_first = list(WebhookLog.objects.order_by("-timestamp", "-pk").values_list("pk", flat=True))
    assert walked(owner, "/logs/?q=croissant") == (newest_first, 2)


@pytest.mark.parametrize("path", ["/ledger/", "/logs/"])
def test_where_few_are_still_too_many_the_newest_are_shown_and_the_page_says_so(
    owner: Client, talked: list[Message], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert "Many fit" not in owner.get(f"{path}?q=croissant").text
    monkeypatch.setattr("dashboard.logs.searching.MOST", 3)
    page = owner.get(f"{path}?q=croissant")
    assert "Many fit: the newest 3 of them are shown." in page.text
    newest = with_word(talked)[:3]
    assert [row.pk for row in page.context["rows"]] == (newest if path == "/ledger/" else requests_of(newest))


def test_the_histogram_of_what_many_have_says_of_what_it_is_drawn(
    owner: Client, talked: list[Message], many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    histogram = owner.get("/logs/?q=croissant").context["histogram"]
    assert (histogram.total, histogram.note) == (4, "")
    monkeypatch.setattr("dashboard.logs.counting.MOST_DRAWN", 6)
    histogram = owner.get("/logs/?q=croissant").context["histogram"]
    assert histogram.total == 2
    assert histogram.note == "Drawn from the newest 6 requests of this time, as very many fit."


@pytest.mark.parametrize("path", ["/ledger/", "/logs/"])
@pytest.mark.parametrize("few", [0, 10_000])
def test_a_search_costs_the_same_however_much_it_finds(
    owner: Client, converse: Converse, monkeypatch: pytest.MonkeyPatch, path: str, few: int
) -> None:
    monkeypatch.setattr(said, "FEW", few)

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            owner.get(f"{path}?q=croissant")
        return len(taken)

    converse(text="croissant", phone="+4915112345601")
    owner.get(f"{path}?q=croissant")
    once = queries()
    for number in range(8):
        converse(text="croissant", phone=f"+49151999999{number:02}")
    assert queries() == once <= 20
