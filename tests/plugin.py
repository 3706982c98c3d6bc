"""Starts PostgreSQL and Redis before Django's settings are read, and gives the run databases of its own."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest
import redis

from sandbox.services import DATA, Services, running
from tests.databases import copy_of, named, template

SERVICES = pytest.StashKey[Services]()
#: Set for the processes among which `pytest -n` shares the tests: the servers that the environment names are the run's.
SHARED = "SWITCHBOARD_TEST_RUN"
_run = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """A wrapper, so that it runs before pytest-django's own hook loads the settings."""
    if os.environ.pop(SHARED, ""):
        del os.environ["REDIS_URL"], os.environ["DATABASE_URL"]
    services = _run.enter_context(running(DATA / "tests", durable=False))
    if services.redis is not None:
        os.environ[SHARED] = "yes"
    early_config.stash[SERVICES] = services
    os.environ["REDIS_URL"] = _own_redis(services)
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["DATABASE_URL"] = _run.enter_context(copy_of(services.database_url, template(services.database_url)))
    yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that commit leave their rows behind (see `_never_emptied`): marked, so that they can be run by themselves."""
    for item in items:
        database = item.get_closest_marker("django_db")
        if database and database.kwargs.get("transaction"):
            item.add_marker("commits")


def _own_redis(services: Services) -> str:
    """One of the server's sixteen databases: runs at the same time do not empty each other's. The user's own is taken
    as it is."""
    if services.redis is None:
        return services.redis_url
    turn = int(redis.Redis.from_url(services.redis_url).incr("test-runs"))
    return named(services.redis_url, str(turn % 15 + 1))


def pytest_unconfigure() -> None:
    from django.db import connections

    connections.close_all()
    _run.close()
