"""Several rows at once: selected by keys, mouse and touch, kept while the list lives, and acted on in one go."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import barriers
from tests.browser.bakery import LIVE, opened
from tests.browser.demo import Demo
from tests.browser.inbox import ADA, ALAN, GRACE, begin, begin_with_label, inbox_of, names, row, say

pytestmark = pytest.mark.browser


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Selected conversations")


def chosen(page: Page) -> set[str]:
    """Whose rows are ticked."""
    ticked = page.locator(".inbox-item:has([data-select]:checked) .inbox-row-name")
    return set(ticked.all_inner_texts())


def looks(urls: list[str]) -> int:
    """How often the inbox asked for what is new."""
    return sum("/conversations/live/" in url for url in urls)


def hide(page: Page, *, hidden: bool) -> None:
    """As when another tab is looked at."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_the_keyboard_alone_selects_sorts_and_takes_back_while_people_write(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo) as page:
        begin_with_label(page, demo, "Urgent")
        order = names(page)
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("Shift+X")
        expect(bar(page)).to_contain_text("2 selected")
        assert chosen(page) == set(order[:2])

        say(demo, order[2], "Is anybody there?")
        expect(page.locator(".inbox-item").first).to_contain_text(order[2], timeout=LIVE)
        assert chosen(page) == set(order[:2]), "rows that moved are still ticked"
        expect(row(page, order[1])).to_be_focused()

        page.keyboard.press("l")
        expect(page.get_by_role("button", name="Urgent")).to_be_focused()
        page.keyboard.press("Enter")
        for name in order[:2]:
            expect(row(page, name)).to_contain_text("Urgent")
        expect(page.locator("#toasts")).to_contain_text("2 conversations are labelled “Urgent”.")
        expect(row(page, order[1])).to_be_focused()
        page.keyboard.press("l")
        expect(page.get_by_role("button", name="Urgent")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Escape")

        page.keyboard.press("u")
        for name in order[:2]:
            expect(row(page, name)).to_contain_text("unread")
        page.keyboard.press("i")
        for name in order[:2]:
            expect(row(page, name)).not_to_contain_text("unread")
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        for name in order[:2]:
            expect(row(page, name)).to_contain_text("Assigned to")

        labelled = page.locator("[data-toast]").filter(has_text="labelled")
        labelled.get_by_role("button", name="Undo").click()
        expect(page.locator("#toasts")).to_contain_text("Taken back.")
        for name in order[:2]:
            expect(row(page, name)).not_to_contain_text("Urgent")
        expect(page).to_have_url(inbox_of(demo))
        page.keyboard.press("Escape")
        expect(bar(page)).to_be_hidden()
        assert chosen(page) == set()
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keyboard shortcuts")
        for words in ("Select the row", "Take over", "Write a reply", "Write a private note"):
            expect(keys).to_contain_text(words)


def test_the_mouse_selects_a_range_and_all_and_another_list_begins_with_none(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo, theme="dark") as page:
        begin(page, demo)
        boxes = page.get_by_role("checkbox", name=re.compile("^Select [A-Z]"))
        expect(boxes.first).to_be_hidden()
        page.locator(".inbox-item").first.hover()
        boxes.first.click()
        boxes.nth(1).click(modifiers=["Shift"])
        assert chosen(page) == set(names(page)[:2])
        bar(page).get_by_role("checkbox").click()
        assert chosen(page) == set(names(page))
        bar(page).get_by_role("checkbox").click()
        expect(bar(page)).to_contain_text("0 selected")
        expect(bar(page).get_by_role("button", name="Mark as read")).to_be_disabled()
        boxes.nth(1).click()
        expect(bar(page).get_by_role("button", name="Failure dealt with")).to_be_disabled()
        page.get_by_role("link", name="All", exact=True).click()
        expect(page.locator("#inbox-results")).to_have_attribute("data-view", "all")
        expect(bar(page)).to_contain_text("0 selected")
        assert chosen(page) == set()


@pytest.mark.parametrize("width", [1440, 390])
def test_whoever_pressed_select_selects_rows_instead_of_opening_them(demo: Demo, browser: Browser, width: int) -> None:
    with opened(browser, demo, width=width) as page:
        begin(page, demo)
        page.get_by_role("button", name="Select conversations").click()
        row(page, ADA).click()
        row(page, GRACE).click()
        expect(page).to_have_url(inbox_of(demo))
        expect(bar(page)).to_contain_text("2 selected")
        bar(page).get_by_role("button", name="Assign", exact=True).click()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("group", name="Assign to").get_by_role("button", name="Nobody").click()
        expect(page.locator("#toasts")).to_contain_text(re.compile("nobody’s now|was so already"))
        bar(page).get_by_role("button", name="Select none").click()
        row(page, ALAN).click()
        expect(page.locator("#thread")).to_be_visible()


def test_without_javascript_nothing_of_it_is_offered(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo) as page:
        begin(page, demo)
        state = page.context.storage_state()
    plain = browser.new_context(java_script_enabled=False, storage_state=state)
    page = plain.new_page()
    page.goto(inbox_of(demo))
    expect(row(page, ADA)).to_be_visible()
    page.locator(".inbox-item").first.hover()
    for hidden in ("[data-select]", "[data-selecting]", "#inbox-selection"):
        expect(page.locator(hidden).first).to_be_hidden()
    plain.close()


def test_a_page_that_nobody_sees_asks_seldom_then_never_and_at_once_when_it_is_seen(
    demo: Demo, browser: Browser
) -> None:
    inbox, health = "**/conversations/live/**", "**/health/"
    with opened(browser, demo) as page:
        asked: list[str] = []
        answered: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfinished", lambda request: answered.append(request.url))
        page.clock.install(time=datetime(2026, 1, 1, tzinfo=UTC))
        page.goto(inbox_of(demo))
        page.wait_for_load_state("networkidle")
        # From here on, only what the test lets pass by.
        page.clock.pause_at(datetime(2026, 1, 1, 1, tzinfo=UTC))
        with page.expect_response(inbox), page.expect_response(health):
            page.clock.run_for(30_000)
        # An answer that comes while nobody looks is followed by the next question twenty seconds later.
        while looks(answered) < looks(asked):
            page.wait_for_timeout(20)

        hide(page, hidden=True)
        asked.clear()
        page.clock.run_for(19_000)
        page.evaluate("1")
        assert asked == []
        with page.expect_response(inbox):
            page.clock.run_for(2_000)
        page.clock.fast_forward(11 * 60_000)
        page.clock.run_for(120_000)
        page.evaluate("1")
        assert len(asked) == 1, "the one of the inbox"

        with page.expect_response(inbox), page.expect_response(health):
            hide(page, hidden=False)
            page.clock.run_for(100)
