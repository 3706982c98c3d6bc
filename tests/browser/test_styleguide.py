"""Every page in both themes: no error on the console, nothing that the Content-Security-Policy stops, nothing that axe finds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.demo import Demo
from tests.screenshots.errors import ERRORS, open_error
from tests.screenshots.pages import BAKERY, Shown, Visitor
from tests.screenshots.visit import THEMES, WIDTHS, address, of, session, settle

pytestmark = pytest.mark.browser


def complaints_of(page: Page) -> list[str]:
    """What the page's console complains about, from now on."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    return complaints


def found_by_axe(page: Page) -> list[tuple[str, list[str]]]:
    violations = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in violations]


def visit(context: BrowserContext, demo: Demo, shown: Shown) -> list[str]:
    """What is wrong with a page, each in one line."""
    page = context.new_page()
    complaints = complaints_of(page)
    response = page.goto(address(demo, shown))
    assert response
    settle(page)
    wrong = [f"{shown.name}: {complaint}" for complaint in complaints]
    wrong += [f"{shown.name}: HTTP {response.status}"] if response.status != 200 else []
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    wrong += [f"{shown.name}: wider than the window"] if too_wide else []
    wrong += [f"{shown.name}: {rule} in {nodes}" for rule, nodes in found_by_axe(page)]
    page.close()
    return wrong


@pytest.mark.parametrize("visitor", ["nobody", "owner", "operator"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_page_is_free_of_errors_and_barriers(
    theme: str, width: int, visitor: Visitor, browser: Browser, demo: Demo
) -> None:
    context = session(browser, demo, visitor=visitor, theme=theme, width=width)
    try:
        assert [wrong for shown in of(visitor) for wrong in visit(context, demo, shown)] == []
    finally:
        context.close()


@pytest.mark.parametrize("theme", THEMES)
def test_error_pages_are_free_of_barriers(theme: str, browser: Browser, demo: Demo) -> None:
    context = session(browser, demo, visitor="nobody", theme=theme, width=390)
    url, _, _ = demo.login(BAKERY)
    page = context.new_page()
    found = []
    for name in ERRORS:
        open_error(page, url=url, name=name)
        found += [f"{name}: {rule} in {nodes}" for rule, nodes in found_by_axe(page)]
    context.close()
    assert found == []


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


def test_a_script_written_into_a_page_does_not_run(browser: Browser, demo: Demo) -> None:
    context = session(browser, demo, visitor="nobody", theme="light", width=1440)
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto(address(demo, Shown(name="sign-in", path="/accounts/login/")))
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in complaints)
    context.close()


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
