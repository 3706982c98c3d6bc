"""The worker's threads: whoever was busy last is busy again first, and nothing else differs from Python's own pool."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from queue import Empty
from typing import Any

import pytest
from celery import concurrency

import config.celery  # noqa: F401 (names the pool)
from config.threads import LastComeFirstServed, TaskPool


@pytest.fixture
def pool():
    made = TaskPool(limit=8)
    yield made
    made.executor.shutdown()


def burst(pool: TaskPool, count: int) -> set[int]:
    """As many tasks at once; returns the threads that ran them."""
    together = threading.Barrier(count)

    def meet() -> int:
        together.wait(timeout=30)
        return threading.get_ident()

    return {future.result(timeout=30) for future in [pool.executor.submit(meet) for _ in range(count)]}


def settled(pool: TaskPool, waiting: int) -> None:
    """A task's result is known a moment before its thread waits for the next."""
    deadline = time.monotonic() + 30
    while len(pool.executor._work_queue._waiting) < waiting:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_celery_finds_it_by_the_name_that_the_procfile_says() -> None:
    assert concurrency.get_implementation("threads") is TaskPool


def test_after_a_burst_one_thread_does_what_comes_alone(pool: TaskPool) -> None:
    assert len(burst(pool, 8)) == 8
    ran_on = set()
    for _ in range(20):
        settled(pool, waiting=8)
        ran_on.add(pool.executor.submit(threading.get_ident).result(timeout=30))
    assert len(ran_on) == 1


def test_what_waits_for_a_thread_is_done_in_its_order() -> None:
    pool = TaskPool(limit=1)
    begin, done = threading.Event(), []
    pool.executor.submit(begin.wait)
    futures = [pool.executor.submit(done.append, number) for number in range(50)]
    begin.set()
    wait(futures, timeout=30)
    assert done == list(range(50))
    pool.executor.shutdown()


def test_nothing_is_lost_or_done_twice_when_many_threads_hand_in_work(pool: TaskPool) -> None:
    done: list[int] = []

    def hand_in(first: int) -> list[Future[Any]]:
        return [pool.executor.submit(done.append, number) for number in range(first, first + 500)]

    handing = [threading.Thread(target=hand_in, args=(first,)) for first in range(0, 3000, 500)]
    for thread in handing:
        thread.start()
    for thread in handing:
        thread.join(timeout=60)
    pool.executor.shutdown()
    assert sorted(done) == list(range(3000))
    assert len(pool.executor._threads) <= 8


def test_its_end_waits_for_what_runs_and_drops_what_did_not_begin() -> None:
    pool = TaskPool(limit=1)
    began, go_on = threading.Event(), threading.Event()
    running = pool.executor.submit(lambda: (began.set(), go_on.wait(timeout=30))[1])
    queued = pool.executor.submit(int)
    assert began.wait(timeout=30)
    threading.Timer(0.05, go_on.set).start()
    pool.on_stop()
    assert running.result(timeout=0) is True
    assert queued.cancelled()


def test_threads_that_wait_for_nothing_end_with_the_pool(pool: TaskPool) -> None:
    burst(pool, 8)
    pool.executor.shutdown()
    assert not any(thread.is_alive() for thread in pool.executor._threads)


def test_who_does_not_want_to_wait_is_told() -> None:
    queue = LastComeFirstServed()
    with pytest.raises(Empty):
        queue.get_nowait()
    queue.put("a")
    assert queue.get_nowait() == "a"
