"""Starts PostgreSQL and Redis before Django's settings are read, and gives the run a database of its own."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from sandbox.services import DATA, Services, running
from tests.databases import copy_of, template

SERVICES = pytest.StashKey[Services]()
_run = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """A wrapper, so that it runs before pytest-django's own hook loads the settings."""
    services = _run.enter_context(running(DATA / "tests", durable=False))
    early_config.stash[SERVICES] = services
    os.environ["REDIS_URL"] = services.redis_url
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["DATABASE_URL"] = _run.enter_context(copy_of(services.database_url, template(services.database_url)))
    yield


def pytest_unconfigure() -> None:
    from django.db import connections

    connections.close_all()
    _run.close()
