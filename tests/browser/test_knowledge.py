"""What the owner gives the bot, and what the phone hears of it: real files, a real worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bots.files import pdf_of
from tests.browser.chromium import complaints_of
from tests.browser.demo import Demo
from tests.screenshots.visit import session

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst; a file is read by the worker.
ANSWER = 20_000


@contextmanager
def opened(browser: Browser, demo: Demo, *, theme: str = "light", width: int = 1440) -> Iterator[Page]:
    """A page of the bakery's owner, on whose console no error may appear."""
    owner = session(browser, demo, visitor="owner", theme=theme, width=width)
    page = owner.new_page()
    complaints = complaints_of(page)
    yield page
    owner.close()
    assert complaints == []


def url_of(demo: Demo) -> str:
    return demo.login("Lumen Bakery")[0].rstrip("/")


def ask(browser: Browser, demo: Demo, text: str) -> str:
    """Write to the bakery on the phone; what it answers."""
    phone = browser.new_page()
    phone.goto(demo.phone_url())
    replies = phone.get_by_role("log", name="Messages").locator("[data-direction=in][data-sid]")
    expect(phone.get_by_role("heading", name="Lumen Bakery")).to_be_visible()
    phone.wait_for_load_state("networkidle")
    before = replies.count()
    phone.get_by_role("textbox", name="Message").fill(text)
    phone.keyboard.press("Enter")
    expect(replies).to_have_count(before + 1, timeout=ANSWER)
    said = replies.last.inner_text()
    phone.close()
    return said


def test_a_pdf_that_is_dropped_is_in_the_next_answer_on_the_phone(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    prices = tmp_path / "Catering prices.pdf"
    prices.write_bytes(pdf_of("Party platter for ten people: 64 EUR", "Zucchini quiche: 18 EUR"))
    scan = tmp_path / "Scan.pdf"
    scan.write_bytes(pdf_of())
    assert "64 EUR" not in ask(browser, demo, "how much is the party platter?")

    with opened(browser, demo, theme="light", width=1440) as page:
        page.goto(f"{url_of(demo)}/knowledge/")
        page.get_by_label("Add files").set_input_files([prices, scan])
        row = page.get_by_role("row").filter(has_text="Catering prices")
        expect(row).to_contain_text("In use", timeout=ANSWER)
        expect(page.get_by_role("row").filter(has_text="Scan")).to_contain_text("is a scan", timeout=ANSWER)
        assert "64 EUR" in ask(browser, demo, "how much is the party platter?")

        row.get_by_role("link", name="Catering prices").click()
        expect(page.get_by_text("Party platter for ten people: 64 EUR")).to_be_visible()
        page.get_by_role("button", name="Switch off").click()
        expect(page.get_by_role("button", name="Switch on")).to_be_visible()
        assert "64 EUR" not in ask(browser, demo, "how much is the party platter?")

        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("row").filter(has_text="Catering prices")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", name="Catering prices", level=1)).to_be_visible()


def test_a_text_is_written_and_tried_by_keyboard_alone(demo: Demo, browser: Browser) -> None:
    with opened(browser, demo, theme="dark", width=1440) as page:
        page.goto(f"{url_of(demo)}/")
        page.keyboard.press("g")
        page.keyboard.press("k")
        expect(page.get_by_role("heading", name="Knowledge", level=1)).to_be_visible()
        page.get_by_role("link", name="Add a text").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Title").focus()
        page.keyboard.type("Baking courses")
        page.keyboard.press("Tab")
        page.keyboard.type("We teach sourdough baking on the first Thursday of the month.")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Baking courses", level=1)).to_be_visible()

        page.get_by_role("link", name="Try a question").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Ask something")).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.keyboard.press("/")
        page.keyboard.type("when can i lern sourdoh baking")
        page.keyboard.press("Enter")
        first = page.locator("#found li").first
        expect(first).to_contain_text("first Thursday")
        expect(first.locator("mark").first).to_be_visible()
        expect(first).to_contain_text("“sourdoh” read as “sourdough”")
        assert "first Thursday" in ask(browser, demo, "when can i learn sourdough baking?")
