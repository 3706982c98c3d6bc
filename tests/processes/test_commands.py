"""Commands through the whole platform: what a person types, and what they read."""

from __future__ import annotations

import pytest

from tests.processes.businesses import BOOKS
from tests.processes.platform import Platform

pytestmark = pytest.mark.process


def test_a_person_asks_for_help_falls_silent_and_comes_back(platform: Platform, user: str) -> None:
    assert "Orchard Books" in platform.ask(BOOKS, "Help", user=user)
    assert "won't hear from us" in platform.ask(BOOKS, "STOP", user=user)
    said = platform.replies(BOOKS, user=user)
    platform.write(BOOKS, "Are you there?", user=user)
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == said
    assert platform.asked(BOOKS.api_key) == []
    assert "Welcome back" in platform.ask(BOOKS, "start", user=user)
    assert platform.ask(BOOKS, "Do you have poems?", user=user) == "echo: Do you have poems?"


def test_a_person_asks_for_a_person_and_goes_back_to_the_bot(platform: Platform, user: str) -> None:
    assert "A person will answer" in platform.ask(BOOKS, "human", user=user)
    platform.write(BOOKS, "Hello?", user=user)
    platform.wait_until_idle(BOOKS)
    assert len(platform.replies(BOOKS, user=user)) == 1
    platform.ask(BOOKS, "/reset", user=user)
    assert platform.ask(BOOKS, "Do you have poems?", user=user) == "echo: Do you have poems?"
