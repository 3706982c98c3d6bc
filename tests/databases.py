"""Databases for tests: each is a copy of a template that holds the migrated schemas and two tenants.

The template is made once for each state of the code that shapes it; a copy takes a fraction of a second.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
from psycopg2 import sql

PROJECT = Path(__file__).resolve().parent.parent
TENANTS = PROJECT / "tests" / "fixtures" / "tenants"
#: What the two tenants' files name.
SECRETS = {
    "ACME_OWNER_PASSWORD": "acme-owner-password",
    "ACME_TWILIO_TOKEN": "acme-token-0123456789abcdef01234567",
    "BRAVO_OWNER_PASSWORD": "bravo-owner-password",
    "BRAVO_TWILIO_TOKEN": "bravo-token-0123456789abcdef0123456",
}
SHAPED_BY = (
    "requirements/all.txt",
    "*/migrations/*.py",
    "tests/fixtures/tenants/*.toml",
    "*/onboarding*.py",
    "tenants/schema.sql",
    "tests/databases.py",
)


def named(url: str, database: str) -> str:
    """The same server's URL for another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def template(server_url: str) -> str:
    """The name of the template database, made now if this state of the code has none yet."""
    digest = hashlib.sha256()
    for pattern in SHAPED_BY:
        for file in sorted(PROJECT.glob(pattern)):
            digest.update(file.read_bytes())
    name = f"switchboard_template_{digest.hexdigest()[:12]}"
    if not _exists(server_url, name):
        building = f"{name}_building_{os.getpid()}"
        _execute(server_url, "CREATE DATABASE {}", building)
        _fill(named(server_url, building))
        try:
            _execute(server_url, "ALTER DATABASE {} RENAME TO {}", building, name)
        except psycopg2.errors.DuplicateDatabase:
            # Another run was quicker.
            _execute(server_url, "DROP DATABASE {}", building)
    return name


@contextmanager
def copy_of(server_url: str, template_name: str) -> Iterator[str]:
    """The URL of a fresh database that is dropped afterwards."""
    name = f"switchboard_test_{uuid4().hex[:12]}"
    _execute(server_url, "CREATE DATABASE {} TEMPLATE {}", name, template_name)
    try:
        yield named(server_url, name)
    finally:
        _drop(server_url, name)


def _drop(server_url: str, name: str) -> None:
    """PostgreSQL's own autovacuum may be at work in it, which only a superuser may send away: it goes by itself."""
    for _ in range(20):
        with suppress(psycopg2.errors.InsufficientPrivilege):
            return _execute(server_url, "DROP DATABASE {} WITH (FORCE)", name)
        time.sleep(0.5)
    return _execute(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def _fill(url: str) -> None:
    environment = {**os.environ, **SECRETS, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    commands = [["release"], *(["onboard", str(file)] for file in sorted(TENANTS.glob("*.toml")))]
    for command in commands:
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL
        )


def _exists(server_url: str, name: str) -> bool:
    with psycopg2.connect(server_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _execute(server_url: str, statement: str, *names: str) -> None:
    connection = psycopg2.connect(server_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    finally:
        connection.close()
