"""What is measured stands on: servers, a database and far ends of its own, three tenants, production settings."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
import redis
from psycopg2 import sql

from benchmarks import far_end, floor_web
from benchmarks.messages import PUBLIC_URL, Application, Tenant
from sandbox.addresses import PORTS
from sandbox.procfile import PROJECT, Process, with_programs
from sandbox.services import DATA, running

AI_KEY = "sk-bench-7f3b9c1d5e8a2046"
#: For PostgreSQL's tables: a quarter of a server of 4 GB, as docs/operations.md advises.
MEMORY = "1GB"
#: Seconds. What takes this long has gone wrong.
PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Ground:
    """`environment` is what the Procfile's processes are told; this process has it too, so that Django runs in it."""

    folder: Path
    environment: dict[str, str]
    far_end: far_end.FarEnd
    tenants: list[Tenant]

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    @property
    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.environment["REDIS_URL"])

    def application(self) -> Application:
        """The web process's own WSGI application, in this process."""
        from config.wsgi import application

        return application

    def query(self, statement: str | sql.Composed, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """One statement on a connection of its own, committed."""
        with closing(psycopg2.connect(self.database_url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def process(self, name: str, *, command: str = "", **environment: str) -> Iterator[Process]:
        """A process of the Procfile (or a `command`) with more in its environment, until the block ends."""
        log = self.folder / f"{name}-{uuid4().hex[:8]}.log"
        process = Process(name=name, environment={**self.environment, **environment}, log=log, command=command)
        process.start()
        try:
            yield process
        finally:
            process.stop()

    def until(self, condition: Callable[[], bool], *, of: Process, every: float = 0.01) -> None:
        """Wait for the condition. Raises `RuntimeError` with the process's last words when it does not come true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline or not of.is_running():
                raise RuntimeError(f"{of.name} did not get there:\n{of.last_lines(30)}")
            time.sleep(every)

    def until_listening(self, worker: Process) -> None:
        self.until(lambda: b" ready." in worker.log.read_bytes(), of=worker)


@contextmanager
def prepared() -> Iterator[Ground]:
    """The ground, from nothing; nothing of it is left but the servers' folder."""
    for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)  # never the user's own: what is measured is emptied again and again
    with ExitStack() as ends:
        # As in production, a commit waits for the disk.
        services = ends.enter_context(running(DATA / "bench", durable=True, memory=MEMORY))
        redis.Redis.from_url(services.redis_url).flushdb()
        database = ends.enter_context(_database(services.database_url))
        ends.callback(_forget_connections)
        far = ends.enter_context(far_end.running(free_port()))
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="switchboard-bench-")))
        environment = _environment(database_url=database, redis_url=services.redis_url, far_url=far.url)
        os.environ.update(environment)
        release = [sys.executable, "manage.py", "release"]
        subprocess.run(release, cwd=PROJECT, env=with_programs(environment), check=True, stdout=subprocess.DEVNULL)
        import config.wsgi  # noqa: F401 (sets Django up)
        from benchmarks.tenants import onboard, tenant

        ground = Ground(
            folder=folder, environment=environment, far_end=far, tenants=[tenant(index) for index in range(3)]
        )
        ground.query(floor_web.TABLE)
        for one in ground.tenants:
            onboard(ground, one)
        yield ground


def free_port() -> int:
    while True:
        port = random.choice(PORTS)  # noqa: S311 (a port is no secret)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _environment(*, database_url: str, redis_url: str, far_url: str) -> dict[str, str]:
    """A deployment's, whose Twilio and AI are the far end."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "SECRET_KEY": "a-secret-key-for-a-platform-that-lives-for-a-minute",
        "FIELD_ENCRYPTION_KEY": "YmVuY2gtb25seS1iZW5jaC1vbmx5LWJlbmNoLW9ubHk=",
        "DEBUG": "false",
        "ALLOWED_HOSTS": ".example.com",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_BASE_URL": PUBLIC_URL,
        "TWILIO_API_BASE_URL": far_url,
        "PRIVATE_NETWORK_ALLOWLIST": "127.0.0.1",
        "HOST": "127.0.0.1",
    }


@contextmanager
def _database(server_url: str) -> Iterator[str]:
    """A fresh database on the server, dropped afterwards."""
    name = f"switchboard_bench_{uuid4().hex[:12]}"
    _on_server(server_url, "CREATE DATABASE {}", name)
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        _drop(server_url, name)


def _drop(server_url: str, name: str) -> None:
    """PostgreSQL's own autovacuum may be at work in it, which only a superuser may send away: it goes by itself."""
    for _ in range(20):
        with suppress(psycopg2.errors.InsufficientPrivilege):
            return _on_server(server_url, "DROP DATABASE {} WITH (FORCE)", name)
        time.sleep(0.5)
    return _on_server(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def _on_server(url: str, statement: str, name: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _forget_connections() -> None:
    from django.db import connections

    connections.close_all()
