"""What a process remembers between two requests: each test begins without it."""

from __future__ import annotations

import pytest

from bots import bell
from webhooks import routing


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "_silent_until", 0.0)
    monkeypatch.setattr(routing, "_remembered", {})
