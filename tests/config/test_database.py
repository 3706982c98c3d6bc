"""The connections that Django gets from the process's pool, and what they are when they come again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, ProgrammingError, close_old_connections, connection, connections, transaction
from django_tenants.utils import schema_context

from tenants.pool import Pool, PooledConnection
from tests.children import said_by_a_child

pytestmark = pytest.mark.django_db(transaction=True)


def asked(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def backend() -> int:
    return asked("SELECT pg_backend_pid()")


def terminate(pid: int) -> None:
    parameters = connections["default"].copy().get_connection_params()
    with closing(psycopg2.connect(**parameters)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.fixture(autouse=True)
def pool() -> Iterator[Pool]:
    """The process's pool, with nothing in it."""
    connection.close()
    pool = connections["default"].pool
    pool.close()
    yield pool
    connection.close()
    pool.close()


def test_a_connection_that_is_closed_comes_again() -> None:
    first = backend()
    connection.close()
    assert connection.connection is None
    assert backend() == first


def test_a_connection_has_django_s_settings_when_it_comes_and_when_it_comes_again() -> None:
    for _ in range(2):
        assert asked("SHOW TimeZone") == "UTC"
        assert asked("SHOW client_encoding") == "UTF8"
        assert asked("SHOW transaction_isolation") == "read committed"
        assert asked("SELECT '{\"a\": 1}'::jsonb") == '{"a": 1}', "Django reads JSON itself"
        assert connection.get_autocommit()
        assert connection.connection.autocommit
        connection.close()


def test_a_connection_comes_again_in_the_schema_that_its_thread_works_in() -> None:
    for name in ("acme", "bravo", "public", "acme"):
        with schema_context(name):
            assert asked("SELECT current_schema()") == name
            connection.close()
            assert asked("SELECT current_schema()") == name
        connection.close()


def test_a_connection_that_the_server_ended_while_it_rested_is_replaced_unseen() -> None:
    first = backend()
    connection.close()
    terminate(first)
    assert backend() != first


def test_all_connections_that_the_server_ended_are_replaced_unseen(pool: Pool) -> None:
    held = [pool.getconn() for _ in range(3)]
    for one in held:
        pool.putconn(one)
    for one in held:
        terminate(one.info.backend_pid)
    assert backend() not in [one.info.backend_pid for one in held if not one.closed]
    assert all(one.closed for one in held)


def test_a_connection_that_breaks_in_use_is_an_error_once() -> None:
    first = backend()
    terminate(first)
    with pytest.raises(OperationalError):
        backend()
    connection.close()
    assert backend() != first


def test_a_connection_in_the_middle_of_a_transaction_does_not_come_again() -> None:
    first = backend()
    with transaction.atomic():
        backend()
        connection.close()
        with pytest.raises(ProgrammingError, match="atomic block"):
            backend()
    assert backend() != first
    assert connection.get_autocommit()


def test_a_connection_whose_transaction_failed_comes_again_without_it() -> None:
    first = backend()
    with pytest.raises(Exception, match="division by zero"), transaction.atomic():
        asked("SELECT 1 / 0")
    connection.close()
    assert backend() == first
    assert connection.connection.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE


def test_a_connection_that_was_left_without_autocommit_does_not_come_again() -> None:
    first = backend()
    transaction.set_autocommit(False)
    close_old_connections()
    assert backend() != first
    assert connection.get_autocommit()


def test_a_server_that_refuses_us_is_a_database_error_and_takes_nothing_from_the_pool(pool: Pool) -> None:
    kept, pool._connect = pool._connect, lambda: psycopg2.connect(host="127.0.0.1", port=1)
    try:
        for _ in range(30):
            with pytest.raises(OperationalError):
                backend()
    finally:
        pool._connect = kept
    assert backend()


def test_a_thread_that_ends_with_a_connection_is_in_nobody_s_way(pool: Pool) -> None:
    free = pool._permits.qsize()
    for _ in range(3):
        thread = Thread(target=backend)
        thread.start()
        thread.join()
    gc.collect()
    assert pool._permits.qsize() == free


def test_the_thread_that_needed_a_connection_first_may_end_with_it_as_well(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = pool._permits.qsize()
    monkeypatch.setattr(type(connections["default"]), "_connection_pools", {})
    thread = Thread(target=backend)
    thread.start()
    thread.join()
    gc.collect()
    another = connections["default"].pool
    assert another is not pool
    assert another._permits.qsize() == free


def test_a_child_of_the_process_takes_no_connection_of_its_parent_s() -> None:
    first = backend()
    connection.close()
    assert int(said_by_a_child(backend)) != first
    assert backend() == first, "nor does its end close one"


def test_there_is_one_pool_for_all_threads(pool: Pool) -> None:
    found: list[Pool] = []
    thread = Thread(target=lambda: found.append(connections["default"].pool))
    thread.start()
    thread.join()
    assert found == [pool]
    assert isinstance(pool.getconn(), PooledConnection)
