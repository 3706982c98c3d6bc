"""A number at Meta, from its four secrets to its first answered message and a test message, as an admin does it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from sandbox.meta.client import MetaPhone
from tests.browser.accessibility import is_accessible
from tests.browser.chromium import flawless
from tests.browser.demo import Demo
from tests.browser.entrance import enter

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst.
ANSWER = 20_000
ID, BUSINESS = "106540352242922", "102290129340398"
TOKEN, SECRET = "a-system-users-token", "the-secret-of-the-app"
ADMINS_PHONE = "+447700900123"


@pytest.fixture
def at_meta(meta: MetaPhone, demo: Demo) -> MetaPhone:
    """Meta, where the bakery has a number that leads nowhere yet."""
    meta.reset()
    meta.add_number(
        phone_number_id=ID,
        name="Lumen Catering",
        display="14155550199",
        access_token=TOKEN,
        app_secret=SECRET,
        webhook_url="",
        deliver_to=f"http://127.0.0.1:{demo.web_port}",
        business_account=BUSINESS,
    )
    return meta


def test_a_number_at_meta_is_connected_answered_and_tried_out(demo: Demo, browser: Browser, at_meta: MetaPhone) -> None:
    with flawless(browser) as page:
        enter(page, demo, place="Lumen Bakery")
        page.get_by_role("link", name="Numbers").first.click()
        page.get_by_role("link", name="Connect a number").click()
        page.get_by_role("link", name="Continue with Meta").click()

        # Each mistake has its sentence, and no secret comes back.
        page.get_by_label("Phone number ID").fill(ID)
        page.get_by_label("WhatsApp Business Account ID").fill(BUSINESS)
        page.get_by_label("Access token").fill("one-that-ran-out")
        page.get_by_label("App secret").fill(SECRET)
        page.get_by_label("Name").fill("Catering")
        page.get_by_role("button", name="Check and connect").click()
        expect(page.get_by_text("Meta does not take this access token")).to_be_visible()
        expect(page.get_by_label("Access token")).to_have_value("")
        expect(page.get_by_label("Access token")).to_be_focused()
        is_accessible(page)
        page.get_by_label("Access token").fill(TOKEN)
        page.get_by_label("App secret").fill(SECRET)
        page.get_by_role("button", name="Check and connect").click()

        expect(page.get_by_role("heading", name="Catering", level=1)).to_be_visible()
        is_accessible(page)
        page.get_by_role("button", name="Set it for me").click()
        expect(page.get_by_text("Meta sends this number's messages here now.")).to_be_visible()
        expect(page.get_by_text("This ticks by itself.")).to_be_visible()

        # A forged one is told from the first good one, and both show by themselves.
        forged = at_meta.send(user=ADMINS_PHONE, number=ID, body="psst", signature="wrong")
        assert [answer["status"] for answer in forged["answers"]] == [403]
        expect(page.get_by_text("its signature was wrong").first).to_be_visible()
        at_meta.send(user=ADMINS_PHONE, number=ID, body="how much is a croissant?")
        expect(page.get_by_text("It came, and it is really from Meta.")).to_be_visible()
        page.get_by_label("Your own WhatsApp number").fill("+44 7700 900123")
        page.get_by_role("button", name="Send a test message").click()
        expect(page.get_by_text("It arrived.")).to_be_visible(timeout=ANSWER)
        expect(page.get_by_text("Working").first).to_be_visible()
        is_accessible(page)

        # Whoever sets the webhook by hand gets a verify token, once.
        page.goto(f"{page.url}verify-token/")
        page.get_by_role("button", name="Make a verify token").click()
        expect(page.get_by_text("Paste it now: it is not shown again.")).to_be_visible()
        is_accessible(page)
    said = [message["body"] for message in at_meta.messages(number=ID, user=ADMINS_PHONE)]
    assert any("2.40" in reply for reply in said), said
    assert any("This is a test from Lumen Bakery" in reply for reply in said), said
