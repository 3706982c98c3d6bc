from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest
import redis

from sandbox.processes import SandboxError
from sandbox.services import running
from tests.sandbox.services.probes import query, servers_in, wait_until


def test_committed_data_and_the_urls_survive_kill_and_start(data: Path) -> None:
    with running(data) as services:
        assert services.postgres
        assert services.redis
        query(services.database_url, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
        redis.Redis.from_url(services.redis_url).set("kept", 7)
        redis.Redis.from_url(services.redis_url).execute_command("WAITAOF", 1, 0, 5000)
        services.postgres.kill()
        services.redis.kill()
        assert servers_in(data) == []
        services.postgres.start()
        services.redis.start()
        assert (services.postgres.url, services.redis.url) == (services.database_url, services.redis_url)
        assert query(services.database_url, "SELECT number FROM kept") == 7
        assert redis.Redis.from_url(services.redis_url).get("kept") == b"7"
    with running(data) as again:
        assert again == services
        assert query(again.database_url, "SELECT number FROM kept") == 7
        assert redis.Redis.from_url(again.redis_url).get("kept") == b"7"


def test_stopping_and_starting_twice_is_no_error(data: Path) -> None:
    with running(data, durable=False) as services:
        for server in (services.postgres, services.redis):
            assert server
            server.stop()
            server.stop()
            server.start()
            server.start()
        assert query(services.database_url, "SELECT 1") == 1
        assert redis.Redis.from_url(services.redis_url).ping()


def test_a_port_that_another_program_has_taken_is_given_up(data: Path) -> None:
    with running(data, durable=False) as before:
        pass
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", urlsplit(before.database_url).port or 0))
        other.listen()
        with running(data, durable=False) as services:
            assert services.database_url != before.database_url
            assert services.redis_url == before.redis_url
            assert query(services.database_url, "SELECT 1") == 1


def test_a_session_that_outlives_a_killed_server_does_not_hinder_the_next(data: Path) -> None:
    with running(data, durable=False) as services:
        assert services.postgres
        busy = threading.Thread(target=_work_until_cut_off, args=[services.database_url])
        busy.start()
        active = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
        )
        wait_until(lambda: bool(query(services.database_url, active)))
        server = int((data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: not psutil.pid_exists(server) or psutil.Process(server).status() == psutil.STATUS_ZOMBIE)
        services.postgres.start()
        assert query(services.database_url, "SELECT 1") == 1
        busy.join()


def _work_until_cut_off(url: str) -> None:
    with pytest.raises(psycopg2.OperationalError):
        query(url, "SELECT count(*) FROM generate_series(1, 10000000000)")


def test_a_pid_file_that_names_another_program_does_not_hinder_a_start(data: Path) -> None:
    with running(data, durable=False) as services:
        assert services.postgres
        services.postgres.stop()
        # Only a process of the user who runs PostgreSQL is taken for PostgreSQL.
        owner = (data / "postgres").stat()
        account: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
        with subprocess.Popen(["sleep", "60"], **account) as stranger:
            pid_file = data / "postgres" / "data" / "postmaster.pid"
            pid_file.write_text(f"{stranger.pid}\n{data / 'postgres' / 'data'}\n1\n5432\n\n127.0.0.1\n\nready\n")
            pid_file.chmod(0o644)
            services.postgres.start()
            stranger.kill()
        assert query(services.database_url, "SELECT 1") == 1


def test_a_half_made_data_folder_is_made_anew() -> None:
    folder = Path(tempfile.mkdtemp(prefix="switchboard-")).resolve()
    draft = folder / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with running(folder, durable=False) as services:
        assert query(services.database_url, "SELECT 1") == 1
    shutil.rmtree(folder)


def test_an_error_shows_the_log_and_says_what_to_do() -> None:
    broken = Path(tempfile.mkdtemp(prefix="switchboard-")).resolve()
    (broken / "postgres" / "data").mkdir(parents=True)
    (broken / "postgres" / "data" / "PG_VERSION").write_text("18\n")  # and no postgresql.conf
    with pytest.raises(SandboxError) as caught, running(broken, durable=False):
        pytest.fail("started")
    assert "postgresql.conf" in str(caught.value)
    assert f"delete {broken / 'postgres'} and start again" in str(caught.value)
    assert servers_in(broken) == []
    shutil.rmtree(broken)
