"""Taking data along and having somebody erased: a real worker, real files, a page that reads like the chat."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import barriers, is_accessible
from tests.browser.bakery import bubble, opened, thread_of, write
from tests.browser.chromium import complaints_of
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY
from tests.screenshots.visit import settle

pytestmark = pytest.mark.browser
#: Milliseconds.
WRITTEN = 20_000
IS_DRAWN = "image => image.decode().then(() => image.naturalWidth > 0)"


def export(page: Page, *, kind: str) -> Path:
    """Ask for it on the page that is open, wait until the worker has written it, download it."""
    choice = page.get_by_role("radio", name=kind)
    page.locator("label").filter(has=choice).click()
    expect(choice).to_be_checked()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("It is being written.")).to_be_visible()
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("Ready", timeout=WRITTEN)
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    return Path(download.value.path())


def test_everything_is_taken_along_in_each_format(spoken: Demo, browser: Browser, tmp_path: Path) -> None:
    with opened(browser, spoken, path="exports/") as page:
        is_accessible(page)
        document = json.loads(export(page, kind="For programs").read_text())
        assert document["business"] == BAKERY
        messages = document["conversations"][0]["messages"]
        assert "croissant" in messages[0]["text"]
        is_accessible(page)

        with export(page, kind="A table").open(encoding="utf-8-sig", newline="") as table:
            assert next(row["Text"] for row in csv.DictReader(table)) == messages[0]["text"]

        saved = tmp_path / "page.html"
        saved.write_bytes(export(page, kind="A page to read").read_bytes())
        reading = page.context.new_page()
        complaints = complaints_of(reading)
        reading.goto(saved.as_uri())
        expect(reading.get_by_role("heading", name=f"Conversations of {BAKERY}")).to_be_visible()
        expect(reading.locator(".message").first).to_contain_text("croissant")
        assert reading.evaluate("getComputedStyle(document.querySelector('.message.out')).borderRadius") == "10px"
        assert complaints == [], "its own style is allowed by its own policy"
        reading.close()


def test_an_export_is_deleted_and_asked_for_by_keyboard(spoken: Demo, browser: Browser) -> None:
    with opened(browser, spoken, path="exports/") as page:
        rows = page.locator("#exports tbody tr")
        before = rows.count()
        page.get_by_role("button", name="Delete").first.click()
        expect(page.get_by_text("The export is deleted.")).to_be_visible()
        expect(rows).to_have_count(before - 1)
        page.keyboard.press("g")
        page.keyboard.press("e")
        expect(page.get_by_role("heading", name="Exports", level=1)).to_be_visible()
        page.get_by_role("radio", name="For programs").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("It is being written.")).to_be_visible()


def test_one_contact_is_exported_and_erased_from_the_conversation_and_the_proof_is_found(
    spoken: Demo, browser: Browser
) -> None:
    url = spoken.login(BAKERY)[0]
    with opened(browser, spoken, path="exports/") as page:
        page.goto(f"{url}conversations/?view=all")
        page.locator("#conversation-list a[data-row]").first.click()
        page.get_by_role("link", name="Export or erase").click()
        expect(page.get_by_role("radio", name="All that is kept of")).to_be_checked()
        number = json.loads(export(page, kind="For programs").read_text())["contact"]["number"]
        page.go_back()
        page.goto(f"{url}conversations/?view=all")
        page.locator("#conversation-list a[data-row]").first.click()
        page.get_by_role("link", name="Export or erase").click()
        page.get_by_role("link", name="Erase this contact").click()
        expect(page.get_by_text("What is not erased here")).to_be_visible()
        is_accessible(page)

        page.get_by_label("To confirm, type ERASE").fill("erase")
        page.get_by_role("button", name="Erase this contact").click()
        expect(page.get_by_text("Nothing was erased.")).to_be_visible()
        page.get_by_label("To confirm, type ERASE").fill("ERASE")
        page.get_by_role("button", name="Erase this contact").click()
        expect(page.get_by_role("heading", name="Proof of an erasure")).to_be_visible()
        is_accessible(page)

        page.get_by_role("link", name="Erased contacts").click()
        page.get_by_label("Phone number").fill(number)
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text("was erased", exact=False).first).to_be_visible()
        is_accessible(page)
        assert number.lstrip("+") not in page.url

        page.goto(f"{url}conversations/?view=all")
        settle(page)
        expect(page.locator("#conversation-list a[data-row]")).to_have_count(0)


def test_the_pages_fit_a_phone(spoken: Demo, browser: Browser) -> None:
    with opened(browser, spoken, path="exports/", width=390) as page:
        for path in ("exports/", "exports/erasures/", "answers/"):
            page.goto(spoken.login(BAKERY)[0] + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            is_accessible(page)


def test_a_photo_comes_when_somebody_sees_it_and_is_in_the_exported_page_opened_from_disk(
    spoken: Demo, browser: Browser, tmp_path: Path
) -> None:
    """The bakery's bot sees no photos: nobody has fetched it before."""
    write(spoken, "+15557770177", "Is this one of yours?", media=["photo"], name="Grace Hopper")
    with opened(browser, spoken, path="conversations/") as page:
        thread = thread_of(page, spoken, "Grace Hopper")
        photo = bubble(thread, "Is this one of yours?").get_by_role("img", name="Photo")
        expect(photo).to_be_visible(timeout=WRITTEN)
        assert photo.evaluate(IS_DRAWN)

        page.get_by_role("link", name="Export", exact=True).click()
        expect(page.get_by_role("radio", name="A conversation with Grace")).to_be_checked()
        with ZipFile(export(page, kind="A page to read")) as archive:
            archive.extractall(tmp_path)
        expect(page.get_by_role("row").nth(1)).to_contain_text("HTML and files (ZIP)")
        reading = page.context.new_page()
        complaints = complaints_of(reading)
        reading.goto((tmp_path / "conversation.html").as_uri())
        shown = reading.locator(".message").filter(has_text="Is this one of yours?").get_by_role("img")
        expect(shown).to_be_visible()
        assert shown.evaluate(IS_DRAWN)
        assert barriers(reading) == []
        shown.click()
        expect(reading).to_have_url(re.compile(r"/files/0001-\S+\.jpg$"))
        assert complaints == [], "its own policy lets it have the files beside it"
        reading.close()
