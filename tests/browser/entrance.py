"""Coming in where signing in is not what is tested: by the form once, by the same session's cookies after that."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.demo import Demo


def let_in(context: BrowserContext, demo: Demo, *, place: str) -> str:
    """The context is signed in as the owner of `place`, as the demo names it; the place's address."""
    url, email, password = demo.login(place)
    if place not in demo.cookies:
        page = context.new_page()
        page.goto(f"{url}accounts/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page).to_have_url(url)
        page.close()
        demo.cookies[place] = context.cookies()
    context.add_cookies(demo.cookies[place])
    return url


def enter(page: Page, demo: Demo, *, place: str) -> str:
    """The overview of `place`, opened as its owner; its address."""
    url = let_in(page.context, demo, place=place)
    page.goto(url)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    page.wait_for_load_state()
    return url
