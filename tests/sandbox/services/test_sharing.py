from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import redis

from sandbox.processes import SandboxError
from sandbox.services import running
from tests.sandbox.services.probes import query, sandbox, servers_in, wait_until


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
