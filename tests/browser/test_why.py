"""Why the bot said that, as a person meets it: from the bubble, with real times, marked, found again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.bakery import opened
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY
from tests.screenshots.visit import session, settle

pytestmark = pytest.mark.browser


@contextmanager
def conversing(browser: Browser, demo: Demo, *, width: int = 1440) -> Iterator[Page]:
    """The bakery's owner in the conversation with the phone."""
    with opened(browser, demo, path="conversations/?view=all", width=width) as page:
        page.locator("#conversation-list a[data-row]").first.click()
        expect(page.get_by_role("log", name="Messages")).to_contain_text("croissant")
        settle(page)
        yield page


def why(page: Page) -> None:
    page.locator("a[data-opens=why]").first.click()
    expect(page.get_by_role("dialog", name="Why this answer?")).to_contain_text("The exact prompt")


def test_a_bubble_tells_why_with_measured_times_and_is_marked_beside_the_thread(spoken: Demo, browser: Browser) -> None:
    with conversing(browser, spoken) as page:
        why(page)
        drawer = page.get_by_role("dialog", name="Why this answer?")
        expect(drawer).to_contain_text(re.compile(r"Answered after \d"))
        steps = drawer.get_by_role("table", name="From the request to the blue ticks")
        for step in ("Webhook", "Burst", "Queue", "Retrieval", "AI", "Commit", "Send"):
            expect(steps.get_by_role("row", name=re.compile(f"^{step}")).locator("svg")).to_have_count(1)
        assert steps.locator("[style]").count() == 0
        is_accessible(page)

        drawer.get_by_role("button", name="Wrong").click()
        drawer.get_by_label("What should it have said?").fill("It is 2.60 euro.")
        drawer.get_by_role("button", name="Save the better answer").click()
        expect(page.get_by_text("The better answer is kept.")).to_be_visible()
        is_accessible(page)
        page.keyboard.press("Escape")
        expect(drawer).to_be_hidden()
        expect(page.locator("a[data-opens=why]").first).to_be_focused()


def test_marked_answers_are_found_again_filtered_and_taken_along(spoken: Demo, browser: Browser) -> None:
    with conversing(browser, spoken) as page:
        why(page)
        page.get_by_role("dialog").get_by_role("link", name="All marked answers").click()
        expect(page.get_by_role("heading", name="Marked answers", level=1)).to_be_visible()
        expect(page.get_by_role("table")).to_contain_text("It is 2.60 euro.")
        is_accessible(page)
        page.get_by_role("link", name="Right", exact=True).click()
        expect(page.get_by_text("No answer is marked like this")).to_be_visible()
        page.get_by_role("link", name="Wrong", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download as JSON lines").click()
        assert "It is 2.60 euro." in download.value.path().read_text()

        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Why this answer?", level=1)).to_be_visible()
        page.get_by_role("link", name="Version 1").click()
        expect(page).to_have_url(re.compile(r"/bot/versions/1/$"))


def test_the_page_of_its_own_works_without_javascript_and_fits_a_phone(spoken: Demo, browser: Browser) -> None:
    with conversing(browser, spoken, width=390) as page:
        address = page.locator("a[data-opens=why]").first.get_attribute("href") or ""
        page.goto(spoken.login(BAKERY)[0].rstrip("/") + address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        is_accessible(page)
    plain = browser.new_context(java_script_enabled=False)
    with_cookies = session(browser, spoken, visitor="owner", theme="light", width=1440)
    plain.add_cookies(with_cookies.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(spoken.login(BAKERY)[0].rstrip("/") + address)
    page.get_by_role("button", name="It was right").click()
    expect(page.locator("#why-mark")).to_contain_text("Right")
    page.get_by_role("button", name="Take the mark away").click()
    expect(page.locator("#why-mark")).to_contain_text("Was this answer right?")
    for context in (plain, with_cookies):
        context.close()
