"""More than one worker, and more than one sweeper: one goes, another takes over, and nobody hears anything twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psutil
import pytest
import redis

from bots import texts
from bots.outbox import FRESH
from sandbox.procfile import Process
from tests.processes.breakpoints import abandoned, breakpoint_at
from tests.processes.businesses import BOOKS, EVERYONE, FERRIES, PRINTS
from tests.processes.freezing import frozen
from tests.processes.platform import Platform
from tests.processes.test_crashes import bodies

pytestmark = [pytest.mark.process, pytest.mark.slow]


@contextmanager
def another(platform: Platform, name: str) -> Iterator[Process]:
    """A second process of the kind, at work."""
    log = platform.folder / f"{name}-{time.monotonic_ns()}.log"
    process = Process(name=name, environment=platform.environment, log=log)
    process.start()
    try:
        ready = {"worker": " ready.", "beat": "Sweeping every"}[name]
        platform.wait_until(lambda: ready in log.read_text(), what=f"with a second {name}")
        yield process
    finally:
        process.stop()


def leases_run_out(platform: Platform) -> None:
    """The rest of a dead worker's time, in an instant."""
    for business in EVERYONE:
        platform.database.query(
            f"UPDATE {business.schema}.bots_conversation SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL"
        )


def test_a_second_worker_takes_over_whatever_a_killed_one_was_at(platform: Platform) -> None:
    places = {"during the call": FERRIES, "before the commit": PRINTS, "before the send": BOOKS}
    people = {place: platform.somebody() for place in places}
    with ExitStack() as at_work:
        with ExitStack() as breakpoints:
            for place in ("before the commit", "before the send"):
                point = breakpoint_at(place, business=places[place], database=platform.database)
                reached = breakpoints.enter_context(point)
                platform.write(places[place], f"I am {place}", user=people[place])
                platform.wait_until(reached, what=f"stopped {place}")
            platform.far_end.fails_with("hang", times=1, key=FERRIES.api_key)
            platform.write(FERRIES, "I am during the call", user=people["during the call"])
            platform.wait_until(lambda: platform.asked(FERRIES.api_key) != [], what="asked")
            at_work.enter_context(another(platform, "worker"))
            platform.worker.kill()
            abandoned(platform.database)
        leases_run_out(platform)
        for place, business in places.items():
            # The call may have had its five seconds before its worker was killed.
            answers = [text for text in bodies(platform, business, people[place]) if text != texts.TIMEOUT]
            assert answers == [f"echo: I am {place}"]
        assert not platform.worker.is_running()


def test_a_worker_that_was_held_up_at_the_send_leaves_it_to_the_one_that_took_over(
    platform: Platform, user: str
) -> None:
    before = times_given_up(platform)
    with another(platform, "worker") as second:
        with ExitStack() as held_up:
            with breakpoint_at("before the send", business=BOOKS, database=platform.database) as reached:
                platform.write(BOOKS, "Are you still there?", user=user)
                platform.wait_until(reached, what="stopped before the send")
                # Whichever of the two it is: its statement goes on without it, and says that the send begins.
                holder = holder_of_the_turn(platform, (platform.worker, second))
                held_up.enter_context(frozen(holder))
                began = time.monotonic()
            leases_run_out(platform)
            [reply] = platform.phone.wait_for_replies(number=BOOKS.number, user=user)
            # A worker that was held up for less still sends: nobody's true lease is over by then.
            time.sleep(max(0.0, began + FRESH + 1 - time.monotonic()))
        platform.wait_until(lambda: times_given_up(platform) == before + 1, what="given up")
        assert bodies(platform, BOOKS, user) == [reply["body"]] == ["echo: Are you still there?"]


def holder_of_the_turn(platform: Platform, workers: tuple[Process, Process]) -> int:
    """Whose statement waits at the breakpoint: the process at the other end of its connection."""
    [[port]] = platform.database.query(
        "SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid)"
        " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
    )
    [pid] = [
        process.pid
        for worker in workers
        if worker.popen
        for process in [psutil.Process(worker.popen.pid)]
        if any(one.laddr and one.laddr.port == port for one in process.net_connections("tcp"))
    ]
    return pid


def times_given_up(platform: Platform) -> int:
    return sum(log.read_text().count("taken over by another worker") for log in platform.folder.glob("worker*.log"))


def test_two_sweepers_and_lost_bells_are_one_answer_each(platform: Platform) -> None:
    people = [platform.somebody() for _ in range(10)]
    platform.worker.terminate()
    assert platform.worker.popen
    platform.worker.popen.wait(20)
    for user in people:
        assert platform.write(BOOKS, f"I am {user}", user=user) == [200]
    redis.Redis.from_url(platform.redis.url).flushall()
    with another(platform, "beat"), another(platform, "worker"):
        platform.start()
        platform.wait_until_idle(BOOKS)
    assert {user: platform.replies(BOOKS, user=user) for user in people} == {
        user: [f"echo: I am {user}"] for user in people
    }
    assert len(platform.asked(BOOKS.api_key)) == len(people)


def test_a_worker_that_was_told_to_end_begins_no_turn_any_more(platform: Platform) -> None:
    first, next_one = platform.somebody(), platform.somebody()
    platform.far_end.fails_with("delay", seconds=4.0, key=BOOKS.api_key, times=1)
    platform.write(BOOKS, "One last", user=first)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 1, what="asked")
    assert platform.worker.popen
    os.kill(platform.worker.popen.pid, signal.SIGTERM)
    platform.wait_until(lambda: "Warm shutdown" in platform.worker.last_lines(20), what="told to end")
    platform.write(BOOKS, "One more", user=next_one)
    assert platform.worker.popen.wait(30) == 0
    assert platform.replies(BOOKS, user=first) == ["echo: One last"]
    assert (platform.replies(BOOKS, user=next_one), len(platform.asked(BOOKS.api_key))) == ([], 1)
    platform.start()
    assert bodies(platform, BOOKS, next_one) == ["echo: One more"]
