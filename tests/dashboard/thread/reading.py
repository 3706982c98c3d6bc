"""What a test reads in a thread's HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from bots.models import Conversation, Message

MARKUP = "<script>alert(1)</script><b>bold</b>"
HTMX = {"hx-request": "true"}
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

Say = Callable[..., Message]


def url(conversation: Conversation, behind: str = "") -> str:
    return f"/conversations/{conversation.pk}/{behind}"


def bubble(page: str, message: Message) -> str:
    """The HTML of one message."""
    found = re.search(rf'<article[^>]*id="m-{message.pk}".*?</article>', page, re.DOTALL)
    assert found, f"{message.content!r} is not there"
    return found[0]


def shown(page: str) -> list[str]:
    """The ids of the messages, from top to bottom."""
    return re.findall(r'<article[^>]*id="m-([0-9a-f-]{36})"', page)


def kind(client: Client, conversation: Conversation) -> str:
    found = re.search(r'data-kind="(\w+)"', client.get(url(conversation)).text)
    assert found
    return found[1]


def said(response: Any) -> str:
    """The text of the toasts."""
    return " ".join(re.findall(r'<span class="toast-text">(.*?)</span>', response.text))
