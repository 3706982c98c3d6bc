"""Redis is there, and no help: full, read-only after a failover, slow, or with somebody else's words in the queue."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import redis

from tests.processes.businesses import BOOKS
from tests.processes.freezing import frozen
from tests.processes.platform import Platform

pytestmark = [pytest.mark.process, pytest.mark.slow]
#: Milliseconds. Whoever waits for a Redis that stands still waits for a second.
WAITED = 700


@contextmanager
def full(platform: Platform) -> Iterator[None]:
    """Every write is refused."""
    with redis.Redis.from_url(platform.redis.url) as client:
        client.config_set("maxmemory", 1)
        yield
        client.config_set("maxmemory", 0)


@contextmanager
def read_only(platform: Platform) -> Iterator[None]:
    """As one that was the master before a failover."""
    with redis.Redis.from_url(platform.redis.url) as client:
        client.replicaof("127.0.0.1", "9")
        yield
        client.replicaof("NO", "ONE")


@contextmanager
def slow(platform: Platform) -> Iterator[None]:
    with frozen(int((platform.redis.folder / "pid").read_text())):
        yield


@pytest.mark.parametrize("trouble", [full, read_only, slow])
def test_messages_are_taken_in_the_usual_time_and_answered_once_it_is_well_again(
    platform: Platform, trouble: Callable[[Platform], AbstractContextManager[None]]
) -> None:
    people = [platform.somebody() for _ in range(15)]
    pids = [process.popen.pid for process in platform.processes if process.popen]
    platform.ask(BOOKS, "Before", user=people[0])
    noticed = platform.beat.log.read_text().count("does not answer")
    took = []
    with trouble(platform):
        for user in people:
            sent = platform.phone.send(user=user, number=BOOKS.number, body=f"I am {user}")
            assert [answer["status"] for answer in sent["answers"]] == [200]
            took += [answer["ms"] for answer in sent["answers"]]
        platform.wait_until(
            lambda: platform.beat.log.read_text().count("does not answer") > noticed, what="noticed by beat"
        )
    assert statistics.median(took) < WAITED

    platform.wait_until_idle(BOOKS)
    assert {user: platform.replies(BOOKS, user=user)[-1] for user in people} == {
        user: f"echo: I am {user}" for user in people
    }
    assert sum(len(platform.replies(BOOKS, user=user)) for user in people) == len(people) + 1
    assert pids == [process.popen.pid for process in platform.processes if process.popen and process.is_running()]


def test_somebody_elses_words_in_the_queue_hold_nobody_up(platform: Platform, user: str) -> None:
    assert platform.worker.popen
    pid = platform.worker.popen.pid
    with redis.Redis.from_url(platform.redis.url) as client:
        client.lpush("switchboard", "garbage", "{}", "[]", "\0", '{"body": "", "headers": {}, "properties": {}}')
    assert platform.ask(BOOKS, "Do you hear me?", user=user) == "echo: Do you hear me?"
    assert platform.worker.is_running()
    assert platform.worker.popen.pid == pid
