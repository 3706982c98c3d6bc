from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import psutil
import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox.processes import SandboxError
from sandbox.services import PROJECT, Services, running

COMMAND = [sys.executable, "-m", "sandbox.services"]


@pytest.fixture(autouse=True)
def _no_servers_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A folder whose databases were made once, for all tests; its name has a space in it."""
    # Not tmp_path: as root, PostgreSQL's own user must be able to pass through, and pytest locks its folders.
    folder = Path(tempfile.mkdtemp(prefix="switchboard data ")).resolve()
    yield folder
    shutil.rmtree(folder)


def query(url: str, sql: str) -> Any:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(sql)
        return next(iter(cursor))[0] if cursor.description else None


def sandbox(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*COMMAND, *map(str, arguments)], cwd=PROJECT, **{**pipes, **options})


def servers_in(folder: Path) -> list[str]:
    return [
        process.info["name"]
        for process in psutil.process_iter(["name", "cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or []) and "python" not in process.info["name"]
    ]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_both_servers_answer_inside_and_are_gone_outside(data: Path) -> None:
    with running(data, durable=False) as services:
        assert query(services.database_url, "SELECT current_database()") == "switchboard"
        assert redis.Redis.from_url(services.redis_url).ping()
        assert services.environment() == {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    assert servers_in(data) == []
    with pytest.raises(psycopg2.OperationalError):
        query(services.database_url, "SELECT 1")


def test_django_settings_read_from_the_url_connect(data: Path) -> None:
    with running(data, durable=False) as services:
        settings = environ.Env.db_url_config(services.database_url)
        assert settings["ENGINE"] == "django.db.backends.postgresql"
        parts = {word.lower(): settings[word] for word in ("HOST", "PORT", "USER", "PASSWORD")}
        with closing(psycopg2.connect(dbname=settings["NAME"], **parts)) as connection:
            assert connection.info.dbname == "switchboard"


def test_the_role_makes_databases_with_our_extensions_but_is_no_superuser(data: Path) -> None:
    with running(data, durable=False) as services:
        assert query(services.database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        query(services.database_url, "DROP DATABASE IF EXISTS another")
        query(services.database_url, "CREATE DATABASE another")
        another = f"{services.database_url.rpartition('/')[0]}/another"
        query(another, "CREATE EXTENSION pg_trgm; CREATE EXTENSION IF NOT EXISTS vector")
        assert query(another, "SELECT count(*) FROM pg_extension WHERE extname IN ('pg_trgm', 'vector')") == 2


def test_words_are_told_from_punctuation_beyond_ascii(data: Path) -> None:
    with running(data, durable=False) as services:
        words = query(services.database_url, "SELECT tsvector_to_array(to_tsvector('simple', '„ÉCLAIR“ — Кофе'))")
        assert words == ["éclair", "кофе"]


@pytest.mark.parametrize(("durable", "setting"), [(True, "on"), (False, "off")])
def test_only_durable_servers_wait_for_the_disk(data: Path, *, durable: bool, setting: str) -> None:
    with running(data, durable=durable) as services:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert query(services.database_url, f"SHOW {name}") == setting
        assert int(query(services.database_url, "SHOW max_connections")) >= 200
        client = redis.Redis.from_url(services.redis_url)
        assert client.config_get("appendonly")["appendonly"] == ("yes" if durable else "no")
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"


def test_servers_listen_on_loopback_only_and_ask_for_a_password(data: Path) -> None:
    with running(data, durable=False) as services:
        assert query(services.database_url, "SHOW listen_addresses") == "127.0.0.1"
        client = redis.Redis.from_url(services.redis_url)
        assert client.config_get("bind")["bind"] == "127.0.0.1"
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(services.database_url, password="wrong")
        port = client.connection_pool.connection_kwargs["port"]
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), 0)).ping()
        assert (data / "postgres" / "url").stat().st_mode & 0o077 == 0
        assert (data / "redis" / "url").stat().st_mode & 0o077 == 0


def test_a_server_of_the_user_wins_and_ours_is_not_started(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example.test/mine")
    with running(data, durable=False) as services:
        assert services.database_url == "postgresql://me@db.example.test/mine"
        assert services.postgres is None
        assert redis.Redis.from_url(services.redis_url).ping()
        assert "postgres" not in servers_in(data)
    monkeypatch.setenv("REDIS_URL", "redis://cache.example.test/3")
    with running(data, durable=False) as services:
        assert services == Services("postgresql://me@db.example.test/mine", "redis://cache.example.test/3")
        assert servers_in(data) == []


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


def test_a_port_that_another_program_has_taken_is_given_up(data: Path) -> None:
    with running(data, durable=False) as before:
        pass
    with socket.socket() as other:
        other.bind(("127.0.0.1", urlsplit(before.database_url).port or 0))
        other.listen()
        with running(data, durable=False) as services:
            assert services.database_url != before.database_url
            assert services.redis_url == before.redis_url
            assert query(services.database_url, "SELECT 1") == 1


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


def test_the_last_user_of_a_folder_ends_its_servers(data: Path) -> None:
    with running(data, durable=False) as first:
        with running(data, durable=False) as second:
            assert second == first
        assert query(first.database_url, "SELECT 1") == 1
        assert redis.Redis.from_url(first.redis_url).ping()
        other = sandbox(
            "--data", data, "--fast", "--", "sh", "-c", 'echo "$DATABASE_URL"; read -r _', stdin=subprocess.PIPE
        )
        assert other.stdout
        assert other.stdout.readline().strip() == first.database_url
    assert query(first.database_url, "SELECT 1") == 1
    other.communicate("\n")
    assert servers_in(data) == []


def test_durable_users_do_not_join_servers_that_may_lose_data(data: Path) -> None:
    with running(data, durable=False) as services:
        with pytest.raises(SandboxError, match="in use by a test"), running(data):
            pytest.fail("joined")
        assert query(services.database_url, "SELECT 1") == 1


def test_servers_end_when_their_only_user_is_killed_and_start_again(data: Path) -> None:
    user = sandbox("--data", data, "--fast", "--", "sh", "-c", "echo ready; read -r _", stdin=subprocess.PIPE)
    assert user.stdout
    assert user.stdout.readline() == "ready\n"
    assert set(servers_in(data)) == {"postgres", "redis-server"}
    user.kill()
    user.communicate()
    wait_until(lambda: servers_in(data) == [])
    with running(data, durable=False) as services:
        assert query(services.database_url, "SELECT 1") == 1


def test_servers_that_nobody_ended_are_replaced(data: Path) -> None:
    with running(data, durable=False) as services:
        assert services.postgres
        assert services.redis
    services.postgres.start()  # outside: nobody ends them, as when the keeper is killed as well
    services.redis.start()
    with running(data) as replaced:
        assert query(replaced.database_url, "SHOW fsync") == "on"
    assert servers_in(data) == []


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


def test_a_command_gets_both_urls_and_its_exit_code_is_ours(data: Path) -> None:
    user = sandbox("--data", data, "--fast", "--", "sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"; exit 7')
    output, errors = user.communicate()
    assert user.returncode == 7
    assert output.startswith("postgresql://switchboard:")
    assert " redis://:" in output
    assert errors == ""
    assert servers_in(data) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_command(data: Path, number: signal.Signals) -> None:
    script = f"trap 'echo caught; exit 5' {number}; echo ready; while :; do sleep 0.05; done"
    # A session of its own has no terminal, from which the command would get the signal anyway.
    user = sandbox("--data", data, "--fast", "--", "sh", "-c", script, start_new_session=True)
    assert user.stdout
    assert user.stdout.readline() == "ready\n"
    user.send_signal(number)
    output, errors = user.communicate()
    assert (user.returncode, output, errors) == (5, "caught\n", "")
    assert servers_in(data) == []


def test_a_command_that_a_signal_ended_gives_128_and_its_number(data: Path) -> None:
    user = sandbox("--data", data, "--fast", "--", "sh", "-c", "kill -KILL $$")
    user.communicate()
    assert user.returncode == 128 + signal.SIGKILL


def test_a_command_that_does_not_exist_gives_127(data: Path) -> None:
    user = sandbox("--data", data, "--fast", "--", "no-such-command")
    _, errors = user.communicate()
    assert (user.returncode, errors) == (127, "no-such-command: No such file or directory\n")
    assert servers_in(data) == []


@pytest.mark.parametrize("arguments", [(), ("--",), ("--fast", "--"), ("true",)])
def test_without_a_command_the_usage_is_shown(arguments: tuple[str, ...]) -> None:
    user = sandbox(*arguments)
    _, errors = user.communicate()
    assert user.returncode == 2
    assert errors.startswith("usage: python -m sandbox.services [--data DIR] [--fast] -- COMMAND")
