"""What a newcomer sees: `bin/demo`, its phone, its dashboards."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo import Demo
from tests.browser.entrance import enter

pytestmark = pytest.mark.browser
#: Milliseconds. An answer waits 1.5 s for the rest of a burst.
ANSWER = 20_000


def ask(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def replies(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages").locator("[data-direction=in][data-sid]")


def test_both_businesses_answer_on_the_phone(demo: Demo, page: Page) -> None:
    page.goto(demo.phone_url())
    expect(page.get_by_role("heading", name="Lumen Bakery")).to_be_visible()
    ask(page, "how much is a croissant?")
    expect(replies(page).last).to_contain_text("2.40", timeout=ANSWER)

    page.get_by_role("link", name="Back to chats").click()
    # Beside its number the clinic has one that nobody has connected yet, the Front Desk.
    page.get_by_role("link", name="Harbor Clinic").filter(has_not_text="Front Desk").click()
    expect(page.get_by_role("heading", name="Harbor Clinic", exact=True)).to_be_visible()
    ask(page, "when are you open on friday?")
    expect(replies(page).last).to_contain_text("8:00 to 14:00", timeout=ANSWER)
    expect(replies(page)).to_have_count(1)


def test_the_clinic_s_number_at_meta_answers_too_and_its_dashboard_shows_both(demo: Demo, page: Page) -> None:
    page.goto(demo.meta_phone_url())
    expect(page.get_by_role("heading", name="Harbor Clinic Line")).to_be_visible()
    ask(page, "when are you open on friday?")
    expect(replies(page).last).to_contain_text("8:00 to 14:00", timeout=ANSWER)

    enter(page, demo, place="Harbor Clinic")
    page.get_by_role("link", name="Numbers").first.click()
    expect(page.get_by_role("main").get_by_role("row").filter(has_text="Meta")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("row").filter(has_text="Twilio")).to_be_visible()


def test_a_photo_and_a_voice_note_sent_by_meta_are_answered_and_shown_in_the_inbox(demo: Demo, page: Page) -> None:
    page.goto(demo.meta_phone_url())
    before = replies(page).count()
    for what in ("Photo", "Voice note"):
        page.get_by_role("button", name="Attach").click()
        page.get_by_role("button", name=what, exact=True).click()
    mine = page.get_by_role("log", name="Messages").locator("[data-direction=out]")
    expect(mine.get_by_role("img", name="Photo: photo.jpg")).to_be_visible()
    expect(mine.last.locator("audio")).to_be_visible()
    expect(replies(page).nth(before)).to_be_visible(timeout=ANSWER)

    url = enter(page, demo, place="Harbor Clinic")
    page.goto(f"{url}conversations/")
    page.get_by_role("list", name="Conversations").get_by_role("link").first.click()
    thread = page.get_by_role("region", name="Conversation with")
    photo = thread.get_by_role("link", name="Photo").get_by_role("img")
    expect(photo).to_be_visible(timeout=ANSWER)
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(thread.locator("audio")).to_be_visible(timeout=ANSWER)


def test_the_owner_signs_in_to_the_dashboard(demo: Demo, page: Page) -> None:
    url, email, password = demo.login("Lumen Bakery")
    page.goto(url)
    expect(page.get_by_role("heading", name="Sign in to Lumen Bakery")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(url)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    expect(page.locator("main")).to_contain_text("+1 415-523-8886")


def test_what_is_not_there_is_told_as_everybody_else_is_told(demo: Demo) -> None:
    url, _, _ = demo.login("Lumen Bakery")
    host = {"Host": urlsplit(url).netloc}
    answer = httpx2.get(f"http://127.0.0.1:{demo.web_port}/nowhere/", headers=host, trust_env=False)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert "DEBUG" not in answer.text


def test_ctrl_c_ends_all_of_it_and_the_next_start_goes_on_beside_a_taken_port(demo: Demo, page: Page) -> None:
    page.goto(demo.phone_url())
    ask(page, "do you have rye bread?")
    expect(replies(page).last).to_contain_text("7.20", timeout=ANSWER)
    page.goto(demo.meta_phone_url())
    ask(page, "are you open on monday?")
    expect(replies(page).last).to_contain_text("Monday", timeout=ANSWER)
    page.goto("about:blank")

    assert demo.interrupt() == 0
    assert demo.processes() == []
    assert "The data is kept" in demo.said()

    with socket.create_server(("127.0.0.1", demo.phone_port)):
        demo.start()
    told = re.search(rf"Port {demo.phone_port} is taken: the phone listens on (\d+)\.", demo.said())
    assert told
    assert f":{told[1]}/" in demo.phone_url()
    page.goto(demo.phone_url())
    expect(replies(page).last).to_contain_text("7.20")
    page.goto(demo.meta_phone_url())
    expect(replies(page).last).to_contain_text("Monday")
    page.goto(demo.phone_url())
    ask(page, "and a baguette?")
    expect(replies(page).last).to_contain_text("2.10", timeout=ANSWER)
