"""A day at the inbox: people write from their phones, a worker answers, and a member watches, searches and sorts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.demo import Demo
from tests.screenshots.visit import session

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst, and the page looks every 2 s.
LIVE = 20_000
ADA, GRACE, ALAN = "+15550100001", "+15550100002", "+15550100003"
NAMES = {ADA: "Ada Lovelace", GRACE: "Grace Hopper", ALAN: "Alan Turing"}


@contextmanager
def opened(browser: Browser, demo: Demo, *, theme: str = "light", width: int = 1440) -> Iterator[Page]:
    """A page of the bakery's owner, on whose console no error may appear."""
    owner = session(browser, demo, visitor="owner", theme=theme, width=width)
    page = owner.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    owner.close()
    assert complaints == []


def inbox_of(demo: Demo) -> str:
    return demo.login("Lumen Bakery")[0].rstrip("/") + "/conversations/"


def write(demo: Demo, sender: str, body: str) -> None:
    """Somebody writes to the bakery."""
    number = parse_qs(urlsplit(demo.phone_url()).query)["number"][0]
    given = {"from": sender, "to": f"+{number.strip().lstrip('+')}", "body": body, "name": NAMES[sender]}
    url = f"{demo.twilio_url().rstrip('/')}/sandbox/send"
    requests.post(url, json=given, timeout=20).raise_for_status()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Conversations").get_by_role("link").filter(has_text=name)


def names(page: Page) -> list[str]:
    return page.locator(".inbox-row-name").all_inner_texts()


def begin(page: Page, demo: Demo, path: str = "") -> None:
    """Three people have written and were answered; the page is open."""
    page.goto(inbox_of(demo))
    if row(page, "Alan Turing").count() == 0:
        for sender, body in ((ADA, "How much is a croissant?"), (GRACE, "Are you open on Sunday?"), (ALAN, "Hello")):
            write(demo, sender, body)
            expect(row(page, NAMES[sender])).to_contain_text("Bot:", timeout=LIVE)
    page.goto(inbox_of(demo) + path)
    page.wait_for_load_state("networkidle")


def test_what_people_write_appears_by_itself_and_keeps_focus_and_place(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo) as page:
        begin(page, demo)
        row(page, "Ada Lovelace").click()
        expect(page.locator("#thread")).to_contain_text("How much is a croissant?")
        expect(page).to_have_url(re.compile(r"/conversations/[0-9a-f-]{36}/$"))
        row(page, "Ada Lovelace").focus()

        write(demo, GRACE, "And on Monday, please?")
        expect(row(page, "Grace Hopper")).to_contain_text("unread", timeout=LIVE)
        expect(page.locator(".inbox-item").first).to_contain_text("Grace Hopper")
        expect(row(page, "Grace Hopper")).to_contain_text("Bot:", timeout=LIVE)
        expect(row(page, "Ada Lovelace")).to_be_focused()
        expect(row(page, "Ada Lovelace")).to_have_attribute("aria-current", "true")

        write(demo, ADA, "And two of them?")
        expect(page.locator("#thread")).to_contain_text("And two of them?", timeout=LIVE)
        expect(page.locator(".inbox-item").first).to_contain_text("Ada Lovelace")
        expect(row(page, "Ada Lovelace")).to_be_focused()
        expect(row(page, "Ada Lovelace")).not_to_contain_text("unread")

        with page.context.expect_page() as beside:
            row(page, "Grace Hopper").click(modifiers=["ControlOrMeta"])
        beside.value.close()
        expect(page.locator("#opened-head")).to_contain_text("Ada Lovelace")
        row(page, "Grace Hopper").click()
        expect(page.locator("#thread")).to_contain_text("And on Monday, please?")
        expect(row(page, "Grace Hopper")).not_to_contain_text("unread")
        page.go_back()
        expect(page.locator("#thread")).to_contain_text("How much is a croissant?")
        expect(row(page, "Ada Lovelace")).to_have_attribute("aria-current", "true")


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
        begin(page, demo, "labels/")
        page.get_by_label("Name").fill("Wedding")
        page.get_by_role("button", name="Add", exact=True).click()
        page.goto(inbox_of(demo))
        row(page, "Alan Turing").click()
        person = page.locator("#person")
        person.get_by_text("Add", exact=True).click()
        person.get_by_label("Wedding").check()
        expect(row(page, "Alan Turing")).to_contain_text("Wedding", timeout=LIVE)
        person.get_by_role("combobox", name="Assigned to").select_option(index=1)
        expect(row(page, "Alan Turing")).to_contain_text("Assigned to", timeout=LIVE)
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


def test_lists_are_changed_without_losing_what_is_open(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo) as page:
        begin(page, demo)
        row(page, "Grace Hopper").click()
        expect(page.locator("#opened-head")).to_contain_text("Grace Hopper")
        page.get_by_role("link", name="Waiting").click()
        expect(page.get_by_text("Nobody waits")).to_be_visible()
        expect(page.locator("#opened-head")).to_contain_text("Grace Hopper")
        expect(page).to_have_url(re.compile(r"/conversations/[0-9a-f-]{36}/\?view=waiting$"))
        page.go_back()
        expect(row(page, "Grace Hopper")).to_be_visible()
        page.reload()
        expect(page.locator("#opened-head")).to_contain_text("Grace Hopper")


def test_a_phone_goes_from_list_to_thread_to_person_and_back(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo, width=390) as page:
        begin(page, demo)
        expect(page.locator("#thread")).to_be_hidden()
        row(page, "Grace Hopper").click()
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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nobody_is_shut_out(demo: Demo, browser: Browser, theme: str, width: int) -> None:
    with opened(browser, demo, theme=theme, width=width) as page:
        begin(page, demo)
        first = str(page.locator("a[data-row]").first.get_attribute("href"))
        for path in ("", "?view=failed", "?view=all&q=croissant", "labels/", first.removeprefix("/conversations/")):
            page.goto(inbox_of(demo) + path)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider"
            assert path == "labels/" or page.evaluate("document.documentElement.scrollHeight <= innerHeight")
