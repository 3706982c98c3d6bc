"""The far ends of the benchmarks: what they were sent, to whom, and when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from benchmarks import far_end
from bots.whatsapp import build_client
from bots.whatsapp.base import WhatsAppClient
from tests.ports import free_port

ADA, GRACE = "whatsapp:+4915110000001", "whatsapp:+4915110000002"


@pytest.fixture(scope="module")
def ends() -> Iterator[far_end.FarEnd]:
    with far_end.running(free_port()) as running:
        yield running


@pytest.fixture
def client(ends: far_end.FarEnd) -> WhatsAppClient:
    ends.begin()
    return build_client(
        provider="twilio",
        address="+14155550100",
        account_id="AC1",
        credentials={"auth_token": "t"},
        api_base_url=ends.url,
    )


def test_what_was_sent_is_listed_so_that_an_uncertain_send_is_found_again(client: WhatsAppClient) -> None:
    sent = [client.send_message(to, text) for to, text in ((ADA, "2.40 € & more"), (GRACE, "2.40 € & more"))]
    since = datetime.now(UTC) - timedelta(minutes=1)

    assert client.find_sent(ADA, "2.40 € & more", since=since) == sent[:1]
    assert client.find_sent(ADA, "something else", since=since) == []


def test_somebodys_reply_is_told_from_the_others(client: WhatsAppClient, ends: far_end.FarEnd) -> None:
    before = time.monotonic()
    client.send_message(GRACE, "a leftover")
    waiting = Thread(target=ends.wait, kwargs={"sent": 1, "to": ADA})
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    with_ada = far_end.FarEnd(ends.url)
    client.send_message(ADA, "2.40 euro")
    waiting.join(10)

    assert not waiting.is_alive()
    log = with_ada.log(to=ADA)
    assert (len(log["sent"]), len(with_ada.log()["sent"]), with_ada.log()["recipients"]) == (1, 2, 2)
    assert before < log["sent"][0] < time.monotonic()
