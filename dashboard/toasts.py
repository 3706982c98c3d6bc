"""Results of what was just done, shown once, on the next page or by HTMX: Django's messages, with a way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo:"


def done(request: HttpRequest, *, text: str, undo: str = "") -> None:
    """It worked. `undo`: a URL on this host that takes it back when it is posted to."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}" if undo else "")


def failed(request: HttpRequest, *, text: str) -> None:
    """It did not work, and why; stays until it is dismissed."""
    messages.error(request, text)


def undo_url(tags: str | None) -> str:
    """Where a message's `extra_tags` say that it can be undone; empty if it cannot."""
    return tags.removeprefix(UNDO) if tags and tags.startswith(UNDO) else ""
