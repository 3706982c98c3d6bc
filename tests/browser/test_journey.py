"""What a business does in its first hours, in one go and by several hands: from signing in to rolling back."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.ai.state import State, text_of
from tests.ai.conftest import KEY, FarEnd
from tests.bots.files import pdf_of
from tests.browser.chromium import flawless
from tests.browser.demo import Demo

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst; a file is read by the worker.
ANSWER = 20_000
BAKERY, NUMBER, SECOND = "Lumen Bakery", "+14155238886", "+14155550142"
ANN, PASSWORD = "ann@lumen.test", "a-fine-long-password"
PHONE = "+15557770009"


class Character(State):
    """A model that shows what it was told: its first sentence, and the line that has most of the question's words."""

    def reply_to(self, messages: list[dict[str, Any]]) -> str:
        told = "\n".join(text_of(one) for one in messages if one["role"] == "system")
        question = text_of([one for one in messages if one["role"] == "user"][-1])
        asked = set(re.findall(r"\w{4,}", question.lower()))
        lines = [line for line in told.splitlines()[1:] if asked & set(re.findall(r"\w+", line.lower()))]
        best = max(lines, key=lambda line: len(asked & set(re.findall(r"\w+", line.lower()))), default="")
        return f"{told.splitlines()[0]} {best}".strip()


@pytest.fixture(scope="module")
def ai(provider: FarEnd) -> FarEnd:
    provider.app.state.sandbox = Character(keys={KEY})
    return provider


def answer(demo: Demo, question: str, *, number: str = NUMBER) -> str:
    """What the customer's phone shows next after a question, but for the greeting."""
    before = len(replies(demo, number=number))
    sent = {"from": PHONE, "to": number, "body": question}
    httpx2.post(f"{demo.twilio_url()}/sandbox/send", json=sent, trust_env=False, timeout=30).raise_for_status()
    deadline = time.monotonic() + ANSWER / 1000
    while not (got := [one for one in replies(demo, number=number)[before:] if not one.startswith("Welcome")]):
        assert time.monotonic() < deadline, f"Nobody answers: {question}"
        time.sleep(0.2)
    return got[-1]


def replies(demo: Demo, *, number: str) -> list[str]:
    query = {"number": number, "user": PHONE}
    found = httpx2.get(f"{demo.twilio_url()}/sandbox/messages", params=query, trust_env=False).json()["messages"]
    return [message["body"] for message in found if message["direction"] == "outbound-api"]


def saved(page: Page, group: str) -> None:
    """The group says so; it saves itself a moment after the last key."""
    expect(page.locator(f"#{group}-saved")).to_have_text("Saved to draft", timeout=ANSWER)
    expect(page.locator(f"#{group}-form.htmx-request")).to_have_count(0, timeout=ANSWER)


@pytest.mark.timeout(420)
def test_from_signing_in_to_rolling_back(demo: Demo, browser: Browser, ai: FarEnd, tmp_path: Path) -> None:
    url, owner, password = demo.login(BAKERY)
    assert "2.40" in answer(demo, "How much is a croissant?")
    with flawless(browser) as page:
        signs_in(page, url=url, email=owner, password=password)
        invites(page, url=url)
    with flawless(browser) as page:
        joins(page, demo)
        chooses_a_model(page, url=url, ai=ai)
        changes_the_prompt(page, url=url)
        tries_it_in_the_playground(page)
        assert "owl" not in answer(demo, "And a baguette?"), "a draft answers nobody"
        publishes(page, url=url)
        assert answer(demo, "And a baguette, please?").startswith("You are the owl of Lumen Bakery.")

        adds_a_price_list(page, url=url, folder=tmp_path)
        assert "64 EUR" in answer(demo, "What is the party platter?")
        connects_a_second_number(page, demo, url=url)
        assert "64 EUR" in answer(demo, "What is the party platter?", number=SECOND)

        rolls_back(page, url=url)
    said = answer(demo, "How much is a croissant?")
    assert "2.40" in said
    assert "owl" not in said
    assert "64 EUR" in answer(demo, "How much is the party platter?"), "what the bot knows is no part of a version"


def signs_in(page: Page, *, url: str, email: str, password: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name="Sign in to Lumen Bakery")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def invites(page: Page, *, url: str) -> None:
    page.goto(urljoin(url, "/team/"))
    page.get_by_label("Email").fill(ANN)
    page.get_by_label("Role", exact=True).select_option("admin")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(f"An invitation is on its way to {ANN}")).to_be_visible()


def joins(page: Page, demo: Demo) -> None:
    """By the link in the mail, read where the demo shows its mail."""
    page.goto(demo.mail_url())
    page.get_by_role("link", name=f"to {ANN}").first.click()
    link = page.get_by_role("link", name="/invitations/").get_attribute("href")
    assert link
    page.goto(link)
    page.get_by_label("Your name").fill("Ann Archer")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def chooses_a_model(page: Page, *, url: str, ai: FarEnd) -> None:
    page.goto(urljoin(url, "/bot/provider/"))
    page.get_by_label("OpenAI-compatible server").check()
    page.locator("#provider-form").get_by_label("Server", exact=True).fill(f"http://127.0.0.1:{ai.port}/v1")
    saved(page, "provider")
    page.get_by_role("link", name="Add API key", exact=True).click()
    # Whoever joined a moment ago is not asked for the password again.
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Put it into the draft").click()
    page.locator("#provider-form").get_by_label("Model", exact=True).fill("echo-small")
    saved(page, "provider")
    page.get_by_role("button", name="Test the draft's provider").click()
    expect(page.get_by_text("It answers, in")).to_be_visible(timeout=ANSWER)


def changes_the_prompt(page: Page, *, url: str) -> None:
    page.goto(urljoin(url, "/bot/"))
    page.get_by_label("Who is your bot").fill("You are the owl of {business}.")
    saved(page, "instructions")


def tries_it_in_the_playground(page: Page) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Playground").first.click()
    page.get_by_label("Your question").fill("Who are you?")
    page.get_by_role("button", name="Send").click()
    draft = page.get_by_role("region", name="Draft")
    expect(draft).to_contain_text("You are the owl of Lumen Bakery.", timeout=ANSWER)


def publishes(page: Page, *, url: str) -> None:
    page.goto(urljoin(url, "/bot/"))
    page.get_by_role("link", name="Review and publish").click()
    expect(page.get_by_text("You are the owl of {business}.")).to_be_visible(timeout=ANSWER)
    page.get_by_label("Why this change?").fill("An owl")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 2 answers from the next message on.")).to_be_visible(timeout=ANSWER)


def adds_a_price_list(page: Page, *, url: str, folder: Path) -> None:
    prices = folder / "Catering prices.pdf"
    prices.write_bytes(pdf_of("Party platter for ten people: 64 EUR", "Zucchini quiche: 18 EUR"))
    page.goto(urljoin(url, "/knowledge/"))
    page.get_by_label("Add files").set_input_files(prices)
    expect(page.get_by_role("row").filter(has_text="Catering prices")).to_contain_text("In use", timeout=ANSWER)


def connects_a_second_number(page: Page, demo: Demo, *, url: str) -> None:
    account, token = demo.spare(SECOND)
    page.goto(urljoin(url, "/channels/"))
    page.get_by_role("link", name="Connect a number").click()
    page.get_by_role("link", name="Continue with Twilio").click()
    page.get_by_label("Account SID").fill(account)
    page.get_by_label("Auth Token").fill(token)
    page.get_by_label("WhatsApp number").fill(SECOND)
    page.get_by_label("Name").fill("Orders")
    page.get_by_role("button", name="Check and connect").click()
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    page.get_by_role("button", name="Set it for me").click()
    expect(page.get_by_text("This ticks by itself.")).to_be_visible()
    answer(demo, "Hello?", number=SECOND)
    expect(page.get_by_text("It came, and it is really from Twilio.")).to_be_visible()
    page.get_by_label("Your own WhatsApp number").fill(PHONE)
    page.get_by_role("button", name="Send a test message").click()
    expect(page.get_by_text("It arrived.")).to_be_visible(timeout=ANSWER)


def rolls_back(page: Page, *, url: str) -> None:
    page.goto(urljoin(url, "/bot/versions/"))
    page.get_by_role("link", name="Version 1", exact=True).click()
    page.get_by_role("button", name="Roll back to this").click()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("Version 3 answers from the next message on: what version 1 was.")).to_be_visible(
        timeout=ANSWER
    )
