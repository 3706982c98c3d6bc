"""What somebody has written to a customer is never lost, never sent twice, and never sent to whom it was not meant for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, Route, expect

from sandbox.procfile import PROJECT
from tests.browser.bakery import BAKERYS_SCHEMA, LIVE, bubble, field, follow, opened, run, thread_of, write
from tests.browser.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
ADA, GRACE = "Ada Lovelace", "Grace Hopper"
PHONES = {ADA: "+15550200001", GRACE: "+15550200002"}
SAMPLES = PROJECT / "sandbox" / "twilio" / "static" / "samples"
TAKE_OVER = f"""{BAKERYS_SCHEMA}
from bots.models import Conversation
with schema_context(schema):
    Conversation.objects.update(mode="{{mode}}")
"""

#: The request arrives, and the page never hears of it.
LOSE_AN_ANSWER = """
const ask = window.fetch;
let isLost = false;
window.fetch = async (url, how) => {
  const answer = await ask(url, how);
  if (isLost || !String(url).endsWith("/reply/")) return answer;
  isLost = true;
  throw new TypeError("Lost");
};
"""


@pytest.fixture
def ours(demo: Demo) -> Demo:
    """Ada and Grace have written, and a member answers them."""
    for name, phone in PHONES.items():
        write(demo, phone, "Hello", name=name)
    run(demo, TAKE_OVER.format(mode="human"))
    return demo


def kind(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def test_a_note_stays_a_note_and_a_reply_a_reply_wherever_one_goes_meanwhile(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours, may_be_cut_off=True) as page:
        thread_of(page, ours, ADA)
        field(page).fill("Two euro")
        kind(page, "Private note").check(force=True)
        expect(field(page)).to_have_value("", timeout=LIVE)
        field(page).fill("She never pays")

        follow(page, GRACE)
        expect(field(page)).to_have_value("", timeout=LIVE)
        expect(kind(page, "Reply")).to_be_checked(timeout=LIVE)
        follow(page, ADA)
        expect(field(page)).to_have_value("She never pays", timeout=LIVE)
        expect(kind(page, "Private note")).to_be_checked(timeout=LIVE)
        page.reload()
        expect(field(page)).to_have_value("She never pays", timeout=LIVE)
        expect(kind(page, "Private note")).to_be_checked(timeout=LIVE)
        kind(page, "Reply").check(force=True)
        expect(field(page)).to_have_value("Two euro", timeout=LIVE)

        beside = page.context.new_page()
        thread_of(beside, ours, ADA)
        expect(field(beside)).to_have_value("Two euro", timeout=LIVE)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(field(beside)).to_have_value("", timeout=LIVE)


def test_a_reply_that_was_begun_outlives_the_bot_between(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours, may_be_cut_off=True) as page:
        thread_of(page, ours, GRACE)
        field(page).fill("Let me see")
        run(ours, TAKE_OVER.format(mode="bot"))
        kept = page.get_by_text("The reply that you had begun is kept.")
        expect(kept).to_be_visible(timeout=LIVE)
        page.get_by_role("button", name="Take over").click()
        expect(field(page)).to_have_value("Let me see", timeout=LIVE)
        expect(kept).to_have_count(0)


def test_without_a_network_it_waits_and_arrives_once_in_its_order(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours, may_be_cut_off=True) as page:
        thread = thread_of(page, ours, ADA)
        page.context.set_offline(True)
        for words in ("First of all", "Second of all"):
            field(page).fill(words)
            page.keyboard.press("Enter")
            expect(field(page)).to_have_value("")
        expect(page.get_by_text("What you sent waits here")).to_be_visible(timeout=LIVE)
        expect(thread.locator(".message-ghost")).to_have_count(2)
        page.context.set_offline(False)
        expect(thread.locator(".message-ghost")).to_have_count(0, timeout=LIVE)
        assert [bubble(thread, words).count() for words in ("First of all", "Second of all")] == [1, 1]
        said = thread.get_by_role("article").all_inner_texts()
        assert ["First" in said[-2], "Second" in said[-1]] == [True, True]


def test_an_answer_that_is_lost_on_its_way_back_sends_nothing_twice(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours, may_be_cut_off=True) as page:
        page.add_init_script(LOSE_AN_ANSWER)
        thread = thread_of(page, ours, ADA)
        tries: list[Response] = []

        def is_again(response: Response) -> bool:
            tries.extend([response] if response.url.endswith("/reply/") else [])
            return len(tries) == 2

        with page.expect_response(is_again, timeout=LIVE):
            field(page).fill("Once is enough")
            page.keyboard.press("Enter")
        assert [one.status for one in tries] == [204, 204]
        expect(thread.locator(".message-ghost")).to_have_count(0, timeout=LIVE)
        page.reload()
        expect(bubble(thread, "Once is enough")).to_have_count(1)
        expect(field(page)).to_have_value("")


def test_what_is_refused_comes_back_before_what_was_written_since(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours, may_be_cut_off=True) as page:
        thread_of(page, ours, ADA)
        page.route("**/reply/", once(lambda route: route.fulfill(status=403, body="No")))
        field(page).fill("The first half")
        page.keyboard.press("Enter")
        expect(page.get_by_text("That was not sent.")).to_be_visible(timeout=LIVE)
        expect(field(page)).to_have_value("The first half")
        page.keyboard.press("Control+End")
        page.keyboard.type(", and the second")
        page.keyboard.press("Enter")
        expect(bubble(page.locator("#thread"), "The first half, and the second")).to_have_count(1, timeout=LIVE)


def test_several_files_are_sent_one_after_the_other_and_the_first_with_the_words(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours) as page:
        thread = thread_of(page, ours, GRACE)
        page.locator("[data-file]").set_input_files([SAMPLES / "photo.jpg", SAMPLES / "menu.pdf"])
        expect(page.get_by_text("photo.jpg, menu.pdf")).to_be_visible()
        field(page).fill("Our counter, and what we bake")
        page.keyboard.press("Enter")
        expect(bubble(thread, "Our counter").get_by_role("link", name=re.compile("Photo"))).to_be_visible(timeout=LIVE)
        expect(bubble(thread, "menu.pdf").get_by_role("link", name=re.compile("menu.pdf"))).to_be_visible(timeout=LIVE)
        expect(thread.locator(".message-ghost")).to_have_count(0, timeout=LIVE)
        expect(thread.get_by_role("article").filter(has_text="Our counter")).to_have_count(1)


def once(answer: Callable[[Route], object]) -> Callable[[Route], None]:
    """The first request is answered so; all others as they are."""
    answered: list[Route] = []

    def handle(route: Route) -> None:
        if answered:
            route.continue_()
        else:
            answered.append(route)
            answer(route)

    return handle
