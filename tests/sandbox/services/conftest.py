from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_servers_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """A folder whose databases were made once, for all tests; its name has a space in it."""
    # Not tmp_path: as root, PostgreSQL's own user must be able to pass through, and pytest locks its folders.
    folder = Path(tempfile.mkdtemp(prefix="switchboard data ")).resolve()
    yield folder
    shutil.rmtree(folder)
