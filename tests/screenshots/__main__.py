"""Starts a demo of its own, lets somebody talk with the bakery, and pictures every page."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import get_args

import django
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import launched
from tests.browser.demo import Demo
from tests.browser.entrance import let_in
from tests.ports import free_port
from tests.screenshots import desk
from tests.screenshots.errors import ERRORS, open_error
from tests.screenshots.pages import BAKERY, Visitor
from tests.screenshots.states import EMPTY, FLORIST, WRONG, Shown, begin, go_wrong, show
from tests.screenshots.visit import THEMES, WIDTHS, converse, go, of, session, settle

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("--only", default="", help="part of the names of the pages to picture")
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder for the pictures")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="switchboard-screenshots-")).resolve()
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"LANG": "C.UTF-8"}
    demo = Demo(data, web_port=free_port(), phone_port=free_port(), environment=environment)
    try:
        demo.start()
        with launched() as browser:
            converse(browser, demo)
            for visitor in get_args(Visitor):
                picture(browser, demo, visitor=visitor, only=options.only, into=options.into)
            picture_errors(browser, demo, only=options.only, into=options.into)
            picture_the_phone(browser, demo, only=options.only, into=options.into)
            desk.begin(browser, demo)
            picture_states(browser, demo, desk.DESK, place=BAKERY, only=options.only, into=options.into)
            begin(demo)
            picture_states(browser, demo, EMPTY, place=FLORIST, only=options.only, into=options.into)
            go_wrong(browser, demo)
            picture_states(browser, demo, WRONG, place=FLORIST, only=options.only, into=options.into)
    finally:
        demo.clean_up()
        shutil.rmtree(data)


def picture(browser: Browser, demo: Demo, *, visitor: Visitor, only: str, into: Path) -> None:
    """`<page>-<width>-<theme>.png` for all that this visitor sees."""
    for theme in THEMES:
        for width in WIDTHS:
            context = session(browser, demo, visitor=visitor, theme=theme, width=width)
            for shown in of(visitor):
                if only not in shown.name:
                    continue
                page = context.new_page()
                go(page, demo, shown)
                settle(page)
                grow(page, width=width)
                page.screenshot(path=into / f"{shown.name}-{width}-{theme}.png")
                page.close()
            context.close()


def picture_states(
    browser: Browser, demo: Demo, states: tuple[Shown, ...], *, place: str, only: str, into: Path
) -> None:
    """`<state>-<width>-<theme>.png`, of a business as its owner sees it."""
    for theme in THEMES:
        for width in WIDTHS:
            context = session(browser, demo, visitor="nobody", theme=theme, width=width)
            url = let_in(context, demo, place=place)
            for shown in (one for one in states if only in one.name):
                page = context.new_page()
                show(page, shown, url=url)
                grow(page, width=width)
                page.screenshot(path=into / f"{shown.name}-{width}-{theme}.png")
                page.close()
            context.close()


def picture_the_phone(browser: Browser, demo: Demo, *, only: str, into: Path) -> None:
    """`phone-chats-<width>-<theme>.png` and `phone-chat-<width>-<theme>.png`: what comes with the demo to write on."""
    addresses = {"phone-chats": demo.twilio_url(), "phone-chat": demo.phone_url()}
    for theme in THEMES:
        for width in WIDTHS:
            context = session(browser, demo, visitor="nobody", theme=theme, width=width)
            for name in (one for one in addresses if only in one):
                page = context.new_page()
                page.goto(addresses[name])
                expect(page.get_by_text("bicycle").filter(visible=True).first).to_be_visible()
                page.screenshot(path=into / f"{name}-{width}-{theme}.png")
                page.close()
            context.close()


def grow(page: Page, *, width: int) -> None:
    """As high as what it shows: a picture of the full page would have the phone's bar in its middle. What fills a screen
    stays as high as it is on this one."""
    page.evaluate(
        "for (const one of document.querySelectorAll('.playground')) one.style.height = `${one.offsetHeight}px`"
    )
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})


def picture_errors(browser: Browser, demo: Demo, *, only: str, into: Path) -> None:
    """`error-<status>-<width>-<theme>.png`."""
    url, _, _ = demo.login(BAKERY)
    for theme in THEMES:
        for width in WIDTHS:
            context = session(browser, demo, visitor="nobody", theme=theme, width=width)
            for name in (one for one in ERRORS if only in f"error-{one}"):
                page = context.new_page()
                open_error(page, url=url, name=name)
                page.screenshot(path=into / f"error-{name}-{width}-{theme}.png")
                page.close()
            context.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    main()
