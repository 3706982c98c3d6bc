"""The phone over Meta's stand-in: what its page is fed with, and what the business is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from sandbox.meta.client import MetaPhone
from tests.sandbox.clinic import NUMBER, PATIENCE, TOKEN, wait_for
from tests.sandbox.conftest import ADA, GRACE

CHAT = {"user": ADA, "number": NUMBER}


@pytest.fixture
def http(meta: MetaPhone) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=meta.url, trust_env=False) as client:
        yield client


def shown(http: httpx2.Client) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = http.get("/phone/chat", params=CHAT).json()["messages"]
    return messages


def answer(http: httpx2.Client, text: str, *, to: str = ADA) -> str:
    """The business sends; Meta's id of the message."""
    content = {"messaging_product": "whatsapp", "type": "text", "text": {"body": text}}
    content |= {"to": to} if to.startswith("+") else {"recipient": to}
    sent = http.post(f"/v23.0/{NUMBER}/messages", json=content, headers={"Authorization": f"Bearer {TOKEN}"})
    sid: str = sent.raise_for_status().json()["messages"][0]["id"]
    return sid


def test_the_page_is_the_handset_and_knows_its_people_and_businesses(http: httpx2.Client) -> None:
    page, state = http.get("/"), http.get("/phone/state").json()

    assert "<title>Handset</title>" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert http.get("/static/js/phone.js").status_code == 200
    assert [user["address"] for user in state["users"]] == [ADA, GRACE]
    assert [(number["number"], number["name"]) for number in state["numbers"]] == [(NUMBER, "Harbor Clinic Line")]


@pytest.mark.parametrize(("person", "named"), [(ADA, {"from": ADA[1:]}), (GRACE, {"from_user_id": GRACE})])
def test_what_the_person_writes_becomes_a_signed_webhook_and_settles_with_its_answer(
    http: httpx2.Client, posted: tuple[str, list[dict[str, Any]]], person: str, named: dict[str, str]
) -> None:
    sent = http.post("/phone/send", json={"from": person, "to": NUMBER, "body": " *hi* <b> "}).json()
    assert (sent["direction"], sent["settled"], sent["html"]) == (
        "out",
        False,
        "<p><strong>hi</strong> &lt;b&gt;</p>",
    )

    wait_for(lambda: http.get("/phone/state").json()["chats"][0]["last"]["settled"])
    [value] = posted[1]
    assert value["messages"][0].items() >= {"id": sent["sid"], "text": {"body": "*hi* <b>"}, **named}.items()
    [delivery] = http.get("/phone/state").json()["webhooks"]
    assert (delivery["status"], delivery["business"]) == (200, "Harbor Clinic Line")


def test_an_answer_quotes_and_is_read_once_it_is_seen(
    http: httpx2.Client, posted: tuple[str, list[dict[str, Any]]]
) -> None:
    sid = answer(http, "On Friday from 8.")
    assert http.get("/phone/state").json()["chats"][0]["unread"] == 1
    http.post("/phone/seen", json=CHAT)
    http.post("/phone/seen", json=CHAT)
    quoting = http.post(
        "/phone/send", json={"from": ADA, "to": NUMBER, "body": "And Saturday?", "reply_to": sid}
    ).json()

    assert quoting["quote"]["body"] == "On Friday from 8."
    wait_for(lambda: sum("messages" in value for value in posted[1]) == 1)
    told = [value["statuses"][0]["status"] for value in posted[1] if "statuses" in value]
    assert told.count("read") == 1, "looking twice tells it once"
    assert [value["messages"][0]["context"] for value in posted[1] if "messages" in value] == [{"id": sid}]
    assert http.get("/phone/state").json()["chats"][0]["unread"] == 0


def test_typing_is_shown_until_the_answer_and_marks_the_question_as_read(http: httpx2.Client) -> None:
    asked = http.post("/phone/send", json={"from": ADA, "to": NUMBER, "body": "hi"}).json()
    typing = {"status": "read", "message_id": asked["sid"], "typing_indicator": {"type": "text"}}
    http.post(f"/v23.0/{NUMBER}/messages", json=typing, headers={"Authorization": f"Bearer {TOKEN}"})

    assert shown(http)[0]["read"]
    assert http.get("/phone/chat", params=CHAT).json()["typing_for"] > 20
    answer(http, "hello")
    assert http.get("/phone/chat", params=CHAT).json()["typing_for"] == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"body": "  "}, "nothing to send"),
        ({"media": ["movie"]}, "one sample"),
        ({"media": ["photo", "voice"]}, "one sample"),
        ({"media": ["voice"]}, "knows no such message"),
        ({"kind": "location", "details": {"Latitude": "north"}}, "knows no such message"),
        ({"kind": "video"}, "knows no such message"),
        ({"uploaded": "9000000000000000"}, "Choose it again"),
        ({"copies": 2}, "Unknown: copies"),
        ({"to": "nobody"}, "Nobody writes"),
        ({"from": "+999"}, "Nobody writes"),
    ],
)
def test_what_this_phone_cannot_send_is_refused_in_words(
    http: httpx2.Client, wrong: dict[str, Any], sentence: str
) -> None:
    refused = http.post("/phone/send", json={"from": ADA, "to": NUMBER, "body": "hi", **wrong})

    assert refused.status_code == 400
    assert sentence in refused.json()["error"]
    assert shown(http) == []


def test_changes_come_by_the_stream(http: httpx2.Client) -> None:
    with http.stream("GET", "/phone/events", timeout=PATIENCE) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        answer(http, "hello")
        event = next(line for line in lines if line.startswith("event:"))
        message = json.loads(next(lines).removeprefix("data: "))

    assert event == "event: message"
    assert (message["direction"], message["body"]) == ("in", "hello")
