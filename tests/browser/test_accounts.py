"""From an invitation by mail to signing in with a second step, as people do it."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.chromium import flawless
from tests.browser.demo import Demo
from tests.dashboard.totp import steady_code

pytestmark = pytest.mark.browser
PASSWORD = "a-fine-long-password"


def sign_in(page: Page, *, url: str, email: str, password: str) -> None:
    page.goto(url)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, *, url: str) -> None:
    page.goto(urljoin(url, "/accounts/logout/"))
    page.get_by_role("button", name="Sign out").last.click()
    expect(page.get_by_role("heading", name="Sign in to")).to_be_visible()


def invite(page: Page, *, url: str, email: str, role: str) -> None:
    """By keyboard alone."""
    page.goto(urljoin(url, "/team/"))
    page.get_by_label("Email").focus()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(role)
    expect(page.get_by_label("Role", exact=True)).to_have_value(role)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"An invitation is on its way to {email}")).to_be_visible()


def invitation(page: Page, *, demo: Demo, email: str) -> str:
    """The link in the mail that came for somebody, read on the demo's page of mail."""
    page.goto(demo.mail_url())
    page.get_by_role("link", name=f"to {email}").first.click()
    link = page.get_by_role("link", name="/invitations/").get_attribute("href")
    assert link
    return link


def test_a_colleague_comes_by_mail_sets_up_the_app_and_signs_in_with_it(demo: Demo, browser: Browser) -> None:
    url, owner, password = demo.login("Lumen Bakery")
    with flawless(browser) as page:
        sign_in(page, url=url, email=owner, password=password)
        invite(page, url=url, email="ann@lumen.test", role="admin")
        is_accessible(page)
        link = invitation(page, demo=demo, email="ann@lumen.test")

    with flawless(browser) as page:
        page.goto(link)
        is_accessible(page)
        # By keyboard alone, from here to the dashboard.
        page.get_by_label("Your name").focus()
        page.keyboard.type("Ann Archer")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

        page.goto(urljoin(url, "/account/"))
        is_accessible(page)
        page.get_by_role("link", name="Set up an authenticator app").click()
        page.get_by_text("No camera? Type the key").click()
        is_accessible(page)
        secret = page.locator("[data-secret]").inner_text()
        page.get_by_label("Six digits").fill(steady_code(secret))
        page.get_by_role("button", name="Switch it on").click()
        expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
        expect(page.get_by_role("list", name="Recovery codes").get_by_role("listitem")).to_have_count(10)
        is_accessible(page)

        sign_out(page, url=url)
        is_accessible(page)
        sign_in(page, url=url, email="ann@lumen.test", password=PASSWORD)
        expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        is_accessible(page)
        page.get_by_label("Code from your app").fill(steady_code(secret))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_a_passkey_replaces_the_password(demo: Demo, browser: Browser) -> None:
    url, owner, password = demo.login("Lumen Bakery")
    with flawless(browser) as page:
        sign_in(page, url=url, email=owner, password=password)
        invite(page, url=url, email="kay@lumen.test", role="viewer")
        link = invitation(page, demo=demo, email="kay@lumen.test")

    with flawless(browser) as page:
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        verified = {"isUserVerified": True, "automaticPresenceSimulation": True}
        device.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, **verified}})

        page.goto(link)
        page.get_by_label("Your name").fill("Kay")
        page.get_by_label("Choose a password").fill(PASSWORD)
        page.get_by_role("button", name="Join").click()
        page.goto(urljoin(url, "/account/"))
        page.get_by_role("link", name="Add a passkey").click()
        is_accessible(page)
        page.get_by_role("button", name="Add it").click()
        expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

        sign_out(page, url=url)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        page.goto(urljoin(url, "/account/"))
        expect(page.get_by_text("kay@lumen.test").first).to_be_visible()

        sign_out(page, url=url)
        sign_in(page, url=url, email="kay@lumen.test", password=PASSWORD)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
