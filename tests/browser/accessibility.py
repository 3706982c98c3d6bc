"""What keeps people out of a page, as axe finds it in both themes."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

ALL: dict[str, Any] = {}
#: Of all the rules, a theme changes what this one finds.
OF_A_THEME: dict[str, Any] = {"runOnly": ["color-contrast"]}

#: Colours that are on their way from one theme to the other are neither's. What moves with the scrolling never ends.
SETTLED = """Promise.allSettled(
  document.getAnimations().filter((one) => one.timeline === document.timeline).map((one) => one.finished)
)"""


def barriers(page: Page) -> list[str]:
    """What is wrong, each in one line: by all rules in the light theme, by those about colours in the dark one."""
    found = []
    for theme, options in (("light", ALL), ("dark", OF_A_THEME)):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.evaluate(SETTLED)
        found += [f"{theme}: {one['id']} in {nodes(one)}" for one in violations(page, options)]
    page.emulate_media(color_scheme="light")
    return found


def is_accessible(page: Page) -> None:
    # The page that a click leads to is there, and not only on its way.
    page.locator("main h1").first.wait_for(state="attached")
    assert barriers(page) == [], page.url


def violations(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    wanted = json.dumps({**options, "resultTypes": ["violations"]})
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({wanted}).then((result) => result.violations)")
    return found


def nodes(violation: dict[str, Any]) -> list[str]:
    return [node["html"][:200] for node in violation["nodes"]]
