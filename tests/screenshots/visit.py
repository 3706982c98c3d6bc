"""A demo's pages, opened in a browser as the people whom they are for."""

from __future__ import annotations

from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.demo import Demo
from tests.browser.entrance import let_in
from tests.screenshots.pages import BAKERY, PAGES, PLATFORM, Shown, Visitor

THEMES = ("light", "dark")
#: Pixels: a desktop, and a phone. The heights are those of a first look.
WIDTHS = {1440: 900, 390: 844}
#: Milliseconds. An answer waits 1.5 s for the rest of a burst.
ANSWER = 20_000
QUESTIONS = ("Hi, how much is a croissant?", "And are you open on Sunday?", "Where can I park?")


def session(browser: Browser, demo: Demo, *, visitor: Visitor, theme: str, width: int) -> BrowserContext:
    """A browser in this theme and width, signed in as the visitor."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if theme == "dark" else "light",
        is_mobile=width < 768,
        has_touch=width < 768,
        reduced_motion="reduce",
    )
    if visitor != "nobody":
        let_in(context, demo, place=PLATFORM if visitor == "operator" else BAKERY)
    return context


def address(demo: Demo, shown: Shown) -> str:
    url, _, _ = demo.login(PLATFORM if shown.visitor == "operator" else BAKERY)
    return url.rstrip("/") + shown.path


def go(page: Page, demo: Demo, shown: Shown) -> Response:
    """Open it; of what is listed somewhere, the first."""
    url = address(demo, shown)
    if shown.below_first is not None:
        page.goto(url)
        first = page.locator("#content a[data-row]").first.get_attribute("href")
        assert first, f"{shown.path} lists nothing"
        url = urljoin(url, f"{first}{shown.below_first}")
    response = page.goto(url)
    assert response
    return response


def settle(page: Page) -> None:
    """Until what HTMX loads by itself is there."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".htmx-request")).to_have_count(0)


def converse(browser: Browser, demo: Demo) -> None:
    """Somebody writes to the bakery and is answered, so that pages have something to show."""
    page = browser.new_page()
    page.goto(demo.phone_url())
    replies = page.get_by_role("log", name="Messages").locator("[data-direction=in][data-sid]")
    for number, question in enumerate(QUESTIONS, start=1):
        page.get_by_role("textbox", name="Message").fill(question)
        page.keyboard.press("Enter")
        expect(replies).to_have_count(number, timeout=ANSWER)
    page.close()


def of(visitor: Visitor) -> list[Shown]:
    return [shown for shown in PAGES if shown.visitor == visitor]
