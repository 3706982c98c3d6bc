"""The first day at the desk, in one go and with the phone open beside it: by links and buttons that are there to be seen."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Locator, Page, expect

from tests.ai.conftest import FarEnd
from tests.browser.bakery import LIVE, asks, bubble, field
from tests.browser.chromium import complaints_of, flawless
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY

pytestmark = pytest.mark.browser
#: Seconds that the AI takes for the answer in whose midst somebody takes over.
SLOW = 8
WITHHELD = "echo: Can you make it cheaper?"


@pytest.mark.timeout(420)
def test_watching_taking_over_explaining_and_taking_along(
    demo: Demo, browser: Browser, provider: FarEnd, tmp_path: Path
) -> None:
    asks(demo, provider)
    with flawless(browser) as page, flawless(browser) as phone:
        phone.goto(demo.phone_url())
        signs_in(page, demo)
        thread = watches_a_conversation(page, phone)
        takes_over_amid_an_answer(page, phone, thread, provider)
        replies(page, phone, thread)
        gives_back(page, phone, thread)
        explains_an_answer_and_finds_its_webhook(page, thread)
        processes_a_failed_one_again(page, phone, provider)
        exports_and_reads_the_conversation(page, folder=tmp_path)
    assert WITHHELD not in " ".join(on_the_phone(demo, browser))


def writes(phone: Page, text: str) -> None:
    phone.get_by_role("textbox", name="Message").fill(text)
    phone.keyboard.press("Enter")


def got(phone: Page) -> Locator:
    """What the business wrote, as the phone shows it."""
    return phone.get_by_role("log", name="Messages").locator("[data-direction=in][data-sid]")


def on_the_phone(demo: Demo, browser: Browser) -> list[str]:
    """All that the phone has got in the end, on a page that has just been opened."""
    with flawless(browser) as phone:
        phone.goto(demo.phone_url())
        expect(got(phone).first).to_be_visible()
        return got(phone).all_inner_texts()


def signs_in(page: Page, demo: Demo) -> None:
    url, email, password = demo.login(BAKERY)
    page.goto(url)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def watches_a_conversation(page: Page, phone: Page) -> Locator:
    """It appears in the list by itself, and then the answer in the thread."""
    page.get_by_role("navigation").get_by_role("link", name="Conversations").first.click()
    expect(page.get_by_role("heading", name="Conversations", level=1)).to_be_visible()
    writes(phone, "How much is a birthday cake?")
    page.get_by_role("list", name="Conversations").get_by_role("link").first.click(timeout=LIVE)
    thread = page.get_by_role("region", name=re.compile("^Conversation with"))
    answer = bubble(thread, "echo: How much is a birthday cake?")
    expect(answer).to_be_visible(timeout=LIVE)
    expect(got(phone).last).to_contain_text("echo: How much is a birthday cake?")
    expect(answer.get_by_role("img", name="Read")).to_be_visible(timeout=LIVE)
    return thread


def takes_over_amid_an_answer(page: Page, phone: Page, thread: Locator, provider: FarEnd) -> None:
    provider.fails_with("delay", seconds=SLOW)
    writes(phone, "Can you make it cheaper?")
    expect(thread.get_by_text("The bot is writing…")).to_be_visible(timeout=LIVE)
    page.get_by_role("button", name="Take over").click()
    expect(field(page)).to_be_focused(timeout=LIVE)
    kept = page.get_by_role("article").filter(has_text="The bot would have said")
    expect(kept).to_contain_text(WITHHELD, timeout=LIVE)
    expect(got(phone)).to_have_count(1)


def replies(page: Page, phone: Page, thread: Locator) -> None:
    page.keyboard.type("*Ten percent* off, because it is you.")
    page.keyboard.press("Enter")
    expect(got(phone).last).to_contain_text("Ten percent off, because it is you.", timeout=LIVE)
    mine = bubble(thread, "Ten percent off")
    expect(mine.get_by_role("img", name="Read")).to_be_visible(timeout=LIVE)
    expect(page.get_by_role("article").filter(has_text="The bot would have said")).to_have_count(1)


def gives_back(page: Page, phone: Page, thread: Locator) -> None:
    page.locator("summary").filter(has_text="Give back").click()
    page.get_by_label("Tell the bot").fill("They get ten percent off.")
    page.get_by_role("button", name="Give back", exact=True).click()
    expect(page.get_by_role("button", name="Take over")).to_be_visible(timeout=LIVE)
    writes(phone, "Thank you! When can I come?")
    expect(got(phone).last).to_contain_text("echo: Thank you! When can I come?", timeout=LIVE)
    expect(bubble(thread, "echo: Thank you! When can I come?")).to_be_visible(timeout=LIVE)


def explains_an_answer_and_finds_its_webhook(page: Page, thread: Locator) -> None:
    bubble(thread, "echo: Thank you! When can I come?").get_by_role("link", name=re.compile("^Why")).click()
    drawer = page.get_by_role("dialog", name="Why this answer?")
    expect(drawer).to_contain_text("The exact prompt")
    expect(drawer).to_contain_text("They get ten percent off.")
    expect(drawer.get_by_role("link", name="Version 1")).to_be_visible()
    drawer.get_by_role("link", name="Its webhook").click()
    expect(page.get_by_role("heading", name=re.compile("^Answered in"), level=1)).to_be_visible(timeout=LIVE)
    expect(page.locator("main")).to_contain_text("Thank you! When can I come?")


def processes_a_failed_one_again(page: Page, phone: Page, provider: FarEnd) -> None:
    """And comes back to the conversation from there."""
    provider.fails_with("status", status=401, times=1)
    before = got(phone).count()
    writes(phone, "Do you have strudel?")
    expect(got(phone)).to_have_count(before + 1, timeout=LIVE)
    page.get_by_role("navigation").get_by_role("link", name="Webhooks").first.click()
    failed = page.get_by_role("row").filter(has_text="Failed").first
    failed.get_by_role("link").first.click()
    page.get_by_role("button", name="Process again").click()
    expect(page.get_by_text("It is being processed again.")).to_be_visible()
    expect(got(phone).last).to_contain_text("echo: Do you have strudel?", timeout=LIVE)
    expect(got(phone)).to_have_count(before + 2)
    page.get_by_role("link", name="The message in its conversation").click()
    thread = page.get_by_role("region", name=re.compile("^Conversation with"))
    expect(bubble(thread, "echo: Do you have strudel?")).to_have_count(1)


def exports_and_reads_the_conversation(page: Page, *, folder: Path) -> None:
    page.get_by_role("link", name="Export", exact=True).click()
    page.locator("label").filter(has_text="A page to read").click()
    page.get_by_role("button", name="Export", exact=True).click()
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("Ready", timeout=LIVE)
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    reading = page.context.new_page()
    complaints = complaints_of(reading)
    reading.goto(opened_from_disk(download.value, folder=folder).as_uri())
    written = reading.locator("body")
    for words in ("How much is a birthday cake?", "off, because it is you.", "echo: Do you have strudel?"):
        expect(written).to_contain_text(words)
    expect(written).not_to_contain_text(WITHHELD)
    assert complaints == []
    reading.close()


def opened_from_disk(download: Download, *, folder: Path) -> Path:
    """The page in the file, which has a folder around it where the conversation has pictures."""
    saved = folder / download.suggested_filename
    download.save_as(saved)
    if saved.suffix != ".zip":
        return saved
    with zipfile.ZipFile(saved) as archive:
        archive.extractall(folder)
    return next(iter(sorted(folder.rglob("*.html"))))
