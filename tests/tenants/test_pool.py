"""A pool hands out no more connections than it may, none that is gone, and none to two threads."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import psycopg2
import pytest
from django.db import connections

from tenants.pool import Pool, PooledConnection, PoolTimeoutError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def a_pool() -> Iterator[Callable[..., Pool]]:
    """Makes pools of true connections, and closes them."""
    parameters = connections["default"].copy().get_connection_params()

    def connect() -> PooledConnection:
        made = psycopg2.connect(**parameters, connection_factory=PooledConnection)
        made.autocommit = True
        return made

    with ExitStack() as ends:

        def make(*, size: int = 3, max_age_seconds: float = 60, timeout_seconds: float = 0.05) -> Pool:
            pool = Pool(connect, size=size, max_age_seconds=max_age_seconds, timeout_seconds=timeout_seconds)
            ends.callback(pool.close)
            return pool

        yield make


def test_the_connection_that_came_back_last_goes_out_first(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool()
    first, second, third = (pool.getconn() for _ in range(3))
    for one in (second, third, first):
        pool.putconn(one)
    assert [pool.getconn() for _ in range(3)] == [first, third, second]


def test_a_pool_that_is_used_up_is_an_error_after_a_while(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(size=2)
    held = [pool.getconn() for _ in range(2)]
    for _ in range(2):
        with pytest.raises(PoolTimeoutError, match=r"0\.05 s"):
            pool.getconn()
    pool.putconn(held[0])
    assert pool.getconn() is held[0]


def test_whoever_waits_gets_the_next_connection_that_comes_back(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(size=1, timeout_seconds=30)
    held = pool.getconn()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(pool.getconn)
        pool.putconn(held)
        assert waiting.result() is held


def test_a_connection_that_is_too_old_is_replaced(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(max_age_seconds=-1)
    old = pool.getconn()
    pool.putconn(old)
    assert pool.getconn() is not old
    assert old.closed


def test_a_connection_that_we_closed_does_not_come_again(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(size=1)
    closed = pool.getconn()
    closed.close()
    pool.putconn(closed)
    assert not pool.getconn().closed


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT 1 / 0"])
def test_a_connection_in_a_transaction_is_closed_when_it_comes_back(
    a_pool: Callable[..., Pool], statement: str
) -> None:
    pool = a_pool(size=1)
    given = pool.getconn()
    with given.cursor() as cursor:
        cursor.execute("BEGIN")
        with suppress(psycopg2.DataError):
            cursor.execute(statement)
    pool.putconn(given)
    assert given.closed
    assert not pool.getconn().closed


def test_a_connection_that_nobody_knows_of_any_more_makes_room(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(size=1)
    for _ in range(3):
        pool.getconn()  # and forgotten
        gc.collect()
    # One that rests is in its place: when it is closed, and then collected, that makes no more room.
    pool.putconn(pool.getconn())
    pool.close()
    gc.collect()
    held = pool.getconn()
    with pytest.raises(PoolTimeoutError):
        pool.getconn()
    assert not held.closed


def test_a_connection_that_cannot_be_made_takes_no_room(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(size=1)
    connect = pool._connect

    def refuse() -> PooledConnection:
        raise psycopg2.OperationalError

    pool._connect = refuse
    for _ in range(3):
        with pytest.raises(psycopg2.OperationalError):
            pool.getconn()
    pool._connect = connect
    assert pool.getconn()


def test_many_threads_share_few_connections_and_none_at_the_same_time(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(size=3, timeout_seconds=30)
    seen: set[PooledConnection] = set()
    held: set[PooledConnection] = set()
    look = threading.Lock()

    def use(number: int) -> None:
        taken = pool.getconn()
        with look:
            assert taken not in held
            held.add(taken)
            seen.add(taken)
            assert len(held) <= 3
        with taken.cursor() as cursor:
            cursor.execute("SELECT %s", [number])
            assert cursor.fetchone() == (number,)
        if number % 50 == 0:
            time.sleep(0.01)
        if number % 97 == 0:
            taken.close()
        with look:
            held.remove(taken)
        pool.putconn(taken)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(use, range(600)))
    assert 3 <= len(seen) <= 3 + 600 // 97 + 1
    assert pool._permits.qsize() == 3
