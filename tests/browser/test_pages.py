"""Every page in both themes: no error on the console, nothing that the Content-Security-Policy stops, nothing that axe finds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.accessibility import barriers
from tests.browser.chromium import complaints_of
from tests.browser.demo import Demo
from tests.browser.entrance import let_in
from tests.screenshots import desk
from tests.screenshots.errors import ERRORS, open_error
from tests.screenshots.pages import BAKERY, Shown, Visitor
from tests.screenshots.states import EMPTY, FLORIST, WRONG, begin, go_wrong, show
from tests.screenshots.visit import WIDTHS, converse, go, of, session, settle

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def _spoken(running_demo: Demo, browser: Browser) -> None:
    """Somebody has written to the bakery: lists have something to list."""
    converse(browser, running_demo)


def visit(context: BrowserContext, demo: Demo, shown: Shown) -> list[str]:
    """What is wrong with a page, each in one line."""
    page = context.new_page()
    complaints = complaints_of(page)
    response = go(page, demo, shown)
    settle(page)
    wrong = [] if response.status == 200 else [f"HTTP {response.status}"]
    wrong += ["wider than the window"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else []
    wrong += barriers(page)
    page.close()
    return [f"{shown.name}: {one}" for one in (*complaints, *wrong)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("visitor", ["nobody", "owner", "operator"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_free_of_errors_and_barriers(width: int, visitor: Visitor, browser: Browser, demo: Demo) -> None:
    context = session(browser, demo, visitor=visitor, theme="light", width=width)
    try:
        assert [wrong for shown in of(visitor) for wrong in visit(context, demo, shown)] == []
    finally:
        context.close()


@pytest.mark.timeout(600)
def test_pages_that_are_empty_and_pages_where_something_went_wrong_shut_nobody_out(
    browser: Browser, demo: Demo
) -> None:
    begin(demo)
    context = session(browser, demo, visitor="nobody", theme="light", width=390)
    url = let_in(context, demo, place=FLORIST)
    found = []
    for states in (EMPTY, WRONG):
        if states is WRONG:
            go_wrong(browser, demo)
        for shown in states:
            page = context.new_page()
            show(page, shown, url=url)
            found += [f"{shown.name}: {one}" for one in barriers(page)]
            page.close()
    context.close()
    assert found == []


@pytest.mark.timeout(600)
def test_conversations_in_the_midst_of_work_shut_nobody_out(browser: Browser, demo: Demo) -> None:
    desk.begin(browser, demo)
    context = session(browser, demo, visitor="owner", theme="light", width=390)
    url, _, _ = demo.login(BAKERY)
    found = []
    for shown in desk.DESK:
        page = context.new_page()
        complaints = complaints_of(page)
        show(page, shown, url=url)
        wide = ["wider than the window"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else []
        found += [f"{shown.name}: {one}" for one in (*complaints, *wide, *barriers(page))]
        page.close()
    context.close()
    assert found == []


def test_error_pages_are_free_of_barriers(browser: Browser, demo: Demo) -> None:
    context = session(browser, demo, visitor="nobody", theme="light", width=390)
    url, _, _ = demo.login(BAKERY)
    page = context.new_page()
    found = []
    for name in ERRORS:
        open_error(page, url=url, name=name)
        found += [f"{name}: {one}" for one in barriers(page)]
    context.close()
    assert found == []


def test_on_a_phone_the_current_tab_is_in_sight_and_a_text_has_room(browser: Browser, demo: Demo) -> None:
    context = session(browser, demo, visitor="owner", theme="light", width=390)
    page = context.new_page()
    url, _, _ = demo.login(BAKERY)
    page.goto(f"{url}bot/versions/")
    current = page.get_by_role("navigation", name="Bot").get_by_role("link", name="Versions")
    expect(current).to_have_attribute("aria-current", "page")
    expect(current).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("scrollY") == 0
    page.goto(f"{url}bot/")
    box = page.get_by_label("Sent once, before the first answer").bounding_box()
    assert box
    assert box["height"] >= 96, "three lines at least"
    context.close()


def test_a_script_written_into_a_page_does_not_run(browser: Browser, demo: Demo) -> None:
    context = session(browser, demo, visitor="nobody", theme="light", width=1440)
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto(demo.login(BAKERY)[0] + "accounts/login/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in complaints)
    context.close()
