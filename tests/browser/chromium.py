"""The Chromium of the browser tests: found on the machine, never downloaded by a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Root may not use Chromium's sandbox; containers have a /dev/shm that is too small for it.
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
ADVICE = "Install chromium or google-chrome, or name one: PLAYWRIGHT_CHROMIUM=/path/to/it. bin/test installs one."


def find() -> str:
    """The program: PLAYWRIGHT_CHROMIUM, one on the PATH, or Playwright's own. Fails the test where there is none."""
    if named := os.environ.get("PLAYWRIGHT_CHROMIUM"):
        return shutil.which(named) or pytest.fail(f"PLAYWRIGHT_CHROMIUM names no program: {named}", pytrace=False)
    for program in PROGRAMS:
        if path := shutil.which(program):
            return path
    with sync_playwright() as playwright:
        bundled = playwright.chromium.executable_path
    if Path(bundled).exists():
        return bundled
    return pytest.fail(f"The browser tests need a Chromium, and this machine has none. {ADVICE}", pytrace=False)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium. Not for a whole session: Playwright's event loop keeps Django from its database."""
    program = find()
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *sandbox])
        yield browser
        browser.close()


def complaints_of(page: Page) -> list[str]:
    """What the page's console complains about, from now on."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    return complaints


@contextmanager
def flawless(browser: Browser) -> Iterator[Page]:
    """A page of its own session on whose console no error may appear."""
    context = browser.new_context()
    page = context.new_page()
    complaints = complaints_of(page)
    yield page
    context.close()
    assert complaints == []
