"""Fixtures for all tests. The database is a copy of the template: it is there, migrated, with `acme` and `bravo`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import redis
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client, TransactionTestCase
from django_tenants.utils import schema_context

from bots import broker, limits, store
from sandbox.services import Services
from tenants.models import Tenant
from tests.plugin import SERVICES


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    """The PostgreSQL and the Redis of this run."""
    return pytestconfig.stash[SERVICES]


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """tests/plugin.py made the database already."""


@pytest.fixture(scope="session", autouse=True)
def _never_emptied() -> Iterator[None]:
    """After a test that commits, Django would empty the public schema's tables, acme and bravo with them. What such a test
    wrote stays instead: pytest-django runs them after all the others that use the database."""
    with mock.patch.object(TransactionTestCase, "_fixture_teardown"):
        yield


@pytest.fixture(autouse=True)
def _empty_redis() -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture
def redis_is_away(settings: Any) -> Iterator[None]:
    """Nobody listens where Redis was, also for the clients that the process keeps."""
    kept = (store.client, store.line, limits._limiter)
    for client in kept:
        client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    yield
    for client in kept:
        client.cache_clear()


@pytest.fixture(autouse=True)
def _in_public() -> None:
    """Where every request and task begins; a client's last request leaves its tenant's schema set."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]


@pytest.fixture
def media_root(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for files."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    # django-tenants keeps the folder that it once read.
    vars(default_storage._wrapped).pop("relative_media_root", None)
    return tmp_path / "media"


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rows that workers were told of."""
    told: list[str] = []
    monkeypatch.setattr(broker, "send", lambda task, tenant_id, row_id, **_: told.append(row_id))
    return told


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """Acme; the test runs in its schema."""
    acme = Tenant.objects.get(slug="acme")
    with schema_context(acme.schema_name):
        yield acme


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """Bravo."""
    with schema_context("public"):
        return Tenant.objects.get(slug="bravo")


@pytest.fixture
def tenant_client() -> Client:
    """A browser on Acme's host, behind the proxy that ends TLS."""
    return Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})


@pytest.fixture
def public_client() -> Client:
    """A browser on the platform's host."""
    return Client(headers={"host": "bots.example.com", "x-forwarded-proto": "https"})
