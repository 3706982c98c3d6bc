"""From an answer to its webhook, from a refused request to the number, from a failure to exactly one answer."""

from __future__ import annotations

import re
import time
from urllib.parse import urljoin

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ai.conftest import KEY, FarEnd
from tests.browser.accessibility import is_accessible
from tests.browser.bakery import write
from tests.browser.chromium import flawless
from tests.browser.demo import Demo
from tests.browser.entrance import enter

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst; a provider has 12 s.
ANSWER = 30_000
BAKERY, NUMBER = "Lumen Bakery", "+14155238886"
ANN, BEN, CLEO = "+15557771001", "+15557771002", "+15557771003"


@pytest.fixture(scope="module")
def ai(provider: FarEnd) -> FarEnd:
    provider.state.keys, provider.state.models = {KEY}, ["echo-small"]
    return provider


def replies(demo: Demo, *, user: str) -> list[str]:
    query = {"number": NUMBER, "user": user}
    found = httpx2.get(f"{demo.twilio_url()}/sandbox/messages", params=query, trust_env=False).json()["messages"]
    return [message["body"] for message in found if message["direction"] == "outbound-api"]


def answered(demo: Demo, *, user: str, words: str) -> list[str]:
    """All that they have got, once something with these words is there."""
    deadline = time.monotonic() + ANSWER / 1000
    while not any(words in reply for reply in replies(demo, user=user)):
        assert time.monotonic() < deadline, f"{user} got {replies(demo, user=user)}"
        time.sleep(0.2)
    return replies(demo, user=user)


def test_the_webhook_of_an_answer_is_found_explained_and_revealed(demo: Demo, browser: Browser) -> None:
    write(demo, ANN, "how much is a croissant?")
    answered(demo, user=ANN, words="2.40")
    with flawless(browser) as page:
        enter(page, demo, place=BAKERY)
        page.keyboard.press("g")
        page.keyboard.press("w")
        expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()
        is_accessible(page)
        # By the end of a number: the filter applies by itself and stands in the URL.
        page.get_by_label("Contact’s number").fill("1001")
        page.get_by_label("Kind").select_option("message")
        expect(page).to_have_url(re.compile("number=1001"))
        expect(page).to_have_url(re.compile("kind=message"))
        row = page.get_by_role("row").filter(has_text="Answered in")
        expect(row).to_have_count(1)
        page.keyboard.press("Escape")
        page.locator("h1").click()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=re.compile("Answered in"), level=1)).to_be_visible()
        expect(page.get_by_text("2.40", exact=False).first).to_be_visible()
        assert "15557771001" not in page.content()
        is_accessible(page)
        page.get_by_role("button", name="Show numbers").click()
        expect(page.get_by_text("whatsapp:+15557771001").first).to_be_visible()
        is_accessible(page)
        page.go_back()
        page.go_back()
        expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()


def test_on_a_phone_the_filters_wait_behind_a_button(demo: Demo, browser: Browser) -> None:
    with flawless(browser) as page:
        enter(page, demo, place=BAKERY)
        page.goto(urljoin(page.url, "/logs/"))
        outcome, button = page.get_by_label("Outcome"), page.locator("summary", has_text="Filters")
        expect(outcome).to_be_visible()
        expect(button).to_be_hidden()
        page.set_viewport_size({"width": 390, "height": 844})
        expect(outcome).to_be_hidden()
        expect(page.get_by_label("Text", exact=True)).to_be_visible()
        button.click()
        outcome.select_option("repeat")
        expect(page).to_have_url(re.compile("outcome=repeat"))
        expect(page.get_by_role("link", name="Clear", exact=True)).to_be_visible()
        expect(outcome).to_be_visible()
        is_accessible(page)


def test_new_requests_are_told_and_a_bar_leads_to_its_time(demo: Demo, browser: Browser) -> None:
    with flawless(browser) as page:
        url = enter(page, demo, place=BAKERY)
        page.goto(urljoin(url, "/logs/?range=1h&kind=message"))
        expect(page.locator(".log-news")).to_be_hidden()
        write(demo, BEN, "are you open on sunday?")
        expect(page.get_by_role("link", name="1 new")).to_be_visible(timeout=ANSWER)
        is_accessible(page)
        page.get_by_role("link", name="1 new").click()
        expect(page.locator(".log-news")).to_be_hidden()
        page.locator("a.chart-slot:has(.chart-bar)").last.click()
        expect(page).to_have_url(re.compile(r"from=.*to="))
        expect(page.get_by_label("Time")).to_have_value("custom")
        is_accessible(page)


@pytest.mark.timeout(420)
def test_a_forged_one_is_explained_and_taken_in_only_as_twilio_tells_it(demo: Demo, browser: Browser) -> None:
    write(demo, CLEO, "how much is a baguette?", signature="wrong")
    with flawless(browser) as page:
        url = enter(page, demo, place=BAKERY)
        page.goto(urljoin(url, "/logs/?outcome=forged"))
        page.get_by_role("row").filter(has_text="Signature wrong").last.get_by_role("link").click()
        name = re.compile("Signature wrong: the token stored here is not the account's")
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        expect(page.get_by_role("link", name="Open the number")).to_be_visible()
        is_accessible(page)
        assert replies(demo, user=CLEO) == []
        page.get_by_role("button", name="Process again").click()
        expect(page.get_by_text("Twilio confirmed the message.")).to_be_visible()
        got = answered(demo, user=CLEO, words="2.10")
        page.goto(urljoin(url, "/logs/?outcome=forged"))
        page.get_by_role("row").filter(has_text="Processed again").first.get_by_role("link").click()
        expect(page.get_by_text("is kept already")).to_be_visible()
        expect(page.get_by_role("button", name="Process again")).to_have_count(0)
    assert replies(demo, user=CLEO) == got


def with_a_server_of_its_own(page: Page, *, url: str, ai: FarEnd) -> None:
    """The bakery's bot asks the stand-in from now on."""
    page.goto(urljoin(url, "/bot/provider/"))
    page.get_by_label("OpenAI-compatible server").check()
    page.locator("#provider-form").get_by_label("Server", exact=True).fill(f"http://127.0.0.1:{ai.port}/v1")
    expect(page.locator("#provider-saved")).to_have_text("Saved to draft", timeout=ANSWER)
    expect(page.locator("#provider-form.htmx-request")).to_have_count(0, timeout=ANSWER)
    page.get_by_role("link", name="Add API key", exact=True).click()
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Put it into the draft").click()
    expect(page.get_by_role("button", name="Test the draft's provider")).to_be_visible(timeout=ANSWER)
    page.wait_for_load_state("networkidle")
    page.locator("#provider-form").get_by_label("Model", exact=True).fill("echo-small")
    expect(page.locator("#provider-saved")).to_have_text("Saved to draft", timeout=ANSWER)
    expect(page.locator("#provider-form.htmx-request")).to_have_count(0, timeout=ANSWER)
    page.goto(urljoin(url, "/bot/publish/"))
    page.get_by_label("Why this change?").fill("A server of our own")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("answers from the next message on")).to_be_visible(timeout=ANSWER)


@pytest.mark.timeout(420)
def test_a_failed_one_is_processed_again_and_the_phone_gets_exactly_one_answer(
    demo: Demo, browser: Browser, ai: FarEnd
) -> None:
    with flawless(browser) as page:
        url = enter(page, demo, place=BAKERY)
        with_a_server_of_its_own(page, url=url, ai=ai)
        ai.fails_with("status", status=401, times=1)
        user = "+15557771004"
        write(demo, user, "how much is a strudel?")
        answered(demo, user=user, words="")
        page.goto(urljoin(url, "/ledger/?outcome=failed"))
        expect(page.get_by_role("row").filter(has_text="strudel")).to_contain_text("Failed", timeout=ANSWER)
        is_accessible(page)
        # By keyboard alone, from the ledger to its webhook and again into the queue.
        page.get_by_role("row").filter(has_text="strudel").get_by_role("link", name="strudel").focus()
        while page.evaluate("document.activeElement.textContent.trim()") != "Webhook":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Process again").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("It is being processed again.")).to_be_visible()
        got = answered(demo, user=user, words="echo: how much is a strudel?")
        page.reload()
        expect(page.get_by_role("heading", name=re.compile("Answered in"), level=1)).to_be_visible(timeout=ANSWER)
        expect(page.get_by_role("button", name="Process again")).to_have_count(0)
    assert sum("strudel" in reply for reply in got) == 1
    assert replies(demo, user=user) == got
