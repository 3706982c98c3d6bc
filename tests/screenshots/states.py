"""Pages of a business that has only just begun: what is empty, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.bots.files import pdf_of
from tests.browser.demo import Demo
from tests.browser.entrance import let_in
from tests.screenshots.visit import settle

FLORIST = "Corner Florist"
#: Milliseconds. A provider is asked, or a file is read by the worker.
ANSWER = 20_000
SECRETS = {"FLORIST_PASSWORD": "peonies-in-may-1", "FLORIST_TWILIO_TOKEN": "0123456789abcdef0123456789abcdef"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The name of the pictures, the page's path, and what somebody does wrong there."""

    name: str
    path: str
    act: Callable[[Page], None] | None = None


def begin(demo: Demo) -> None:
    """The business is there, with a number whose token Twilio does not know."""
    demo.onboard(Path(__file__).with_name("florist.toml"), secrets=SECRETS)
    url = demo.login("Lumen Bakery")[0].replace("lumen-bakery", "corner-florist")
    demo.logins[FLORIST] = (url, "iris@corner-florist.test", SECRETS["FLORIST_PASSWORD"])


def go_wrong(browser: Browser, demo: Demo) -> None:
    """A file that cannot be read, a server that is not there, and Twilio asked about the number."""
    context = browser.new_context()
    url = let_in(context, demo, place=FLORIST)
    page = context.new_page()
    page.goto(f"{url}knowledge/")
    scan = {"name": "Price list.pdf", "mimeType": "application/pdf", "buffer": pdf_of()}
    page.get_by_label("Add files").set_input_files(scan)  # type: ignore[arg-type]
    expect(page.get_by_text("is a scan: pictures of pages")).to_be_visible(timeout=ANSWER)
    page.goto(f"{url}bot/provider/")
    page.locator("#provider-form").get_by_role("radio", name="OpenAI-compatible server").check(force=True)
    page.locator("#provider-form").get_by_label("Server", exact=True).fill("https://llm.corner-florist.test/v1")
    page.locator("#provider-form").get_by_label("Model", exact=True).fill("rose-small")
    expect(page.locator("#provider-saved")).to_have_text("Saved to draft", timeout=ANSWER)
    page.goto(f"{url}channels/")
    page.locator("#content a[data-row]").first.click()
    page.get_by_role("button", name="Check").first.click()
    settle(page)
    context.close()


def send_empty(page: Page) -> None:
    """The browser's own checks aside: what the server says is what is shown."""
    page.locator("#content form[method=post]").first.evaluate(
        "form => { form.noValidate = true; form.requestSubmit(); }"
    )
    is_refused(page)


def is_refused(page: Page) -> None:
    """The page that says what is wrong is there, and not only on its way."""
    expect(page.locator("#content .field-wrong").first).to_be_visible(timeout=ANSWER)


def fill_wrong(page: Page) -> None:
    page.get_by_label("Account SID").fill("SK0123")
    page.get_by_label("Auth Token").fill("AC5a1b0c3d2e4f60718293a4b5c6d7e8f9")
    page.get_by_label("WhatsApp number").fill("555 0142")
    send_empty(page)
    expect(page.get_by_text("This is the SID of an API key.")).to_be_visible()


def invite_nobody(page: Page) -> None:
    page.get_by_label("Email").fill("iris@corner-florist")
    page.get_by_label("Email").evaluate("field => { field.form.noValidate = true; field.form.requestSubmit(); }")
    is_refused(page)


def mistype(page: Page) -> None:
    page.get_by_label("API key").fill("sk-one sk-two")
    page.get_by_role("button", name="Put it into the draft").click()
    is_refused(page)


def ask_the_provider(page: Page) -> None:
    page.get_by_role("button", name="Test the draft's provider").click()
    expect(page.locator("#content .notice-bad, #content .bot-problem, #content [role=alert]").first).to_be_visible(
        timeout=ANSWER
    )


def open_the_first(page: Page) -> None:
    lists = page.url
    page.locator("#content a[data-row]").first.click()
    page.wait_for_url(lambda url: url != lists)


EMPTY = (
    Shown(name="empty-overview", path=""),
    Shown(name="empty-bot", path="bot/"),
    Shown(name="empty-playground", path="playground/"),
    Shown(name="empty-knowledge", path="knowledge/"),
    Shown(name="empty-numbers", path="channels/"),
    Shown(name="empty-number", path="channels/", act=open_the_first),
    Shown(name="empty-team", path="team/"),
)
WRONG = (
    Shown(name="wrong-overview", path=""),
    Shown(name="wrong-number", path="channels/", act=open_the_first),
    Shown(name="wrong-number-form", path="channels/new/twilio/", act=fill_wrong),
    Shown(name="wrong-number-meta-form", path="channels/new/meta/", act=send_empty),
    Shown(name="wrong-provider", path="bot/provider/", act=ask_the_provider),
    Shown(name="wrong-key", path="bot/keys/api_key/", act=mistype),
    Shown(name="wrong-publish", path="bot/publish/", act=send_empty),
    Shown(name="wrong-knowledge", path="knowledge/"),
    Shown(name="wrong-knowledge-source", path="knowledge/", act=open_the_first),
    Shown(name="wrong-knowledge-form", path="knowledge/new/", act=send_empty),
    Shown(name="wrong-invitation", path="team/", act=invite_nobody),
)


def show(page: Page, shown: Shown, *, url: str) -> None:
    page.goto(url + shown.path)
    settle(page)
    if shown.act:
        shown.act(page)
        page.wait_for_load_state()
        settle(page)
