"""The error pages. Most cannot be had by asking, so they are put in the browser's hands where their styles are."""

from __future__ import annotations

from django.template.loader import render_to_string
from playwright.sync_api import Page

ERRORS = ("400", "403", "403_csrf", "404", "404_host", "429", "500", "503")


def open_error(page: Page, *, url: str, name: str) -> None:
    """`templates/<name>.html` as if `url`, the address of a demo, had answered with it."""
    address = f"{url}error-{name}/"
    html = render_to_string(f"{name}.html")
    page.route(address, lambda route: route.fulfill(status=200, content_type="text/html; charset=utf-8", body=html))
    page.goto(address)
