"""Files on their way from a provider, and a folder to keep them in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.media import transcription
from tests.bots.conftest import *  # noqa: F403 (the bot with true far ends)
from tests.media.far_end import Provider


@pytest.fixture(autouse=True)
def _aside(media_root: Path) -> None:
    """No test's files lie where another's do."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.media.fetching.PAUSES", {"gone": (0.0, 0.0), "unavailable": (0.0, 0.0)})
    monkeypatch.setattr(transcription, "with_retries", _without_sleep)


def _without_sleep(*args: Any, **kwargs: Any) -> Any:
    from bots.ai.retries import with_retries

    return with_retries(*args, **kwargs, sleep=lambda _: None)
