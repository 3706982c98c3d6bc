"""What was begun and cannot be sent yet: files and templates wait in their conversation, drafts until their member leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from sandbox.procfile import PROJECT
from tests.browser.accessibility import barriers
from tests.browser.bakery import BAKERYS_SCHEMA, LIVE, bubble, field, follow, opened, run, thread_of, write
from tests.browser.chromium import flawless
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
ADA, GRACE = "Ada Lovelace", "Grace Hopper"
PHONES = {ADA: "+15550300001", GRACE: "+15550300002"}
SAMPLES = PROJECT / "sandbox" / "twilio" / "static" / "samples"
BEGUN = "Object.keys(localStorage).filter((name) => name.startsWith('draft:')).length"
ANNA = ("anna@lumen-bakery.test", "croissants-at-noon")


@pytest.fixture(scope="module")
def written(running_demo: Demo) -> Demo:
    """Ada and Grace have written, and a colleague is there beside the owner."""
    running_demo.start()
    for name, phone in PHONES.items():
        write(running_demo, phone, "Hello", name=name)
    run(running_demo, AGENT.format(email=ANNA[0], password=ANNA[1]))
    return running_demo


@pytest.fixture
def ours(written: Demo) -> Demo:
    """A member answers both."""
    run(written, MODE.format(mode="human"))
    return written


def chosen(page: Page) -> Locator:
    """The strip that names the files."""
    return page.locator("[data-file-strip]")


def choose(page: Page, *names: str) -> None:
    page.locator("[data-file]").set_input_files([SAMPLES / name for name in names])


def test_files_wait_in_their_conversation_while_one_looks_at_another(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours) as page:
        thread = thread_of(page, ours, ADA)
        choose(page, "photo.jpg", "menu.pdf")
        follow(page, GRACE)
        expect(field(page)).to_be_visible()
        expect(chosen(page)).to_be_hidden()
        choose(page, "voice.ogg")
        follow(page, ADA)
        expect(chosen(page)).to_contain_text("photo.jpg, menu.pdf")
        page.get_by_role("button", name="Send", exact=True).click()
        for name in ("photo.jpg", "menu.pdf"):
            expect(bubble(thread, name)).to_be_visible(timeout=LIVE)
        expect(thread.locator(".message-ghost")).to_have_count(0, timeout=LIVE)

        follow(page, GRACE)
        expect(chosen(page)).to_contain_text("voice.ogg")
        page.get_by_role("button", name="Take the files away").click()
        expect(chosen(page)).to_be_hidden()
        for name in (ADA, GRACE):
            follow(page, name)
            expect(field(page)).to_be_visible()
            expect(chosen(page)).to_be_hidden()


def test_files_outlast_the_bot_between_and_it_is_said(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours) as page:
        thread_of(page, ours, GRACE)
        choose(page, "photo.jpg")
        run(ours, MODE.format(mode="bot"))
        expect(page.get_by_text("The reply that you had begun is kept.")).to_be_visible(timeout=LIVE)
        page.get_by_role("button", name="Take over").click()
        expect(chosen(page)).to_contain_text("photo.jpg", timeout=LIVE)


def test_a_file_that_is_refused_comes_back_to_its_own_conversation(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours, may_be_cut_off=True) as page:
        thread_of(page, ours, ADA)
        sent: list[Route] = []
        page.route("**/reply/", lambda route: sent.append(route))  # noqa: PLW0108 (Playwright marks its handlers)
        choose(page, "photo.jpg", "menu.pdf")
        with page.expect_request("**/reply/"):
            page.get_by_role("button", name="Send", exact=True).click()
        expect(chosen(page)).to_be_hidden()
        choose(page, "voice.ogg")
        follow(page, GRACE)
        sent[0].fulfill(status=403, body="No")
        expect(page.get_by_text("That was not sent.")).to_be_visible(timeout=LIVE)
        expect(chosen(page)).to_be_hidden()
        follow(page, ADA)
        expect(chosen(page)).to_contain_text("photo.jpg, menu.pdf, voice.ogg")


def test_a_page_with_files_is_not_left_without_a_question(ours: Demo, browser: Browser) -> None:
    with opened(browser, ours) as page:
        thread_of(page, ours, ADA)
        choose(page, "photo.jpg")
        # Chromium asks only for somebody who has done something on the page.
        field(page).click()
        with page.expect_event("dialog") as asked:
            page.evaluate("setTimeout(() => location.assign('/'))")
        assert asked.value.type == "beforeunload"
        asked.value.dismiss()
        expect(chosen(page)).to_contain_text("photo.jpg")


def test_signing_out_deletes_what_was_begun_and_asks_first(ours: Demo, browser: Browser) -> None:
    with signed_in(browser, ours) as page:
        thread_of(page, ours, ADA)
        page.evaluate("localStorage.setItem('theme', 'light')")
        field(page).fill("Two euro")
        menu, question = (
            page.get_by_role("button", name="lucie"),
            page.get_by_role("dialog", name="Sign out and delete"),
        )
        sign_out = page.locator("#user-menu").get_by_role("button", name="Sign out")
        menu.click()
        sign_out.click()
        expect(question).to_contain_text("You began one message or note and sent nothing of it.")
        assert barriers(page) == []
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        assert page.evaluate(BEGUN) == 1

        menu.click()
        sign_out.click()
        question.get_by_role("button", name="Sign out and delete").click()
        expect(page.get_by_role("heading", name="Sign in to")).to_be_visible()
        assert page.evaluate(BEGUN) == 0
        assert page.evaluate("localStorage.getItem('theme')") == "light", "what is nobody's secret stays"

        come_in(page, ours)
        thread_of(page, ours, ADA)
        expect(field(page)).to_have_value("")
        page.goto(urljoin(page.url, "/accounts/logout/"))
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in to")).to_be_visible()


def test_another_page_of_a_member_who_signs_out_is_emptied_too(ours: Demo, browser: Browser) -> None:
    with signed_in(browser, ours) as page:
        thread_of(page, ours, ADA)
        field(page).fill("Two euro")
        beside = page.context.new_page()
        beside.goto(urljoin(page.url, "/accounts/logout/"))
        beside.get_by_role("button", name="Sign out").click()
        beside.get_by_role("dialog").get_by_role("button", name="Sign out and delete").click()
        # Soon it also asks for news, and is led to the sign-in page itself.
        to_sign_in = page.get_by_role("heading", name="Sign in to")
        expect(page.locator("[data-text]:placeholder-shown").or_(to_sign_in)).to_be_visible()
        expect(beside.get_by_role("heading", name="Sign in to")).to_be_visible()
        assert beside.evaluate(BEGUN) == 0


def test_a_session_that_ends_by_itself_leaves_what_was_begun_to_its_member_alone(ours: Demo, browser: Browser) -> None:
    with signed_in(browser, ours) as page:
        thread_of(page, ours, ADA)
        field(page).fill("Two euro")
        end_session(page)
        come_in(page, ours)
        thread_of(page, ours, ADA)
        expect(field(page)).to_have_value("Two euro")

        end_session(page)
        come_in(page, ours, who=ANNA)
        assert page.evaluate(BEGUN) == 0


def test_a_template_that_is_half_filled_in_waits_in_its_conversation(ours: Demo, browser: Browser) -> None:
    run(ours, AGE)
    with opened(browser, ours) as page:
        thread = thread_of(page, ours, ADA)
        template, name, number = (page.get_by_label(label) for label in ("Template", "{{1}}", "{{2}}"))
        template.select_option(label="we_have_an_answer (en)")
        expect(number).to_have_count(0)
        name.fill("Countess")
        template.select_option(label="order_ready (en)")
        expect(number).to_be_visible()
        name.fill("Ada")
        follow(page, GRACE)
        expect(name).to_have_count(0)
        template.select_option(label="order_ready (en)")
        expect(name).to_have_value("")

        follow(page, ADA)
        expect(template.locator("option:checked")).to_have_text("order_ready (en)")
        expect(name).to_have_value("Ada")
        expect(page.get_by_text("Hi Ada, your order")).to_be_visible()
        page.reload()
        expect(name).to_have_value("Ada")
        template.select_option(label="we_have_an_answer (en)")
        expect(name).to_have_value("Countess")
        template.select_option(label="order_ready (en)")
        # fill() selects and then writes; a field that comes in between with what was kept would have both.
        expect(number).to_be_visible()
        for order in ("77", "78"):
            name.fill("Ada")
            number.fill(order)
            page.get_by_role("button", name="Send the template").click()
            expect(bubble(thread, f"Hi Ada, your order {order} is ready.")).to_have_count(1, timeout=LIVE)
            expect(name).to_have_value("")
        page.reload()
        expect(page.get_by_text("We are open again. See you soon!")).to_be_visible()
        expect(template.locator("option:checked")).to_have_text("open_again (en)")


def test_who_writes_while_another_template_is_still_coming_has_chosen_it(ours: Demo, browser: Browser) -> None:
    run(ours, AGE)
    with opened(browser, ours) as page:
        thread_of(page, ours, ADA)
        template, name, number = (page.get_by_label(label) for label in ("Template", "{{1}}", "{{2}}"))
        template.select_option(label="we_have_an_answer (en)")
        expect(number).to_have_count(0)
        name.fill("Ada")
        coming: list[Route] = []
        page.route("**/template/**", lambda route: coming.append(route), times=1)  # noqa: PLW0108 (Playwright marks it)
        with page.expect_request("**/template/**"):
            template.select_option(label="order_ready (en)")
        name.fill("Countess")
        coming[0].continue_()
        expect(number).to_be_visible()
        page.reload()
        expect(template.locator("option:checked")).to_have_text("order_ready (en)")
        expect(number).to_be_visible()


@contextmanager
def signed_in(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A page of a session of its own: one that may end."""
    with flawless(browser) as page:
        come_in(page, demo)
        yield page


def end_session(page: Page) -> None:
    # From a page that asks for no news: an answer that leads to the sign-in page would cut off the way to the next one.
    page.goto("about:blank")
    page.context.clear_cookies()


def come_in(page: Page, demo: Demo, *, who: tuple[str, str] | None = None) -> None:
    url, *owner = demo.login(BAKERY)
    email, password = who or owner
    page.goto(urljoin(url, "/accounts/login/"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    page.wait_for_load_state()


MODE = f"""{BAKERYS_SCHEMA}
from bots.models import Conversation
with schema_context(schema):
    Conversation.objects.update(mode="{{mode}}")
"""
AGE = f"""{BAKERYS_SCHEMA}
from datetime import timedelta
from django.db.models import F
from bots.models import Message
with schema_context(schema):
    Message.objects.update(timestamp=F("timestamp") - timedelta(hours=25))
"""
AGENT = """
from django_tenants.utils import schema_context
from tenants.models import Membership, Tenant, User
with schema_context("public"):
    anna = User.objects.create_user("{email}", "{password}")
    Membership.objects.create(user=anna, tenant=Tenant.objects.get(slug="lumen-bakery"), role="agent")
"""
