"""The bakery's inbox with three people in it, and how a test finds its way there."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.bakery import LIVE, write
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY

ADA, GRACE, ALAN = "Ada Lovelace", "Grace Hopper", "Alan Turing"
PHONES = {ADA: "+15550100001", GRACE: "+15550100002", ALAN: "+15550100003"}
QUESTIONS = {ADA: "How much is a croissant?", GRACE: "Are you open on Sunday?", ALAN: "Hello"}


def inbox_of(demo: Demo) -> str:
    return f"{demo.login(BAKERY)[0]}conversations/"


def say(demo: Demo, name: str, body: str) -> None:
    """One of them writes to the bakery."""
    write(demo, PHONES[name], body, name=name)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Conversations").get_by_role("link").filter(has_text=name)


def names(page: Page) -> list[str]:
    return page.locator(".inbox-row-name").all_inner_texts()


def begin(page: Page, demo: Demo, path: str = "") -> None:
    """All three have written and were answered; the page is open."""
    page.goto(inbox_of(demo))
    if row(page, ALAN).count() == 0:
        for name, body in QUESTIONS.items():
            say(demo, name, body)
            expect(row(page, name)).to_contain_text("Bot:", timeout=LIVE)
    page.goto(inbox_of(demo) + path)
    page.wait_for_load_state("networkidle")


def begin_with_label(page: Page, demo: Demo, label: str) -> None:
    """The same, and there is a label."""
    begin(page, demo, "labels/")
    page.get_by_label("Name").fill(label)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text(f"“{label}” is added.")).to_be_visible()
    page.goto(inbox_of(demo))
    page.wait_for_load_state("networkidle")
