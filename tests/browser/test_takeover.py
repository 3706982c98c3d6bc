"""Taking over: a member watches, takes over in the middle of an answer, writes, gives back, and the bot goes on.

Everything is real but the far ends: the worker, the provider's stand-in, and the phone at the other side.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sandbox.procfile import PROJECT
from tests.ai.conftest import FarEnd
from tests.browser.accessibility import barriers
from tests.browser.bakery import BAKERYS_SCHEMA, LIVE, asks, bubble, field, opened, run, thread_of, write
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY

pytestmark = pytest.mark.browser
PHONES = {
    "Ada Lovelace": "+15550100001",
    "Grace Hopper": "+15550100002",
    "Alan Turing": "+15550100003",
    "Barbara Liskov": "+15550100004",
    "Donald Knuth": "+15550100005",
    "Edsger Dijkstra": "+15550100006",
}
JPEG = PROJECT / "sandbox" / "twilio" / "static" / "samples" / "photo.jpg"


@pytest.fixture(scope="module")
def bakery(running_demo: Demo, provider: FarEnd) -> str:
    """The bakery's dashboard; its bot asks the provider."""
    running_demo.start()
    asks(running_demo, provider)
    return running_demo.login(BAKERY)[0].rstrip("/")


def say(demo: Demo, name: str, body: str) -> None:
    """Somebody writes to the bakery from their phone."""
    write(demo, PHONES[name], body, name=name)


def taken_over(page: Page, demo: Demo, name: str) -> Locator:
    """The thread of somebody who was answered, with the owner in charge."""
    say(demo, name, "Hello there")
    thread = thread_of(page, demo, name)
    expect(bubble(thread, "echo: Hello there")).to_be_visible(timeout=LIVE)
    page.get_by_role("button", name="Take over").click()
    expect(field(page)).to_be_focused(timeout=LIVE)
    return thread


def test_an_answer_is_withheld_in_its_midst_a_member_replies_and_the_bot_goes_on(
    bakery: str, running_demo: Demo, browser: Browser, provider: FarEnd
) -> None:
    say(running_demo, "Ada Lovelace", "How much is a croissant?")
    with opened(browser, running_demo) as page:
        thread = thread_of(page, running_demo, "Ada Lovelace")
        expect(bubble(thread, "echo: How much is a croissant?")).to_be_visible(timeout=LIVE)

        provider.fails_with("delay", seconds=8)
        say(running_demo, "Ada Lovelace", "one two three four five")
        expect(bubble(thread, "one two three four five")).to_be_visible(timeout=LIVE)
        expect(thread.get_by_text("The bot is writing…")).to_be_visible(timeout=LIVE)
        page.keyboard.press("t")
        expect(field(page)).to_be_focused(timeout=LIVE)
        expect(thread.get_by_text(re.compile("took over. The bot is silent."))).to_be_visible()
        withheld = page.get_by_role("article").filter(has_text="The bot would have said")
        expect(withheld).to_contain_text("echo: one two three four five", timeout=LIVE)
        assert barriers(page) == []

        field(page).press_sequentially("A half-written")
        withheld.get_by_role("button", name="Use and edit").click()
        expect(field(page)).to_have_value("A half-written\n\necho: one two three four five")
        field(page).fill("*Two euro forty*, says Lucie")
        page.keyboard.press("Enter")
        mine = bubble(thread, "Two euro forty, says Lucie")
        expect(mine.locator("strong")).to_have_text(["Two euro forty"])
        expect(mine.get_by_role("img", name=re.compile("Read|Delivered"))).to_be_visible(timeout=LIVE)
        expect(withheld).to_have_count(0)
        assert bubble(thread, "echo: one two three four five").count() == 0

        page.locator("summary").filter(has_text="Give back").click()
        page.get_by_label("Tell the bot").fill("They get a discount of ten percent.")
        assert barriers(page) == []
        page.get_by_role("button", name="Give back", exact=True).click()
        expect(page.get_by_role("button", name="Take over")).to_be_visible(timeout=LIVE)
        expect(thread.get_by_text("They get a discount of ten percent.")).to_be_visible()
        say(running_demo, "Ada Lovelace", "And a baguette?")
        expect(bubble(thread, "echo: And a baguette?")).to_be_visible(timeout=LIVE)
        assert "discount of ten percent" in str(provider.requests[-1])

        bubble(thread, "echo: And a baguette?").get_by_role("link", name=re.compile("Why")).click()
        expect(page.get_by_role("dialog", name="Why this answer?")).to_contain_text("And a baguette?", timeout=LIVE)


def test_a_saved_reply_is_sent_and_a_conversation_given_back_by_keyboard_alone(
    bakery: str, running_demo: Demo, browser: Browser
) -> None:
    with opened(browser, running_demo) as page:
        page.goto(f"{bakery}/conversations/replies/")
        page.get_by_role("textbox", name="Shortcut").fill("hours")
        page.get_by_role("textbox", name="Text").fill("We open at eight.\nSee you!")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("/hours", exact=True)).to_be_visible()
        assert barriers(page) == []

        thread = taken_over(page, running_demo, "Grace Hopper")
        page.keyboard.type("Hi! /ho")
        expect(page.get_by_role("option", name="/hours")).to_have_attribute("aria-selected", "true")
        assert barriers(page) == []
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value("Hi! We open at eight.\nSee you!")
        page.keyboard.press("Control+a")
        page.keyboard.press("Control+b")
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value("")
        expect(bubble(thread, "We open at eight.")).to_be_visible(timeout=LIVE)

        page.keyboard.press("Escape")
        page.keyboard.press("n")
        page.keyboard.type("She is a regular")
        page.keyboard.press("Enter")
        note = thread.get_by_role("article").filter(has_text="Private note")
        expect(note).to_contain_text("She is a regular", timeout=LIVE)
        assert barriers(page) == []

        page.locator("summary").filter(has_text="Give back").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Tell the bot")).to_be_focused()
        page.keyboard.type("Eight sharp.")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Give back", exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Take over")).to_be_visible(timeout=LIVE)
        expect(thread.get_by_text("Eight sharp.")).to_be_visible()


def test_a_file_is_sent_and_shown_on_both_sides(bakery: str, running_demo: Demo, browser: Browser) -> None:
    with opened(browser, running_demo) as page:
        thread = taken_over(page, running_demo, "Alan Turing")
        page.locator("[data-file]").set_input_files(JPEG)
        expect(page.get_by_text("photo.jpg")).to_be_visible()
        field(page).fill("Our counter")
        page.get_by_role("button", name="Send", exact=True).click()
        picture = bubble(thread, "Our counter").get_by_role("link", name=re.compile("Photo"))
        expect(picture).to_be_visible(timeout=LIVE)
        expect(bubble(thread, "Our counter").get_by_role("img", name=re.compile("Read|Delivered"))).to_be_visible(
            timeout=LIVE
        )
        picture.click()
        dialog = page.get_by_role("dialog", name="Photo")
        expect(dialog.get_by_role("img")).to_be_visible()
        assert dialog.get_by_role("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


def test_two_members_see_each_other_typing_and_keep_what_they_wrote(
    bakery: str, running_demo: Demo, browser: Browser
) -> None:
    """The two sessions are of two people: the owner, and an agent whom they invited."""
    email, password = agent_of(running_demo)
    with opened(browser, running_demo) as page, opened(browser, running_demo) as other:
        other.context.clear_cookies()
        other.goto(f"{bakery}/accounts/login/")
        other.get_by_label("Email").fill(email)
        other.get_by_label("Password", exact=True).fill(password)
        other.get_by_role("button", name="Sign in", exact=True).click()
        thread = taken_over(page, running_demo, "Barbara Liskov")
        theirs = thread_of(other, running_demo, "Barbara Liskov")
        field(other).press_sequentially("I will")
        expect(thread.get_by_text("anna is typing…")).to_be_visible(timeout=LIVE)
        field(page).press_sequentially("Let me")
        expect(theirs.get_by_text("lucie is typing…")).to_be_visible(timeout=LIVE)

        say(running_demo, "Barbara Liskov", "Hello? Is anybody there?")
        expect(bubble(theirs, "Is anybody there?")).to_be_visible(timeout=LIVE)
        expect(field(other)).to_be_focused()
        expect(field(other)).to_have_value("I will")
        other.reload()
        # A draft outlives the page.
        expect(field(other)).to_have_value("I will")


def test_after_a_day_only_templates_are_sent(bakery: str, running_demo: Demo, browser: Browser) -> None:
    with opened(browser, running_demo) as page:
        thread = taken_over(page, running_demo, "Donald Knuth")
        run(running_demo, AGE)
        page.reload()
        expect(page.get_by_text("The 24-hour window is closed.")).to_be_visible()
        page.get_by_label("Template").select_option(label="order_ready (en)")
        page.get_by_label("{{1}}").fill("Alan")
        page.get_by_label("{{2}}").fill("77")
        expect(page.get_by_text("Hi Alan, your order 77 is ready.")).to_be_visible()
        assert barriers(page) == []
        page.get_by_role("button", name="Send the template").click()
        sent = bubble(thread, "Hi Alan, your order 77 is ready.")
        expect(sent).to_contain_text("order_ready", timeout=LIVE)
        expect(sent.get_by_role("img", name=re.compile("Sent|Read|Delivered"))).to_be_visible(timeout=LIVE)


def test_on_a_phone_the_composer_is_within_reach(bakery: str, running_demo: Demo, browser: Browser) -> None:
    with opened(browser, running_demo, width=390) as page:
        taken_over(page, running_demo, "Edsger Dijkstra")
        send = page.get_by_role("button", name="Send", exact=True).bounding_box()
        assert send
        assert send["y"] + send["height"] <= 844
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert barriers(page) == []


AGE = f"""{BAKERYS_SCHEMA}
from datetime import timedelta
from django.db.models import F
from bots.models import Message
with schema_context(schema):
    Message.objects.update(timestamp=F("timestamp") - timedelta(hours=25))
"""
AGENT = """
from django_tenants.utils import schema_context
from tenants.models import Membership, Tenant, User
with schema_context("public"):
    anna = User.objects.create_user("anna@lumen-bakery.test", "croissants-at-noon")
    Membership.objects.create(user=anna, tenant=Tenant.objects.get(slug="lumen-bakery"), role="agent")
"""


def agent_of(demo: Demo) -> tuple[str, str]:
    run(demo, AGENT)
    return "anna@lumen-bakery.test", "croissants-at-noon"
