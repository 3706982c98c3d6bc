"""The platform's database, as its administrator sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg2

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Database:
    """`server_url` names another database of the same server."""

    url: str
    server_url: str

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return _run(self.url, sql, parameters)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside, every connection is broken and no new one is let in, as while the server restarts."""
        name = urlsplit(self.url).path.removeprefix("/")
        _run(self.server_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            _run(self.server_url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
        finally:
            _run(self.server_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Inside, nobody else reads or writes the table: who tries waits."""
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield

    def is_awaited(self, table: str) -> bool:
        """Whether somebody waits for the lock on the table."""
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        return self.query(waiting, [table]) != [(0,)]


def _run(url: str, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []
