"""What feeds the phone's page, and the page itself in a browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from twilio.rest import Client

from sandbox.twilio.client import Phone
from tests.browser.chromium import flawless, launched
from tests.sandbox.conftest import ADA, BAKERY, CLINIC, GRACE
from tests.sandbox.receiver import Receiver

CHAT = {"user": ADA, "number": BAKERY}


@pytest.fixture
def http(phone: Phone) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=phone.url, trust_env=False) as client:
        yield client


def test_the_page_may_run_only_its_own_files(http: httpx2.Client) -> None:
    page = http.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "://" not in page.text.split("<body>")[0]


def test_what_the_person_sends_is_answered_at_once_and_settles_with_its_webhook(
    http: httpx2.Client, application: Receiver
) -> None:
    sent = http.post("/phone/send", json={"from": ADA, "to": BAKERY, "body": "*hi* <b>"}).json()
    assert (sent["direction"], sent["settled"]) == ("out", False)
    assert sent["html"] == "<p><strong>hi</strong> &lt;b&gt;</p>"
    application.wait_for(lambda each: each.fields["MessageSid"] == sent["sid"])
    deadline = time.monotonic() + 5
    while not (shown := http.get("/phone/chat", params=CHAT).json()["messages"][0])["settled"]:
        assert time.monotonic() < deadline
    assert shown["answer"]["ok"] is True


def test_a_chosen_file_is_uploaded_and_sent_as_what_it_is(http: httpx2.Client, application: Receiver) -> None:
    kept = http.put("/phone/media?name=cat.png", content=b"\x89PNG", headers={"Content-Type": "image/png"}).json()
    sent = http.post("/phone/send", json={"from": ADA, "to": BAKERY, "uploaded": kept["uploaded"]}).json()
    assert sent["kind"] == "image"
    [received] = application.wait_for(lambda each: each.fields["NumMedia"] == "1")
    assert received.fields["MediaContentType0"] == "image/png"
    assert http.get(sent["media"][0]["url"]).content == b"\x89PNG"


def test_a_file_of_the_business_is_fetched_and_shown_beneath_its_words(
    http: httpx2.Client, phone: Phone, twilio: Client
) -> None:
    phone.send(user=ADA, number=BAKERY, body="Have you a menu?")
    address = f"{phone.url}/static/samples/menu.pdf"
    message = twilio.messages.create(
        to=f"whatsapp:{ADA}", from_=f"whatsapp:{BAKERY}", body="Here it is", media_url=[address]
    )
    deadline = time.monotonic() + 5
    while message.fetch().status != "delivered":
        assert time.monotonic() < deadline
    shown = http.get("/phone/chat", params=CHAT).json()["messages"][-1]
    assert (shown["body"], shown["kind"], shown["media_urls"]) == ("Here it is", "document", [])
    [file] = shown["media"]
    assert file["content_type"] == "application/pdf"
    assert http.get(file["url"]).content == http.get("/static/samples/menu.pdf").content


def test_a_sent_web_page_never_runs_on_the_phone(http: httpx2.Client) -> None:
    kept = http.put("/phone/media", content=b"<script>", headers={"Content-Type": "text/html"}).json()
    answer = http.get(f"/phone/media/{kept['uploaded']}")
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["Content-Disposition"] == "attachment"


@pytest.mark.parametrize("path", ["/phone/send", "/phone/seen", "/sandbox/send", "/sandbox/reset", "/sandbox/faults"])
def test_a_form_of_another_site_is_refused(http: httpx2.Client, path: str) -> None:
    assert http.post(path, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 400


def test_unread_messages_are_counted_until_the_chat_is_seen(http: httpx2.Client, phone: Phone, twilio: Client) -> None:
    phone.send(user=ADA, number=BAKERY, body="hi")
    for body in ("one", "two"):
        twilio.messages.create(to=f"whatsapp:{ADA}", from_=f"whatsapp:{BAKERY}", body=body)
    [chat] = http.get("/phone/state").json()["chats"]
    assert (chat["unread"], chat["last"]["body"]) == (2, "two")
    http.post("/phone/seen", json=CHAT)
    assert http.get("/phone/state").json()["chats"][0]["unread"] == 0


def test_changes_are_told_as_they_happen(http: httpx2.Client, phone: Phone) -> None:
    with http.stream("GET", "/phone/events") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        sid = phone.send(user=GRACE, number=CLINIC, body="hi")["sid"]
        told = list(islice((line for line in lines if line), 6))
    assert told[::2] == ["event: message", "event: webhook", "event: message"]
    first, webhook, last = (json.loads(line.removeprefix("data: ")) for line in told[1::2])
    assert (first["sid"], first["settled"], last["settled"]) == (sid, False, True)
    assert (webhook["status"], webhook["fields"]["MessageSid"]) == (200, sid)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page(phone: Phone, browser: Browser) -> Iterator[Page]:
    with flawless(browser) as opened:
        yield opened


@pytest.mark.browser
def test_a_person_types_a_burst_and_reads_the_answer(phone: Phone, twilio: Client, page: Page) -> None:
    page.goto(f"{phone.url}/?{urlencode({'user': ADA})}")
    page.get_by_role("link", name="Lumen Bakery").click()
    for text in ("Good morning", "how much is", "a croissant?"):
        page.get_by_role("textbox", name="Message").fill(text)
        page.keyboard.press("Enter")
    log = page.get_by_role("log", name="Messages")
    mine = log.locator("[data-direction=out]")
    expect(mine.locator(".text")).to_have_text(["Good morning", "how much is", "a croissant?"])
    expect(mine.last.get_by_role("img", name="Delivered")).to_be_visible()

    last = phone.messages(number=BAKERY, user=ADA)[-1]["sid"]
    twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=last)
    expect(log.get_by_role("img", name="Lumen Bakery is typing")).to_be_visible()
    expect(mine.last.get_by_role("img", name="Read")).to_be_visible()

    twilio.messages.create(to=f"whatsapp:{ADA}", from_=f"whatsapp:{BAKERY}", body="It is *\u20ac2.80* <i>each</i>")
    answer = log.locator("[data-direction=in][data-sid]")
    expect(answer.locator(".text")).to_have_text("It is \u20ac2.80 <i>each</i>")
    expect(answer.locator("strong")).to_have_text("\u20ac2.80")
    expect(log.get_by_role("img", name="Lumen Bakery is typing")).to_have_count(0)
    expect(answer).to_have_attribute("data-status", "read")


@pytest.mark.browser
def test_a_webhook_that_fails_is_said_at_the_message(phone: Phone, application: Receiver, page: Page) -> None:
    application.answers[:] = [503]
    page.goto(f"{phone.url}/?{urlencode({'user': GRACE, 'number': CLINIC})}")
    page.get_by_role("textbox", name="Message").fill("hello")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("Webhook answered 503")
    expect(page.get_by_role("list").filter(has_text="Message \u00b7 Clinic")).to_contain_text("503")


@pytest.mark.browser
def test_a_switch_makes_twilio_refuse_sends(phone: Phone, twilio: Client, page: Page) -> None:
    page.goto(phone.url)
    page.get_by_role("switch", name="Refuse sends: 429").check()
    deadline = time.monotonic() + 5
    while not (faults := httpx2.get(f"{phone.url}/sandbox/faults", trust_env=False).json()["faults"]):
        assert time.monotonic() < deadline
    assert (faults[0]["on"], faults[0]["status"]) == ("messages.create", 429)
