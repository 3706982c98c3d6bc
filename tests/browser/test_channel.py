"""A second number, from nothing to its first answered message and a test message, as an admin does it."""

from __future__ import annotations

from urllib.parse import urljoin

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.chromium import flawless
from tests.browser.demo import Demo
from tests.browser.entrance import enter

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst.
ANSWER = 20_000
BAKERYS, CLINICS = "+14155550142", "+442079460142"
ADMINS_PHONE = "+447700900123"


def write(demo: Demo, *, number: str, body: str, **more: str) -> list[str]:
    """The admin writes from their own phone; what the webhook answered."""
    sent = {"from": ADMINS_PHONE, "to": number, "body": body, **more}
    answer = httpx2.post(f"{demo.twilio_url()}/sandbox/send", json=sent, trust_env=False, timeout=30).json()
    return [str(one["status"] or one["error"]) for one in answer["answers"]]


def replies(demo: Demo, *, number: str) -> list[str]:
    query = {"number": number, "user": ADMINS_PHONE}
    found = httpx2.get(f"{demo.twilio_url()}/sandbox/messages", params=query, trust_env=False).json()["messages"]
    return [message["body"] for message in found if message["direction"] == "outbound-api"]


@pytest.mark.timeout(420)
def test_a_second_number_is_connected_answered_and_tried_out(demo: Demo, browser: Browser) -> None:
    account, token = demo.spare(BAKERYS)
    with flawless(browser) as page:
        enter(page, demo, place="Lumen Bakery")
        page.get_by_role("link", name="Numbers").first.click()
        is_accessible(page)
        page.get_by_role("link", name="Connect a number").click()
        is_accessible(page)
        page.get_by_role("link", name="Continue with Twilio").click()

        # Each mistake has its sentence, and nothing is kept.
        page.get_by_label("Account SID").fill("SK0123")
        page.get_by_label("Auth Token").fill("not this one")
        page.get_by_label("WhatsApp number").fill("555 0142")
        page.get_by_role("button", name="Check and connect").click()
        expect(page.get_by_text("This is the SID of an API key.")).to_be_visible()
        expect(page.get_by_label("Account SID")).to_be_focused()
        is_accessible(page)
        page.get_by_label("Account SID").fill(account)
        page.get_by_label("Auth Token").fill("0" * 32)
        page.get_by_label("WhatsApp number").fill("+1 (415) 555-0142")
        page.get_by_label("Name").fill("Orders")
        page.get_by_role("button", name="Check and connect").click()
        expect(page.get_by_text("Twilio does not know this pair")).to_be_visible()
        expect(page.get_by_label("Auth Token")).to_have_value("")
        page.get_by_label("Auth Token").fill(token)
        page.get_by_role("button", name="Check and connect").click()

        # Messages lead nowhere yet; then they come here.
        expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
        is_accessible(page)
        assert write(demo, number=BAKERYS, body="hello?") == ["no webhook is set for this number"]
        page.get_by_role("button", name="Set it for me").click()
        expect(page.get_by_text("Twilio sends this number's messages here now.")).to_be_visible()
        expect(page.get_by_text("This ticks by itself.")).to_be_visible()
        is_accessible(page)

        # A forged one is told from the first good one, and both show by themselves.
        assert set(write(demo, number=BAKERYS, body="psst", signature="wrong")) == {"403"}
        expect(page.get_by_text("its signature was wrong").first).to_be_visible()
        is_accessible(page)
        assert write(demo, number=BAKERYS, body="how much is a croissant?") == ["200"]
        expect(page.get_by_text("It came, and it is really from Twilio.")).to_be_visible()
        page.get_by_label("Your own WhatsApp number").fill("+15551230001")
        page.get_by_role("button", name="Send a test message").click()
        expect(page.get_by_text("Nobody has written to this number from that phone yet.")).to_be_visible()
        page.get_by_label("Your own WhatsApp number").fill("+44 7700 900123")
        page.get_by_role("button", name="Send a test message").click()
        expect(page.get_by_text("It arrived.")).to_be_visible(timeout=ANSWER)
        expect(page.get_by_text("Working").first).to_be_visible()
        is_accessible(page)
    said = replies(demo, number=BAKERYS)
    assert any("2.40" in reply for reply in said), said
    assert any("This is a test from Lumen Bakery" in reply for reply in said), said


def test_a_number_is_connected_by_keyboard_alone(demo: Demo, browser: Browser) -> None:
    account, token = demo.spare(CLINICS)
    with flawless(browser) as page:
        enter(page, demo, place="Harbor Clinic")
        page.keyboard.press("g")
        page.keyboard.press("n")
        expect(page.get_by_role("heading", name="Numbers", level=1)).to_be_visible()
        press_until_focused(page, name="Connect a number")
        expect(page.get_by_role("heading", name="Connect a number", level=1)).to_be_visible()
        press_until_focused(page, name="Continue with Twilio")
        expect(page.get_by_role("heading", name="Connect a Twilio number", level=1)).to_be_visible()
        press_until_focused(page, name="Account SID", then="")
        for text in (account, token, CLINICS, "Front desk"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Front desk", level=1)).to_be_visible()
        press_until_focused(page, name="Set it for me")
        expect(page.get_by_text("This ticks by itself.")).to_be_visible()
        assert write(demo, number=CLINICS, body="when are you open on friday?") == ["200"]
        expect(page.get_by_text("It came, and it is really from Twilio.")).to_be_visible()
        press_until_focused(page, name="Your own WhatsApp number", then="")
        page.keyboard.type(ADMINS_PHONE)
        page.keyboard.press("Enter")
        expect(page.get_by_text("It arrived.")).to_be_visible(timeout=ANSWER)


def press_until_focused(page: Page, *, name: str, then: str = "Enter") -> None:
    """Go on by Tab to what is called so, and press `then`."""
    for _ in range(60):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => { const e = document.activeElement; return (e.labels?.[0]?.textContent || e.textContent || '').trim(); }"
        )
        if label == name:
            break
    else:
        pytest.fail(f"Tab never comes to {name}")
    if then:
        page.keyboard.press(then)


def connect(page: Page, demo: Demo, *, url: str, number: str) -> None:
    """The number is connected, whether or not it was before."""
    account, token = demo.spare(number)
    page.goto(urljoin(url, "/channels/new/twilio/"))
    page.get_by_label("Account SID").fill(account)
    page.get_by_label("Auth Token").fill(token)
    page.get_by_label("WhatsApp number").fill(number)
    page.get_by_label("Name").fill("Orders")
    page.get_by_role("button", name="Check and connect").click()
    expect(
        page.get_by_role("heading", name="Orders", level=1).or_(
            page.get_by_text("You have connected this number already")
        )
    ).to_be_visible()


def test_a_removed_number_is_answered_no_more_and_comes_back(demo: Demo, browser: Browser) -> None:
    with flawless(browser) as page:
        url = enter(page, demo, place="Lumen Bakery")
        connect(page, demo, url=url, number=BAKERYS)
        page.goto(urljoin(url, "/channels/"))
        page.get_by_role("link", name="Orders").click()
        if page.get_by_role("button", name="Set it for me").is_visible():
            page.get_by_role("button", name="Set it for me").click()
            expect(page.get_by_text("This ticks by itself.")).to_be_visible()
        page.get_by_role("link", name="Edit").click()
        is_accessible(page)
        page.get_by_role("button", name="Remove").click()
        dialog = page.get_by_role("dialog", name="Remove Orders?")
        dialog.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("Orders is removed. Its conversations are kept.")).to_be_visible()
        assert set(write(demo, number=BAKERYS, body="still there?")) == {"404"}

        connect(page, demo, url=url, number=BAKERYS)
        expect(page.get_by_text("This ticks by itself.")).to_be_visible()
        assert write(demo, number=BAKERYS, body="and a baguette?") == ["200"]
        expect(page.get_by_text("It came, and it is really from Twilio.")).to_be_visible()


def test_the_token_is_replaced(demo: Demo, browser: Browser) -> None:
    _, token = demo.spare(BAKERYS)
    with flawless(browser) as page:
        url = enter(page, demo, place="Lumen Bakery")
        page.goto(urljoin(url, "/channels/"))
        page.get_by_role("link", name="+1 415-523-8886").click()
        page.get_by_role("link", name="Replace", exact=True).click()
        expect(page.get_by_role("heading", name="Replace the credentials")).to_be_visible()
        is_accessible(page)
        expect(page.get_by_label("Auth Token")).to_have_value("")
        page.get_by_label("Auth Token").fill(token)
        page.get_by_role("button", name="Check and replace").click()
        expect(page.get_by_text("Twilio accepts the new credentials.")).to_be_visible()
