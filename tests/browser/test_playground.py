"""The playground as a person meets it: words that come, both bots side by side, why, stop, what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ai.conftest import FarEnd
from tests.browser.accessibility import is_accessible
from tests.browser.chromium import complaints_of
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY
from tests.screenshots.visit import session, settle

pytestmark = pytest.mark.browser
#: Milliseconds.
ANSWER = 20_000
#: A field that other choices hide is filled all the same.
FILL = "(field, text) => { field.value = text; field.dispatchEvent(new Event('change', {bubbles: true})); }"


@pytest.fixture
def page(browser: Browser, demo: Demo, provider: FarEnd) -> Iterator[Page]:
    """The bakery's owner in an empty playground, with a draft that asks the provider; without a complaint in the end."""
    provider.state.faults.clear()
    context = session(browser, demo, visitor="owner", theme="light", width=1440)
    opened = context.new_page()
    url, _, _ = demo.login(BAKERY)
    opened.goto(f"{url}bot/provider/")
    form = opened.locator("#provider-form")
    if not form.get_by_role("radio", name="OpenAI-compatible server").is_checked():
        form.get_by_role("radio", name="OpenAI-compatible server").check(force=True)
        form.locator("[name=base_url]").evaluate(FILL, f"http://127.0.0.1:{provider.port}/v1")
        form.locator("[name=model_name]").fill("echo-small")
        form.get_by_role("button", name="Save", exact=True).click()
        settle(opened)
    complaints = complaints_of(opened)
    opened.goto(f"{url}playground/")
    reset = opened.get_by_role("button", name="Reset chat")
    if reset.is_visible():  # an empty chat has nothing to reset
        reset.click()
        expect(opened.get_by_text("The chat begins anew.")).to_be_visible()
        settle(opened)
    expect(reset).to_be_hidden()
    yield opened
    context.close()
    assert complaints == []


def ask(page: Page, text: str) -> None:
    page.get_by_label("Your question").fill(text)
    page.keyboard.press("Enter")


def answers(page: Page, who: str) -> list[str]:
    return page.get_by_role("region", name=who).locator(".bubble-text").all_inner_texts()


def test_a_question_is_answered_word_by_word_by_the_draft_and_by_what_is_published(
    page: Page, provider: FarEnd
) -> None:
    page.get_by_role("link", name="Compare with published").click()
    settle(page)
    provider.fails_with("slow", seconds=0.4)
    ask(page, "Hi, how much is a croissant? I need four of them.")

    draft = page.get_by_role("region", name="Draft").locator(".bubble-text")
    expect(draft).to_have_text(re.compile(r"echo: Hi, how"), timeout=ANSWER)
    assert "four of them" not in draft.inner_text(), "the rest is still to come"
    expect(page.get_by_label("Your question")).to_have_value("")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(draft).to_have_text("echo: Hi, how much is a croissant? I need four of them.", timeout=ANSWER)

    expect(page.get_by_role("region", name="Published, version 1")).to_contain_text("€2.40", timeout=ANSWER)
    expect(page.get_by_role("region", name="Draft")).to_contain_text(
        re.compile(r"\d+ tokens in, 12 out · cost unknown"), timeout=ANSWER
    )
    expect(page.get_by_role("button", name="Ask again")).to_be_visible(timeout=ANSWER)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert [url for url in asked if "/playground/" in url] == [], "nobody asks for what is there"
    is_accessible(page)


def test_why_an_answer_was_given_opens_beside_it(page: Page) -> None:
    ask(page, "Hi, how much is a croissant?")
    page.get_by_role("link", name="Why this answer? Draft").click(timeout=ANSWER)

    drawer = page.get_by_role("dialog", name="Why this answer?")
    expect(drawer).to_contain_text("Hi, how much is a croissant?")
    expect(drawer).to_contain_text("Lumen Bakery")
    drawer.get_by_text("Prices", exact=True).click()
    expect(drawer).to_contain_text("Butter croissant")
    is_accessible(page)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_an_answer_is_stopped_and_asked_for_again(page: Page, provider: FarEnd) -> None:
    provider.fails_with("slow", seconds=0.5)
    ask(page, "one two three four five six seven eight")
    draft = page.get_by_role("region", name="Draft")
    expect(draft).to_contain_text("one two", timeout=ANSWER)
    page.get_by_role("button", name="Stop").click()
    expect(draft).to_contain_text("Stopped", timeout=ANSWER)
    expect(draft).not_to_contain_text("eight")

    page.get_by_role("button", name="Ask again").click()
    expect(draft).to_contain_text("echo: one two three four five six seven eight", timeout=ANSWER)


def test_a_second_question_meanwhile_is_kept_in_the_field_and_told_to_wait(page: Page, provider: FarEnd) -> None:
    provider.fails_with("slow", seconds=0.5)
    ask(page, "one two three four five six")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    ask(page, "And you?")
    expect(page.get_by_text("An answer is still being written.")).to_be_visible()
    expect(page.get_by_label("Your question")).to_have_value("And you?")
    page.get_by_role("button", name="Stop").click()


def test_a_refused_key_leads_to_where_it_is_mended(page: Page, provider: FarEnd) -> None:
    provider.fails_with("status", status=401, message="Incorrect API key provided.")
    ask(page, "hello?")
    expect(page.get_by_text("The server does not take the API key.")).to_be_visible(timeout=ANSWER)
    expect(page.get_by_text("Incorrect API key provided.")).to_be_visible()
    is_accessible(page)
    page.get_by_role("link", name="Open the AI provider").click()
    expect(page).to_have_url(re.compile(r"/bot/provider/$"))


def test_a_suggested_question_is_one_click(page: Page) -> None:
    page.get_by_role("button", name="Opening hours?").click()
    expect(page.get_by_role("region", name="Draft")).to_contain_text("echo: Opening hours?", timeout=ANSWER)


def test_all_of_it_works_by_keyboard(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    settle(page)
    page.keyboard.press("g")
    page.keyboard.press("p")
    field = page.get_by_label("Your question")
    expect(field).to_be_visible()
    settle(page)
    for _ in range(40):
        if field.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("first line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Draft")).to_contain_text("second line", timeout=ANSWER)
    expect(field).to_be_focused()
    why = page.get_by_role("link", name="Why this answer? Draft")
    expect(why).to_be_visible(timeout=ANSWER)
    for _ in range(5):
        page.keyboard.press("Shift+Tab")
        if why.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Why this answer?")).to_contain_text("The exact prompt")
    page.keyboard.press("Escape")
    expect(why).to_be_focused()


def test_a_phone_shows_the_field_above_its_bar(browser: Browser, demo: Demo) -> None:
    context = session(browser, demo, visitor="owner", theme="light", width=390)
    page = context.new_page()
    url, _, _ = demo.login(BAKERY)
    page.goto(f"{url}playground/")
    send = page.get_by_role("button", name="Send").bounding_box()
    bar = page.locator(".bottombar").bounding_box()
    assert send
    assert bar
    assert send["y"] + send["height"] <= bar["y"]
    is_accessible(page)
    context.close()
