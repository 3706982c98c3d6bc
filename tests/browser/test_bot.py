"""From a changed prompt to the phone's next answer and back, as admins do it."""

from __future__ import annotations

import re
import time
from urllib.parse import urljoin

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ai.conftest import KEY, FarEnd
from tests.browser.accessibility import is_accessible
from tests.browser.chromium import flawless
from tests.browser.demo import Demo
from tests.browser.entrance import enter

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst; a provider has 12 s.
ANSWER = 20_000
BAKERY, NUMBER = "Lumen Bakery", "+14155238886"
CUSTOMER, ANOTHER = "+15557770001", "+15557770002"


@pytest.fixture(scope="module")
def ai(provider: FarEnd) -> FarEnd:
    provider.state.keys, provider.state.models = {KEY}, ["echo-large", "echo-small"]
    return provider


def saved(page: Page, group: str) -> None:
    """The group says so; it saves itself a moment after the last key."""
    expect(page.locator(f"#{group}-saved")).to_have_text("Saved to draft", timeout=ANSWER)
    expect(page.locator(f"#{group}-form.htmx-request")).to_have_count(0, timeout=ANSWER)


def asked(demo: Demo, *, user: str, question: str) -> list[str]:
    """All that this person has got from the bakery, once the answer to the question is there."""
    before = replies(demo, user=user)
    sent = {"from": user, "to": NUMBER, "body": question}
    httpx2.post(f"{demo.twilio_url()}/sandbox/send", json=sent, trust_env=False, timeout=30).raise_for_status()
    deadline = time.monotonic() + ANSWER / 1000
    while not (got := replies(demo, user=user)[len(before) :]) or got[-1].startswith("Welcome"):
        assert time.monotonic() < deadline, f"{user} gets no answer to: {question}"
        time.sleep(0.2)
    return [*before, *got]


def replies(demo: Demo, *, user: str) -> list[str]:
    query = {"number": NUMBER, "user": user}
    found = httpx2.get(f"{demo.twilio_url()}/sandbox/messages", params=query, trust_env=False).json()["messages"]
    return [message["body"] for message in found if message["direction"] == "outbound-api"]


def told(ai: FarEnd) -> str:
    """The instructions of the last question."""
    asked = [request for request in ai.requests if request["method"] == "POST"]
    return str(asked[-1]["body"]["messages"][0]["content"])


def until(page: Page, goal: Locator, *, backwards: bool = False) -> None:
    """Press Tab until the goal has the focus."""
    for _ in range(60):
        if goal.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"{goal} is not reached by Tab")


def test_a_changed_prompt_is_published_shown_by_the_phone_and_rolled_back(
    demo: Demo, browser: Browser, ai: FarEnd
) -> None:
    with flawless(browser) as page:
        url = enter(page, demo, place=BAKERY)
        page.goto(urljoin(url, "/bot/provider/"))
        page.get_by_label("OpenAI-compatible server").check()
        page.locator("#provider-form").get_by_label("Server", exact=True).fill(f"http://127.0.0.1:{ai.port}/v1")
        saved(page, "provider")
        expect(page.get_by_text("The server has no model yet.")).to_be_visible(timeout=ANSWER)
        page.get_by_role("link", name="Add API key", exact=True).click()
        expect(page.get_by_label("API key")).to_be_visible(timeout=ANSWER)
        is_accessible(page)
        page.get_by_label("API key").fill(KEY)
        page.get_by_role("button", name="Put it into the draft").click()
        page.get_by_role("button", name="Test the draft's provider").click()
        expect(page.get_by_text("Choose a model now.")).to_be_visible(timeout=ANSWER)
        expect(page.locator("#models option").first).to_have_attribute("value", "echo-large")
        page.locator("#provider-form").get_by_label("Model", exact=True).fill("echo-small")
        saved(page, "provider")
        page.get_by_role("button", name="Test the draft's provider").click()
        expect(page.get_by_text("It answers, in")).to_be_visible(timeout=ANSWER)
        is_accessible(page)

        page.goto(urljoin(url, "/bot/"))
        page.get_by_label("Who is your bot").fill("You are the owl of {business}. Today is {weekday}.")
        saved(page, "instructions")
        is_accessible(page)
        # A draft touches nobody.
        questions = len(ai.requests)
        asked(demo, user=CUSTOMER, question="How much is a croissant?")
        assert len(ai.requests) == questions

        page.get_by_role("link", name="Review and publish").click()
        is_accessible(page)
        expect(page.get_by_text("You are the owl of {business}.")).to_be_visible(timeout=ANSWER)
        page.get_by_label("Why this change?").fill("An owl")
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.get_by_text("Version 2 answers from the next message on.")).to_be_visible(timeout=ANSWER)
        is_accessible(page)
        assert "echo: And a baguette?" in asked(demo, user=CUSTOMER, question="And a baguette?")[-1]
        assert told(ai).startswith("You are the owl of Lumen Bakery. Today is ")

        page.get_by_role("link", name="Version 1", exact=True).click()
        page.get_by_role("button", name="Roll back to this").click()
        is_accessible(page)
        page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
        expect(page.get_by_text("Version 3 answers from the next message on: what version 1 was.")).to_be_visible(
            timeout=ANSWER
        )
        questions = len(ai.requests)
        assert "2.40" in asked(demo, user=ANOTHER, question="How much is a croissant?")[-1]
        assert len(ai.requests) == questions
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Version 4 answers from the next message on: what version 2 was.")).to_be_visible(
            timeout=ANSWER
        )


def test_of_two_who_edit_the_same_thing_the_second_is_told_and_nothing_is_lost(demo: Demo, browser: Browser) -> None:
    with flawless(browser) as first, flawless(browser) as second:
        url = enter(first, demo, place=BAKERY)
        enter(second, demo, place=BAKERY)
        for page in (first, second):
            page.goto(urljoin(url, "/bot/"))
        first.get_by_label("Who is your bot").fill("The first one's words.")
        saved(first, "instructions")
        theirs = second.get_by_label("Who is your bot")
        theirs.fill("The second one's words.")
        alert = second.get_by_role("alert")
        expect(alert).to_contain_text("in another window", timeout=ANSWER)
        is_accessible(second)
        with second.expect_response("**/bot/save/instructions/"):
            theirs.press_sequentially("!")
        expect(second.locator("#instructions-form.htmx-request")).to_have_count(0, timeout=ANSWER)
        expect(alert).to_contain_text("is not saved")
        expect(theirs).to_have_value("The second one's words.!")
        first.reload()
        expect(first.get_by_label("Who is your bot")).to_have_value("The first one's words.")

        second.get_by_role("button", name="Replace it with mine").click()
        saved(second, "instructions")
        expect(alert).to_have_count(0)
        with second.expect_response("**/bot/save/instructions/"):
            theirs.press_sequentially("!")
        saved(second, "instructions")
        first.reload()
        expect(first.get_by_label("Who is your bot")).to_have_value("The second one's words.!!")


def test_a_greeting_is_written_and_published_by_keyboard_alone(demo: Demo, browser: Browser) -> None:
    with flawless(browser) as page:
        enter(page, demo, place=BAKERY)
        page.keyboard.press("g")
        page.keyboard.press("b")
        expect(page.get_by_role("heading", name="Bot", level=1)).to_be_visible(timeout=ANSWER)
        until(page, page.get_by_label("Sent once, before the first answer"))
        page.keyboard.press("Control+A")
        page.keyboard.type("Welcome to {business}, by keyboard!")
        saved(page, "greeting")
        until(page, page.get_by_role("link", name="Review and publish"), backwards=True)
        page.keyboard.press("Enter")
        until(page, page.get_by_label("Why this change?"))
        page.keyboard.type("A greeting")
        page.keyboard.press("Enter")
        expect(page.get_by_text("answers from the next message on")).to_be_visible(timeout=ANSWER)
    assert "Welcome to Lumen Bakery, by keyboard!" in asked(demo, user="+15557770003", question="Hello")[0]


def test_a_starting_point_is_used_and_taken_back(demo: Demo, browser: Browser) -> None:
    with flawless(browser) as page:
        url = enter(page, demo, place=BAKERY)
        page.goto(urljoin(url, "/bot/"))
        before = page.get_by_label("Who is your bot").input_value()
        page.get_by_role("listitem").filter(has_text="Hotel or guest house").get_by_role("button").click()
        expect(page.get_by_label("Who is your bot")).to_have_value(re.compile("^You are the concierge of"))
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_label("Who is your bot")).to_have_value(before)
