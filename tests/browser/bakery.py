"""The bakery as its people have it before them: its pages, and those who write to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from playwright.sync_api import Browser, Locator, Page, expect

from sandbox.procfile import PROJECT
from tests.ai.conftest import FarEnd
from tests.browser.chromium import complaints_of
from tests.browser.demo import Demo
from tests.screenshots.pages import BAKERY
from tests.screenshots.visit import session

#: Milliseconds. An answer waits 1.5 s for the rest of a burst, and a page looks every 2 s.
LIVE = 25_000
#: What Chromium and HTMX say of a request that fails.
UNREACHABLE = ("Failed to load resource", "htmx:afterRequest", "htmx:sendError")


@contextmanager
def opened(
    browser: Browser,
    demo: Demo,
    *,
    path: str = "",
    theme: str = "light",
    width: int = 1440,
    may_be_cut_off: bool = False,
) -> Iterator[Page]:
    """A page of the bakery's owner, at `path` of its dashboard, on whose console nothing may be complained about, but
    for a network that fails where it `may_be_cut_off`."""
    owner = session(browser, demo, visitor="owner", theme=theme, width=width)
    page = owner.new_page()
    complaints = complaints_of(page)
    if path:
        page.goto(f"{demo.login(BAKERY)[0]}{path}")
    yield page
    owner.close()
    left = [one for one in complaints if not (may_be_cut_off and one.startswith(UNREACHABLE))]
    assert left == [], left


def write(demo: Demo, user: str, body: str, **more: Any) -> None:
    """Somebody writes to the bakery from their phone. `more`: see `sandbox.twilio.control.send`."""
    number = parse_qs(urlsplit(demo.phone_url()).query)["number"][0].strip().lstrip("+")
    given = {"from": user, "to": f"+{number}", "body": body, **more}
    requests.post(f"{demo.twilio_url().rstrip('/')}/sandbox/send", json=given, timeout=20).raise_for_status()


def thread_of(page: Page, demo: Demo, name: str) -> Locator:
    """The conversation with somebody, opened from the list of all."""
    page.goto(f"{demo.login(BAKERY)[0]}conversations/?view=all")
    return follow(page, name)


def follow(page: Page, name: str) -> Locator:
    """The conversation with somebody, from the list that is there."""
    page.get_by_role("list", name="Conversations").get_by_role("link").filter(has_text=name).click(timeout=LIVE)
    thread = page.get_by_role("region", name=f"Conversation with {name.split(maxsplit=1)[0]}")
    expect(thread).to_be_visible()
    return thread


def bubble(thread: Locator, text: str) -> Locator:
    return thread.get_by_role("log", name="Messages").get_by_role("article").filter(has_text=text)


def field(page: Page) -> Locator:
    return page.get_by_label("Your message")


def asks(demo: Demo, provider: FarEnd) -> None:
    """The bakery's bot asks this provider from now on."""
    run(demo, CONNECT.format(url=f"http://127.0.0.1:{provider.port}/v1"))


def run(demo: Demo, code: str) -> None:
    """In Django's shell, with the demo's own settings."""
    script = f'. "{demo.data}/environment.sh" && exec "{sys.executable}" manage.py shell --no-imports -c "$0"'
    # None of the variables that this run of tests has set.
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run(["sh", "-c", script, code], cwd=PROJECT, env=plain, check=True, timeout=120)


BAKERYS_SCHEMA = """
from django_tenants.utils import schema_context
from tenants.models import Tenant
with schema_context("public"):
    schema = Tenant.objects.get(slug="lumen-bakery").schema_name
"""
CONNECT = f"""{BAKERYS_SCHEMA}
from bots.models import AIConfiguration
with schema_context(schema):
    bot = AIConfiguration.objects.filter(is_active=True)
    bot.update(provider="custom", base_url="{{url}}", model_name="echo-small")
"""
