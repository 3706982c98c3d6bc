"""A running demo put back to how it was when it started: its rows, its queue, its phone and its mail.

Starting one takes twenty seconds and this takes one: all files of browser tests share a demo, each as if it were its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psycopg2
import redis
from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL, Identifier

from tests.databases import named

PRISTINE = "switchboard_pristine"
#: Seconds until the web answers again, over new connections.
PATIENCE = 30.0


class Services:
    """The PostgreSQL and the Redis of a demo with this data."""

    def __init__(self, data: Path) -> None:
        folder = data / "services"
        self.database_url = (folder / "postgres" / "url").read_text()
        self.redis_url = (folder / "redis" / "url").read_text()

    def keep(self) -> None:
        """Remember the rows as they are now."""
        _copy(self.database_url, of=self._database, to=PRISTINE)

    def put_back(self) -> None:
        _copy(self.database_url, of=PRISTINE, to=self._database)
        with closing(redis.Redis.from_url(self.redis_url)) as store:
            store.flushdb()

    @property
    def _database(self) -> str:
        return urlsplit(self.database_url).path.strip("/")


def forget_the_phones(url: str, *, config: Path) -> None:
    """A provider's stand-in at `url`: no chats, no faults, and the numbers as the demo configured them."""
    httpx2.post(f"{url}/sandbox/reset", json={}, trust_env=False).raise_for_status()
    for number in json.loads(config.read_text())["numbers"]:
        httpx2.post(f"{url}/sandbox/numbers", json=number, trust_env=False).raise_for_status()


def forget_the_mail(folder: Path) -> None:
    for mail in folder.glob("*.eml"):
        mail.unlink()


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ready = httpx2.get(f"{url}/readyz", trust_env=False, timeout=5).json()
        except (httpx2.HTTPError, ValueError):
            ready = {}
        if ready.get("status") == "ok":
            return
        assert time.monotonic() < deadline, f"The demo does not come back: {ready}"
        time.sleep(0.1)


def _copy(server_url: str, *, of: str, to: str) -> None:
    """`to`, dropped with all who use it, becomes a copy of `of`, whose users lose their connections."""
    with _server(server_url) as connection, _shut(connection, of), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = user", [of]
        )
        _drop(connection, to)
        cursor.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(to), Identifier(of)))


@contextmanager
def _shut(connection: Connection, database: str) -> Iterator[None]:
    """Nobody connects to it meanwhile: a database that is in use cannot be copied."""
    statement = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(Identifier(database), SQL("false")))
        try:
            yield
        finally:
            cursor.execute(statement.format(Identifier(database), SQL("true")))


def _drop(connection: Connection, database: str) -> None:
    """PostgreSQL's own autovacuum may be at work in it, which only a superuser may send away: it goes by itself."""
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while True:
            try:
                cursor.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(database)))
            except psycopg2.errors.InsufficientPrivilege:
                assert time.monotonic() < deadline, f"{database} is in use"
                time.sleep(0.2)
            else:
                return


@contextmanager
def _server(url: str) -> Iterator[Connection]:
    """A connection to the server that is in none of the databases in question."""
    connection = psycopg2.connect(named(url, "postgres"))
    connection.autocommit = True
    with closing(connection):
        yield connection
