"""PostgreSQL dies, stands still, turns read-only, or keeps what it cannot say any more. A server of these tests' own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from sandbox.postgres import Postgres
from tests.processes.breakpoints import breakpoint_at
from tests.processes.businesses import BOOKS, FERRIES
from tests.processes.conftest import platform_on
from tests.processes.database import Database
from tests.processes.freezing import frozen
from tests.processes.platform import Platform
from tests.processes.test_crashes import bodies

pytestmark = [pytest.mark.process, pytest.mark.slow]
#: The statements of a message's way, in their order: `bots.receiving`, `bots.turns`, `bots.plan`, `bots.outbox`.
STATEMENTS = ("take", "claim", "commit", "begin_send", "sent", "release")


@dataclass(frozen=True)
class Server:
    """The server, and the platform whose rows are in it."""

    postgres: Postgres
    platform: Platform

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """As the superuser."""
        url = self.postgres.url.replace("//switchboard:", "//postgres:").removesuffix("/switchboard") + "/postgres"
        return Database(url=url, server_url=url).query(sql)

    def end_sessions(self) -> None:
        self.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'switchboard'")


@pytest.fixture(scope="module")
def running_server(services: object) -> Iterator[Server]:
    # Not tmp_path: as root, PostgreSQL's own user must be able to pass through, and pytest locks its folders.
    folder = Path(tempfile.mkdtemp(prefix="switchboard-crash-")).resolve()
    # Durable: a server with synchronous_commit off may forget its last half second when it is killed.
    postgres = Postgres(folder / "postgres", durable=True)
    try:
        postgres.start()
        database = Database(url=postgres.url, server_url=postgres.url)
        with platform_on(database, folder=folder) as platform:
            yield Server(postgres, platform)
    finally:
        postgres.stop()
        shutil.rmtree(folder)


@pytest.fixture
def server(running_server: Server) -> Server:
    running_server.platform.begin()
    return running_server


@pytest.fixture
def platform(server: Server) -> Platform:
    return server.platform


@contextmanager
def commits_without_an_answer(server: Server) -> Iterator[None]:
    """Inside, each commit is kept, and its answer held back: the server waits for a replica that is not there. A
    session that is cancelled then gets its answer, one that is ended never does.

    https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA
    """
    server.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    server.query("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        server.query("ALTER SYSTEM RESET synchronous_standby_names")
        server.query("SELECT pg_reload_conf()")


@contextmanager
def read_only(server: Server) -> Iterator[None]:
    server.query("ALTER DATABASE switchboard SET default_transaction_read_only = on")
    server.end_sessions()
    try:
        yield
    finally:
        server.query("ALTER DATABASE switchboard RESET default_transaction_read_only")
        server.end_sessions()


def lost(server: Server, statement: str) -> bool:
    """Whether somebody waited for the answer to this statement's commit, and will never get it; others get theirs."""
    for pid, query in server.query("SELECT pid, query FROM pg_stat_activity WHERE wait_event = 'SyncRep'"):
        if f"EXECUTE {statement}_" in str(query):
            server.query(f"SELECT pg_terminate_backend({pid})")
            return True
        server.query(f"SELECT pg_cancel_backend({pid})")
    return False


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_commit_whose_answer_is_lost_is_neither_lost_nor_repeated(
    server: Server, platform: Platform, user: str, statement: str
) -> None:
    with commits_without_an_answer(server):
        platform.write(BOOKS, f"Is {statement} kept?", user=user, wait=False)
        platform.wait_until(lambda: lost(server, statement), what=f"waiting for the answer to {statement}")
    assert bodies(platform, BOOKS, user) == [f"echo: Is {statement} kept?"]
    outcomes = f"SELECT outcome FROM {BOOKS.schema}.bots_message WHERE content = %s AND direction = 'in'"
    assert platform.database.query(outcomes, [f"Is {statement} kept?"]) == [("answered",)]


def test_a_server_that_stands_still_for_a_while_loses_and_repeats_nothing(platform: Platform, server: Server) -> None:
    asking, writing = platform.somebody(), platform.somebody()
    process = server.postgres._process()
    assert process
    platform.far_end.fails_with("delay", seconds=1.0, key=BOOKS.api_key, times=1)
    platform.write(BOOKS, "While you think", user=asking)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 1, what="asked")
    with frozen(process.pid):
        platform.write(BOOKS, "While it stands still", user=writing, wait=False)
        for _ in range(5):
            assert httpx2.get(f"{platform.url}/healthz", trust_env=False, timeout=20).is_success
        # The answer has come, and cannot be kept.
        platform.wait_until(lambda: platform.far_end.state.faults == [], what="answered")
    assert bodies(platform, BOOKS, asking) == ["echo: While you think"]
    assert bodies(platform, BOOKS, writing) == ["echo: While it stands still"]


def test_a_server_that_is_read_only_after_a_failover_takes_nothing_and_loses_nothing(
    platform: Platform, server: Server
) -> None:
    asking, away = platform.somebody(), platform.somebody()
    pids = [process.popen.pid for process in platform.processes if process.popen]
    platform.far_end.fails_with("delay", seconds=1.0, key=BOOKS.api_key, times=1)
    platform.write(BOOKS, "While you think", user=asking)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 1, what="asked")
    sid = "SM" + "4d" * 16
    with read_only(server):
        assert set(platform.write(BOOKS, "While it is read-only", user=away, sid=sid)) == {503}
    assert platform.write(BOOKS, "While it is read-only", user=away, sid=sid)[-1] == 200
    assert bodies(platform, BOOKS, away) == ["echo: While it is read-only"]
    assert bodies(platform, BOOKS, asking) == ["echo: While you think"]
    assert pids == [process.popen.pid for process in platform.processes if process.popen and process.is_running()]


def test_it_may_be_killed_at_any_step_and_every_process_comes_back_by_itself(
    platform: Platform, server: Server
) -> None:
    before, asking, sending, away = (platform.somebody() for _ in range(4))
    pids = [process.popen.pid for process in platform.processes if process.popen]
    platform.ask(BOOKS, "Before", user=before)
    platform.far_end.fails_with("delay", seconds=2.0, key=BOOKS.api_key)
    with breakpoint_at("after the send", business=FERRIES, database=platform.database) as reached:
        platform.write(FERRIES, "While you send", user=sending)
        platform.wait_until(reached, what="stopped after the send")
        platform.write(BOOKS, "While you think", user=asking)
        platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 2, what="asked")
        server.postgres.kill()
        sid = "SM" + "5d" * 16
        assert set(platform.write(BOOKS, "While it is away", user=away, sid=sid)) == {503}
        server.postgres.start()
    assert platform.write(BOOKS, "While it is away", user=away, sid=sid)[-1] == 200
    assert bodies(platform, BOOKS, away) == ["echo: While it is away"]
    assert bodies(platform, BOOKS, asking) == ["echo: While you think"]
    assert bodies(platform, FERRIES, sending) == ["echo: While you send"]
    assert platform.replies(BOOKS, user=before) == ["echo: Before"]
    assert pids == [process.popen.pid for process in platform.processes if process.popen and process.is_running()]
