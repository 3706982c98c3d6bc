"""What people send over Meta's stand-in beside words, what the business sends them, and what outlives the process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bots.whatsapp import meta_fields
from sandbox.meta.client import MetaPhone, running
from sandbox.twilio import phone as handset
from sandbox.twilio.samples import SAMPLES
from tests.sandbox.clinic import NUMBER, PATIENCE, TOKEN, configuration, wait_for
from tests.sandbox.conftest import ADA

Posted = tuple[str, list[dict[str, Any]]]
CHAT = {"user": ADA, "number": NUMBER}
SIGNED_IN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def http(meta: MetaPhone) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=meta.url, trust_env=False) as client:
        yield client


def send(http: httpx2.Client, **more: Any) -> dict[str, Any]:
    sent: dict[str, Any] = http.post("/phone/send", json={"from": ADA, "to": NUMBER, **more}).raise_for_status().json()
    return sent


def told(posted: Posted) -> meta_fields.Incoming:
    """What the application makes of the one webhook of a message."""
    wait_for(lambda: posted[1])
    [value] = posted[1]
    return meta_fields.parse(value)


def downloaded(http: httpx2.Client, url: str) -> bytes:
    """The file behind an id, in the two steps of the Graph API."""
    graph = f"{meta_fields.GRAPH}/"
    assert url.startswith(graph)
    described = http.get(f"/{url.removeprefix(graph)}", headers=SIGNED_IN).raise_for_status().json()
    assert http.get(described["url"]).status_code == 401, "the address wants the token too"
    return http.get(described["url"], headers=SIGNED_IN).raise_for_status().content


@pytest.mark.parametrize(
    ("sample", "kind", "content_type"),
    [
        ("photo", "image", "image/jpeg"),
        ("voice", "audio", "audio/ogg; codecs=opus"),
        ("document", "document", "application/pdf"),
        ("sticker", "sticker", "image/webp"),
    ],
)
def test_a_file_reaches_the_application_by_its_id_and_is_shown(
    http: httpx2.Client, posted: Posted, sample: str, kind: str, content_type: str
) -> None:
    sent = send(http, media=[sample])
    file, *_ = SAMPLES[sample]
    content = (handset.STATIC / "samples" / file).read_bytes()

    incoming = told(posted)
    assert (incoming.kind, incoming.text) == (kind, "")
    [media] = incoming.media
    assert media.content_type == content_type
    assert downloaded(http, media.url) == content
    assert incoming.details.get("file_name", "") == (file if kind == "document" else "")
    assert (sent["kind"], sent["media"][0]["name"]) == (kind, file)
    assert http.get(sent["media"][0]["url"]).content == content


def test_a_voice_note_says_that_it_is_one(http: httpx2.Client, posted: Posted) -> None:
    send(http, media=["voice"])
    wait_for(lambda: posted[1])

    assert posted[1][0]["messages"][0]["audio"]["voice"] is True


def test_a_chosen_file_is_sent_as_what_it_is_with_its_words(http: httpx2.Client, posted: Posted) -> None:
    kept = http.put("/phone/media?name=cat.png", content=b"\x89PNG", headers={"Content-Type": "image/png"}).json()
    sent = send(http, uploaded=kept["uploaded"], body="My cat")

    incoming = told(posted)
    assert (incoming.kind, incoming.text) == ("image", "My cat")
    assert downloaded(http, incoming.media[0].url) == b"\x89PNG"
    assert (sent["body"], sent["media"][0]["name"]) == ("My cat", "cat.png")


def test_a_contact_card_is_its_names_and_numbers(http: httpx2.Client, posted: Posted) -> None:
    send(http, media=["contact"])

    assert (told(posted).kind, told(posted).details) == ("contacts", {"contact_names": ["Grace Hopper"]})
    [card] = posted[1][0]["messages"][0]["contacts"]
    assert card["phones"] == [{"phone": "+1 555 123 0009"}]


def test_a_place_and_a_button_arrive_as_such(http: httpx2.Client, posted: Posted) -> None:
    place = {"Label": "Ferry Building", "Address": "", "Latitude": "37.7955", "Longitude": "-122.3937"}
    shown = send(http, kind="location", details=place)
    incoming = told(posted)
    assert (incoming.kind, incoming.text) == ("location", "Location: Ferry Building (37.7955, -122.3937)")
    assert shown["details"]["Label"] == "Ferry Building"

    posted[1].clear()
    send(http, kind="button", body="Yes", details={"ButtonText": "Yes", "ButtonPayload": "confirm"})
    incoming = told(posted)
    assert (incoming.kind, incoming.text, incoming.details["button_payload"]) == ("button", "Yes", "confirm")


def test_a_document_of_the_business_has_the_name_that_it_gave_it(http: httpx2.Client) -> None:
    form = {"messaging_product": (None, "whatsapp"), "type": (None, "application/pdf"), "file": ("a", b"%PDF-")}
    kept = http.post(f"/v24.0/{NUMBER}/media", files=form, headers=SIGNED_IN).raise_for_status().json()
    content = {
        "messaging_product": "whatsapp",
        "to": ADA,
        "type": "document",
        "document": {"id": kept["id"], "filename": "Preisliste für März.pdf"},
    }
    http.post(f"/v24.0/{NUMBER}/messages", json=content, headers=SIGNED_IN).raise_for_status()

    [message] = http.get("/phone/chat", params=CHAT).json()["messages"]
    [file] = message["media"]
    assert (message["kind"], file["name"], file["size"]) == ("document", "Preisliste für März.pdf", 5)


def test_a_sent_web_page_never_runs_on_the_phone(http: httpx2.Client) -> None:
    kept = http.put("/phone/media", content=b"<script>", headers={"Content-Type": "text/html"}).json()
    answer = http.get(f"/phone/media/{kept['uploaded']}")

    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["Content-Disposition"] == "attachment"


def test_whoever_watches_is_told_when_all_is_cleared(http: httpx2.Client, meta: MetaPhone) -> None:
    send(http, body="hi")
    with http.stream("GET", "/phone/events", timeout=PATIENCE) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        meta.reset()
        wait_for(lambda: next(lines) == "event: reset")

    assert http.get("/phone/chat", params=CHAT).json()["messages"] == []


def test_chats_files_and_the_webhook_that_was_set_outlive_the_process(posted: Posted, tmp_path: Path) -> None:
    config = configuration(posted[0])
    elsewhere = {"override_callback_uri": "https://elsewhere.example.com/hook/", "verify_token": "any"}
    with running(config, state=tmp_path) as phone, httpx2.Client(base_url=phone.url, trust_env=False) as http:
        sent = send(http, media=["photo"], body="remember")
        wait_for(lambda: http.get("/phone/chat", params=CHAT).json()["messages"][0]["settled"])
        http.post(f"/v24.0/{NUMBER}/messages", json=ANSWER, headers=SIGNED_IN).raise_for_status()
        set_to = {"webhook_configuration": elsewhere}
        http.post(f"/v24.0/{NUMBER}", json=set_to, headers=SIGNED_IN).raise_for_status()
    with running(config, state=tmp_path) as phone, httpx2.Client(base_url=phone.url, trust_env=False) as http:
        first, second = http.get("/phone/chat", params=CHAT).json()["messages"]
        photo = http.get(first["media"][0]["url"]).content
        state = http.get("/phone/state").json()

    assert (first["sid"], first["body"], first["answer"]["status"]) == (sent["sid"], "remember", 200)
    assert (second["body"], state["chats"][0]["unread"]) == (ANSWER["text"]["body"], 1)
    assert state["numbers"][0]["webhook_url"] == elsewhere["override_callback_uri"]
    assert photo == (handset.STATIC / "samples" / "photo.jpg").read_bytes()


def test_a_webhook_that_was_on_its_way_at_the_end_is_not_waited_for(posted: Posted, tmp_path: Path) -> None:
    config = configuration(posted[0])
    with running(config, state=tmp_path) as phone:
        phone.send(user=ADA, number=NUMBER, body="hi")
    kept = json.loads((tmp_path / "chats.json").read_text())
    kept["messages"][0]["answer"] = None
    (tmp_path / "chats.json").write_text(json.dumps(kept))
    with running(config, state=tmp_path) as phone, httpx2.Client(base_url=phone.url, trust_env=False) as http:
        [message] = http.get("/phone/chat", params=CHAT).json()["messages"]

    assert (message["settled"], message["answer"]["ok"]) == (True, False)


ANSWER: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "to": ADA,
    "type": "text",
    "text": {"body": "What a nice photo."},
}
