"""The addresses of static files in production."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.static_files import StaticFilesStorage


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> StaticFilesStorage:
    settings.DEBUG = False
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "staticfiles.json").write_text(
        '{"version": "1.1", "paths": {"a.css": "a.0123456789ab.css"}, "hash": ""}'
    )
    return StaticFilesStorage()


def test_the_address_of_a_file_names_its_version_however_often_it_is_asked_for(storage: StaticFilesStorage) -> None:
    assert [storage.url("a.css") for _ in range(2)] == ["/static/a.0123456789ab.css"] * 2


def test_a_file_that_was_not_collected_is_an_error_each_time(storage: StaticFilesStorage) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match=r"missing\.css"):
            storage.url("missing.css")
