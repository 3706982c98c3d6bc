"""The components, by keyboard and by hand, on the page that shows them all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import complaints_of
from tests.browser.demo import Demo
from tests.screenshots.pages import Shown
from tests.screenshots.visit import address, session, settle

pytestmark = pytest.mark.browser


@pytest.fixture
def guide(browser: Browser, demo: Demo) -> Iterator[Page]:
    """The style page, in a browser that is signed in, on a desktop; without a complaint when the test is over."""
    context = session(browser, demo, visitor="owner", theme="light", width=1440)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto(address(demo, Shown(name="styleguide", path="/styleguide/")))
    settle(page)
    yield page
    context.close()
    assert complaints == []


def test_the_palette_finds_a_page_and_goes_there_by_keyboard(guide: Page) -> None:
    guide.keyboard.press("Control+k")
    field = guide.get_by_role("combobox", name="Where to?")
    expect(field).to_be_focused()
    guide.keyboard.type("invite")
    palette = guide.get_by_role("dialog", name="Jump to")
    expect(palette.get_by_role("option")).to_have_count(1)
    expect(palette.get_by_role("option", name="Team")).to_have_attribute("aria-selected", "true")
    guide.keyboard.press("Enter")
    expect(guide).to_have_url(re.compile(r"/team/$"))


def test_the_palette_says_when_nothing_matches_and_starts_anew(guide: Page) -> None:
    guide.keyboard.press("Control+k")
    guide.keyboard.type("zzz")
    expect(guide.get_by_text("Nothing is called that.")).to_be_visible()
    guide.keyboard.press("Escape")
    guide.keyboard.press("Control+k")
    expect(guide.get_by_role("combobox", name="Where to?")).to_have_value("")
    expect(guide.get_by_role("option", name="Overview")).to_be_visible()


def test_g_and_a_letter_lead_to_a_page_but_not_while_typing(guide: Page) -> None:
    field = guide.get_by_label("Business name").first
    field.focus()
    guide.keyboard.type("gt")
    expect(field).to_have_value(re.compile("gt"))
    expect(guide).to_have_url(re.compile(r"/styleguide/$"))
    field.blur()
    guide.keyboard.type("go")
    expect(guide.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(guide: Page) -> None:
    guide.keyboard.press("?")
    keys = guide.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Search on this page")
    guide.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_j_and_k_walk_through_rows_and_a_slash_leads_to_the_search(guide: Page) -> None:
    guide.keyboard.press("j")
    expect(guide.get_by_role("link", name="Ada Lovelace")).to_be_focused()
    guide.keyboard.press("j")
    expect(guide.get_by_role("link", name="Ben")).to_be_focused()
    guide.keyboard.press("k")
    expect(guide.get_by_role("link", name="Ada Lovelace")).to_be_focused()
    guide.keyboard.press("/")
    expect(guide.get_by_role("searchbox")).to_be_focused()


def test_the_theme_that_was_chosen_is_there_before_the_next_page_is_drawn(guide: Page) -> None:
    light = guide.evaluate("getComputedStyle(document.body).backgroundColor")
    guide.get_by_role("button", name="lucie@").click()
    guide.get_by_label("Dark").check(force=True)
    dark = guide.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    guide.reload()
    assert guide.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    guide.get_by_role("button", name="lucie@").click()
    expect(guide.get_by_label("Dark")).to_be_checked()
    guide.get_by_label("System").check(force=True)
    assert guide.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_a_menu_is_walked_by_arrows_and_gives_the_focus_back(guide: Page) -> None:
    button = guide.get_by_role("button", name="Menu", exact=True)
    button.focus()
    guide.keyboard.press("Enter")
    guide.keyboard.press("ArrowDown")
    expect(guide.get_by_role("link", name="Edit")).to_be_focused()
    guide.keyboard.press("ArrowUp")
    expect(guide.get_by_role("button", name="Delete…")).to_be_focused()
    guide.keyboard.press("Enter")
    expect(guide.get_by_role("dialog", name="Delete the price list?")).to_be_visible()
    guide.keyboard.press("Escape")
    expect(guide.get_by_role("dialog", name="Delete the price list?")).to_be_hidden()


def test_text_is_copied(guide: Page) -> None:
    guide.get_by_role("button", name="Copy Webhook address", exact=True).click()
    expect(guide.get_by_role("button", name="Copied Webhook address", exact=True)).to_be_visible()
    assert guide.evaluate("navigator.clipboard.readText()") == "https://bots.example.com/api/whatsapp/webhook/"


def test_tags_are_added_and_removed_and_sent_as_one_field(guide: Page) -> None:
    field = guide.get_by_label("Words that fetch a person").first
    field.fill("boss")
    guide.keyboard.press("Enter")
    guide.get_by_role("button", name="Remove human").click()
    assert guide.locator("[name=filled-words]").input_value() == "person, help, boss"


def test_a_secret_is_replaced_only_on_purpose(guide: Page) -> None:
    secret = guide.locator("[name=filled-key]")
    expect(secret).to_be_hidden()
    guide.locator("[data-secret] summary").first.click()
    expect(secret).to_be_focused()
    secret.fill("new key")
    guide.locator("[data-secret] summary").first.click()
    expect(secret).to_have_value("")


def test_a_file_that_was_chosen_is_named(guide: Page) -> None:
    guide.locator("[name=filled-prices]").set_input_files(
        {"name": "prices.csv", "mimeType": "text/csv", "buffer": b"x" * 2048}
    )
    expect(guide.get_by_text("prices.csv (2 kB)")).to_be_visible()
