"""Conversations in the midst of a member's work: what no address alone leads to."""

from __future__ import annotations

from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, expect

from sandbox.twilio.client import Phone
from tests.browser.bakery import BAKERYS_SCHEMA, LIVE, bubble, field, follow, opened, run, thread_of, write
from tests.browser.demo import Demo
from tests.screenshots.states import Shown

#: Whoever writes beside the phone's own Ada.
GRACE, ALAN, BARBARA = "Grace Hopper", "Alan Turing", "Barbara Liskov"
PEOPLE = {
    GRACE: ("+15550100002", "Is there still a table free on Saturday?"),
    ALAN: ("+15550100003", "I ordered a birthday cake, is it ready?"),
    BARBARA: ("+15550100004", "Could you put a name on the cake?"),
}
#: Twilio's code for a message that it could not send.
UNKNOWN_ERROR = 63005
ALAN_WROTE_YESTERDAY = f"""{BAKERYS_SCHEMA}
from datetime import timedelta
from django.db.models import F
from bots.models import Message
with schema_context(schema):
    of_alan = Message.objects.filter(conversation__contact__profile_name="{ALAN}")
    of_alan.update(timestamp=F("timestamp") - timedelta(hours=25))
"""


def begin(browser: Browser, demo: Demo) -> None:
    """Three people were answered and the owner has taken over: one's reply failed, one wrote a day ago, one has written
    again, and there is a note about them."""
    for name, (number, question) in PEOPLE.items():
        write(demo, number, question, name=name)
    with opened(browser, demo) as page:
        for name in PEOPLE:
            expect(bubble(thread_of(page, demo, name), "Bot · version")).to_be_visible(timeout=LIVE)
            page.get_by_role("button", name="Take over").click()
            expect(field(page)).to_be_focused(timeout=LIVE)
        write(demo, PEOPLE[BARBARA][0], "It should say “Happy birthday, Jean”.", name=BARBARA)
        page.keyboard.press("Escape")
        page.keyboard.press("n")
        page.keyboard.type("Barbara is a regular. The name goes on for free.")
        page.keyboard.press("Enter")
        expect(page.get_by_role("article").filter(has_text="Private note")).to_be_visible(timeout=LIVE)

        thread = thread_of(page, demo, GRACE)
        with Phone(demo.twilio_url()) as twilio:
            twilio.fault(on="messages.create", mode="status", status=400, code=UNKNOWN_ERROR, times=1)
            field(page).fill("Yes! Shall I keep the one at the window for you?")
            page.keyboard.press("Enter")
            expect(bubble(thread, "at the window")).to_contain_text("Not delivered", timeout=LIVE)
    run(demo, ALAN_WROTE_YESTERDAY)


def ask_why(page: Page) -> None:
    follow(page, "Ada")
    page.locator("a[data-opens=why]").first.click()
    expect(page.get_by_role("dialog", name="Why this answer?")).to_contain_text("The exact prompt")


def read_why(page: Page) -> None:
    """The same on a page of its own, with the passages and the prompt unfolded."""
    follow(page, "Ada")
    page.goto(urljoin(page.url, page.locator("a[data-opens=why]").first.get_attribute("href")))
    page.evaluate("document.querySelectorAll('details.passage').forEach((one) => { one.open = true; })")


def select_two(page: Page) -> None:
    page.get_by_role("button", name="Select conversations").click()
    for name in (GRACE, ALAN):
        page.get_by_role("list", name="Conversations").get_by_role("link").filter(has_text=name).click()
    expect(page.get_by_role("group", name="Selected conversations")).to_contain_text("2 selected")


def open_failed(page: Page) -> None:
    follow(page, GRACE)


def open_closed(page: Page) -> None:
    follow(page, ALAN)
    expect(page.get_by_label("Template")).to_be_visible()
    page.get_by_label("Template").select_option(label="order_ready (en)")
    page.get_by_label("{{1}}").fill("Alan")
    page.get_by_label("{{2}}").fill("77")


def open_noted(page: Page) -> None:
    follow(page, BARBARA)
    page.get_by_text("Private note", exact=True).first.click()


ALL = "conversations/?view=all"
DESK = (
    Shown(name="conversation-why", path=ALL, act=ask_why),
    Shown(name="why", path=ALL, act=read_why),
    Shown(name="conversations-selected", path=ALL, act=select_two),
    Shown(name="conversation-failed", path=ALL, act=open_failed),
    Shown(name="conversation-closed", path=ALL, act=open_closed),
    Shown(name="conversation-note", path=ALL, act=open_noted),
)
