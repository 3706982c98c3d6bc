"""A database of its own, and the platform's commands as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from sandbox.services import Services
from tests.databases import PROJECT, copy_of, template

#: Runs `manage.py ARGUMENTS` with more environment.
Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def own_database(services: Services) -> Iterator[str]:
    """The URL of a copy of the template: what is committed there is nobody else's."""
    with copy_of(services.database_url, template(services.database_url)) as url:
        yield url


@pytest.fixture
def manage(own_database: str) -> Manage:
    """Commands run under the true settings, whose environment they get whole."""

    def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "DATABASE_URL": own_database,
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return manage
