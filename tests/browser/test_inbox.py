"""A day at the inbox: people write from their phones, a worker answers, and a member watches, searches and sorts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.accessibility import barriers
from tests.browser.bakery import LIVE, opened
from tests.browser.demo import Demo
from tests.browser.inbox import ADA, ALAN, GRACE, begin, begin_with_label, inbox_of, names, row, say

pytestmark = pytest.mark.browser

CHOOSE_WHEN_RENEWED = """() => {
  const body = document.body;
  const choose = () => {
    const assignee = document.getElementById("assignee");
    assignee.selectedIndex = 1;
    assignee.dispatchEvent(new Event("change", { bubbles: true }));
  };
  body.addEventListener("htmx:oobAfterSwap", () => setTimeout(choose), { once: true });
  body.dispatchEvent(new Event("person-changed", { bubbles: true }));
}"""


def test_what_people_write_appears_by_itself_and_keeps_focus_and_place(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo) as page:
        begin(page, demo)
        row(page, ADA).click()
        expect(page.locator("#thread")).to_contain_text("How much is a croissant?")
        expect(page).to_have_url(re.compile(r"/conversations/[0-9a-f-]{36}/$"))
        row(page, ADA).focus()

        say(demo, GRACE, "And on Monday, please?")
        expect(row(page, GRACE)).to_contain_text("unread", timeout=LIVE)
        expect(page.locator(".inbox-item").first).to_contain_text(GRACE)
        expect(row(page, GRACE)).to_contain_text("Bot:", timeout=LIVE)
        expect(row(page, ADA)).to_be_focused()
        expect(row(page, ADA)).to_have_attribute("aria-current", "true")

        say(demo, ADA, "And two of them?")
        expect(page.locator("#thread")).to_contain_text("And two of them?", timeout=LIVE)
        expect(page.locator(".inbox-item").first).to_contain_text(ADA)
        expect(row(page, ADA)).to_be_focused()
        expect(row(page, ADA)).not_to_contain_text("unread")

        with page.context.expect_page() as beside:
            row(page, GRACE).click(modifiers=["ControlOrMeta"])
        beside.value.close()
        expect(page.locator("#opened-head")).to_contain_text(ADA)
        row(page, GRACE).click()
        expect(page.locator("#thread")).to_contain_text("And on Monday, please?")
        expect(row(page, GRACE)).not_to_contain_text("unread")
        page.go_back()
        expect(page.locator("#thread")).to_contain_text("How much is a croissant?")
        expect(row(page, ADA)).to_have_attribute("aria-current", "true")


def test_the_keyboard_alone_walks_opens_searches_and_marks_as_unread(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo, theme="dark") as page:
        begin(page, demo)
        order = names(page)
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(row(page, order[1])).to_be_focused()
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        expect(page.locator("#opened-head")).to_contain_text(order[0])
        page.keyboard.press("j")
        expect(row(page, order[1])).to_be_focused()
        page.keyboard.press("u")
        expect(row(page, order[1])).to_contain_text("unread", timeout=LIVE)

        page.keyboard.press("/")
        page.keyboard.type("croiss")
        expect(page.locator(".inbox-item")).to_have_count(1)
        expect(page.locator(".inbox-item mark").first).to_have_text(re.compile("croiss", re.IGNORECASE))
        expect(page).to_have_url(re.compile("q=croiss"))
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".inbox-item")).to_have_count(len(order))
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Mark as unread")


def test_labels_people_and_notes_are_kept_and_listed_by(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo) as page:
        begin_with_label(page, demo, "Wedding")
        row(page, ALAN).click()
        person = page.locator("#person")
        person.get_by_text("Add", exact=True).click()
        person.get_by_label("Wedding").check()
        expect(row(page, ALAN)).to_contain_text("Wedding", timeout=LIVE)
        person.get_by_role("combobox", name="Assigned to").select_option(index=1)
        expect(row(page, ALAN)).to_contain_text("Assigned to", timeout=LIVE)
        person.get_by_label("A note for your colleagues").fill("Wants a cake")
        person.get_by_role("button", name="Add the note").click()
        expect(person.get_by_role("list", name="Notes")).to_contain_text("Wants a cake")
        expect(person.get_by_label("A note for your colleagues")).to_have_value("")

        expect(person.locator(".person-card")).to_contain_text("***")
        person.get_by_role("button", name="Show the whole number").click()
        expect(person.locator(".reveal-number")).to_have_text("+1 555-010-0003")
        page.reload()
        expect(person.locator(".person-card")).to_contain_text("***")

        page.get_by_role("button", name="Filters").click()
        page.locator("#filter-label").select_option(label="Wedding")
        expect(page.locator(".inbox-item")).to_have_count(1)
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Label: Wedding").click()
        expect(page.locator(".inbox-item")).not_to_have_count(1)


def test_what_was_swapped_in_works_at_once(demo: Demo, browser: Browser) -> None:
    """A choice made in the very moment after its list was renewed is no less a choice."""
    with opened(browser, demo) as page:
        begin(page, demo)
        row(page, ALAN).click()
        expect(page.locator("#assignee")).to_be_visible()
        with page.expect_request("**/assign/"):
            page.evaluate(CHOOSE_WHEN_RENEWED)
        expect(row(page, ALAN)).to_contain_text("Assigned to", timeout=LIVE)


def test_a_part_of_the_right_pane_is_not_renewed_under_a_form_that_is_under_way(demo: Demo, browser: Browser) -> None:
    """`opened` ends with an error where the page complained: an answer without a place to go is one."""
    with opened(browser, demo) as page:
        begin(page, demo)
        row(page, ALAN).click()
        choice = page.locator("#person").get_by_role("combobox", name="Assigned to")
        under_way: list[Route] = []
        page.route("**/assign/", lambda route: under_way.append(route), times=1)  # noqa: PLW0108 (Playwright marks it)
        with page.expect_request("**/assign/"):
            choice.select_option(index=1)
        with page.expect_response("**/person/"):
            page.evaluate("document.body.dispatchEvent(new Event('person-changed', { bubbles: true }))")
        expect(page.locator("#person .htmx-request")).to_have_count(1)
        under_way[0].continue_()
        expect(row(page, ALAN)).to_contain_text("Assigned to", timeout=LIVE)
        expect(page.locator("#person .htmx-request")).to_have_count(0)
        choice.select_option(index=0)
        expect(row(page, ALAN)).not_to_contain_text("Assigned to", timeout=LIVE)


def test_lists_are_changed_without_losing_what_is_open(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo) as page:
        begin(page, demo)
        row(page, GRACE).click()
        expect(page.locator("#opened-head")).to_contain_text(GRACE)
        page.get_by_role("link", name="Waiting").click()
        expect(page.get_by_text("Nobody waits")).to_be_visible()
        expect(page.locator("#opened-head")).to_contain_text(GRACE)
        expect(page).to_have_url(re.compile(r"/conversations/[0-9a-f-]{36}/\?view=waiting$"))
        page.go_back()
        expect(row(page, GRACE)).to_be_visible()
        page.reload()
        expect(page.locator("#opened-head")).to_contain_text(GRACE)


def test_a_phone_goes_from_list_to_thread_to_person_and_back(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo, width=390) as page:
        begin(page, demo)
        expect(page.locator("#thread")).to_be_hidden()
        row(page, GRACE).click()
        expect(page.locator("#thread")).to_be_visible()
        expect(page.locator("#inbox-list")).to_be_hidden()
        page.get_by_role("button", name="Contact", exact=True).click()
        expect(page.locator("#person")).to_be_visible()
        expect(page.locator("#thread")).to_be_hidden()
        page.get_by_role("button", name="Back to the messages").click()
        expect(page.locator("#thread")).to_be_visible()
        page.get_by_role("link", name="Back to the list").click()
        expect(page.locator("#inbox-list")).to_be_visible()
        expect(page).to_have_url(inbox_of(demo))
        page.go_back()
        expect(page.locator("#thread")).to_be_visible()
        page.go_back()
        expect(page.locator("#inbox-list")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_nobody_is_shut_out(demo: Demo, browser: Browser, width: int) -> None:
    with opened(browser, demo, width=width) as page:
        begin(page, demo)
        first = str(page.locator("a[data-row]").first.get_attribute("href"))
        for path in ("", "?view=failed", "?view=all&q=croissant", "labels/", first.removeprefix("/conversations/")):
            page.goto(inbox_of(demo) + path)
            assert barriers(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider"
            assert path == "labels/" or page.evaluate("document.documentElement.scrollHeight <= innerHeight")
