"""The broker's absence is remembered by the process: each test begins without that memory."""

from __future__ import annotations

import pytest

from bots import bell


@pytest.fixture(autouse=True)
def _broker_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "_silent_until", 0.0)
