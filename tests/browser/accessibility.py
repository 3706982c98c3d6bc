"""What axe says of a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def is_accessible(page: Page) -> None:
    """Neither theme has a violation that axe finds."""
    # The page that a click leads to is there, and not only on its way.
    page.locator("main h1").first.wait_for(state="attached")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        # Colours that are on their way from one theme to the other are neither's.
        page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}, {theme}: {found.generate_report()}"
    page.emulate_media(color_scheme="light")
