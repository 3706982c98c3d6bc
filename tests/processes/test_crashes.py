"""kill -9 at every step of a message's way: each message is answered once all the same."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest
import redis

from bots import texts
from bots.deciding import MOST_FAILED_CLAIMS
from sandbox.procfile import Process
from tests.processes.breakpoints import abandoned, breakpoint_at
from tests.processes.businesses import BOOKS, FERRIES, PRINTS, Business
from tests.processes.platform import Platform

pytestmark = [pytest.mark.process, pytest.mark.slow]
#: Seconds after a crash.
ANSWERED_WITHIN = 60.0
#: Where the worker was with each business's message when it was killed.
STEPS = {
    "before the claim": PRINTS,
    "before the commit": PRINTS,
    "before the send": BOOKS,
    "during the send": BOOKS,
    "after the send": FERRIES,
}


def reply_status(platform: Platform, business: Business, user: str) -> list[str]:
    rows = platform.database.query(
        f"SELECT m.status FROM {business.schema}.bots_message m"
        f" JOIN {business.schema}.bots_conversation c ON c.id = m.conversation_id"
        " WHERE c.user_phone = %s AND m.direction = 'out'",
        [user],
    )
    return [status for [status] in rows]


def bodies(platform: Platform, business: Business, user: str) -> list[str]:
    """What the person has got, once the business has nothing more to say."""
    platform.phone.wait_for_replies(number=business.number, user=user, timeout=ANSWERED_WITHIN)
    due = f"SELECT 1 FROM {business.schema}.bots_conversation WHERE user_phone = %s AND due_at IS NOT NULL"
    platform.wait_until(lambda: platform.database.query(due, [user]) == [], what="done with this person")
    return platform.replies(business, user=user)


@dataclass(frozen=True)
class Crash:
    """Who waited at which step when the worker was killed, and when that was (Unix time)."""

    people: dict[str, str]
    at: float


@pytest.fixture(scope="module")
def crash(running_platform: Platform) -> Crash:
    """One kill -9 for all steps. The dead worker's claims run out while other tests run."""
    platform = running_platform
    platform.begin()
    people = {step: platform.somebody() for step in STEPS}
    # Twilio takes this reply and never says so; its callback tells of it.
    platform.phone.fault(on="messages.create", mode="accept_and_hang", times=1)
    platform.write(BOOKS, "I am during the send", user=people["during the send"])
    platform.wait_until(
        lambda: reply_status(platform, BOOKS, people["during the send"]) == ["delivered"], what="told by the callback"
    )
    # Of the others only Twilio's list knows.
    platform.phone.fault(on="callbacks", mode="drop")
    with ExitStack() as breakpoints:
        for step in ("before the commit", "before the send", "after the send"):
            business = STEPS[step]
            reached = breakpoints.enter_context(breakpoint_at(step, business=business, database=platform.database))
            platform.write(business, f"I am {step}", user=people[step])
            platform.wait_until(reached, what=f"stopped {step}")
        # The bell is out of Redis and in a process that will never look at it.
        assert platform.worker.popen
        os.killpg(platform.worker.popen.pid, signal.SIGSTOP)
        platform.write(PRINTS, "I am before the claim", user=people["before the claim"])
        platform.worker.kill()
        at = time.time()
        statuses = {step: reply_status(platform, business, people[step]) for step, business in STEPS.items()}
        abandoned(platform.database)
    assert statuses == {
        "before the claim": [],
        "before the commit": [],
        "before the send": ["queued"],
        "during the send": ["delivered"],
        "after the send": ["sending"],
    }
    platform.start()
    return Crash(people=people, at=at)


def test_a_crash_keeps_nobody_else_waiting(platform: Platform, crash: Crash, user: str) -> None:
    platform.write(FERRIES, "I come afterwards", user=user)
    [reply] = platform.phone.wait_for_replies(number=FERRIES.number, user=user)
    assert reply["body"] == "echo: I come afterwards"


@pytest.mark.parametrize("loss", ["killed", "flushed", "restarted"])
def test_redis_may_lose_everything_at_any_step(platform: Platform, loss: str) -> None:
    """`killed` and `restarted` lose all as well: this Redis keeps nothing on disk."""
    places = {
        "during the send": BOOKS,
        "before the send": BOOKS,
        "before the commit": FERRIES,
        "during the call": PRINTS,
        "after the send": PRINTS,
        "before the claim": BOOKS,
        "while Redis is away": FERRIES,
    }
    people = {place: platform.somebody() for place in places}

    def write(place: str) -> list[int]:
        return platform.write(places[place], f"Redis is {loss} {place}", user=people[place])

    platform.phone.fault(on="messages.create", mode="accept_and_hang", times=1)
    write("during the send")
    platform.phone.wait_for_replies(number=BOOKS.number, user=people["during the send"])
    with ExitStack() as breakpoints:
        for place in ("before the send", "before the commit", "after the send"):
            reached = breakpoints.enter_context(
                breakpoint_at(place, business=places[place], database=platform.database)
            )
            write(place)
            platform.wait_until(reached, what=f"stopped {place}")
        platform.far_end.fails_with("delay", seconds=2.0, key=PRINTS.api_key, times=1)
        write("during the call")
        platform.wait_until(lambda: "during the call" in str(platform.asked(PRINTS.api_key)), what="asked")
        assert platform.worker.popen
        os.killpg(platform.worker.popen.pid, signal.SIGSTOP)
        write("before the claim")
        if loss == "flushed":
            redis.Redis.from_url(platform.redis.url).flushall()
            assert write("while Redis is away") == [200]
        else:
            {"killed": platform.redis.kill, "restarted": platform.redis.stop}[loss]()
            assert write("while Redis is away") == [200]
            platform.redis.start()
        os.killpg(platform.worker.popen.pid, signal.SIGCONT)
    for place, business in places.items():
        assert bodies(platform, business, people[place]) == [f"echo: Redis is {loss} {place}"]


def test_a_worker_that_was_held_up_says_nothing_once_another_has_answered(platform: Platform, user: str) -> None:
    platform.far_end.fails_with("delay", seconds=2.0, key=BOOKS.api_key)
    platform.write(BOOKS, "Are you awake?", user=user)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 1, what="asked")
    assert platform.worker.popen
    os.killpg(platform.worker.popen.pid, signal.SIGSTOP)
    other = Process(name="worker", environment=platform.environment, log=platform.folder / "worker-2.log")
    other.start()
    try:
        [reply] = platform.phone.wait_for_replies(number=BOOKS.number, user=user, timeout=ANSWERED_WITHIN)
        os.killpg(platform.worker.popen.pid, signal.SIGCONT)
        platform.wait_until(lambda: "was taken over by another worker" in platform.logs(), what="given up")
        assert bodies(platform, BOOKS, user) == [reply["body"]] == ["echo: Are you awake?"]
    finally:
        os.killpg(platform.worker.popen.pid, signal.SIGCONT)
        other.stop()


def test_a_message_that_kills_its_worker_every_time_is_given_up_and_holds_nobody_up(
    platform: Platform, user: str
) -> None:
    neighbour = platform.somebody()
    for attempt in range(1, MOST_FAILED_CLAIMS + 1):
        platform.far_end.fails_with("hang", times=1, key=BOOKS.api_key)
        if attempt == 1:
            platform.write(BOOKS, "Boom", user=user)
        platform.wait_until(partial(was_asked, platform, "Boom", times=attempt), what="asked")
        if attempt == 2:
            platform.write(BOOKS, "Do you have atlases?", user=neighbour)
            [reply] = platform.phone.wait_for_replies(number=BOOKS.number, user=neighbour)
            assert reply["body"] == "echo: Do you have atlases?"
        platform.worker.kill()
        # The rest of the dead worker's time, in an instant.
        platform.database.query(
            f"UPDATE {BOOKS.schema}.bots_conversation SET lease_until = clock_timestamp() WHERE user_phone = %s", [user]
        )
        platform.start()
    assert bodies(platform, BOOKS, user) == [texts.AI_UNAVAILABLE]
    outcome = f"SELECT outcome, outcome_reason FROM {BOOKS.schema}.bots_message WHERE content = 'Boom'"
    assert platform.database.query(outcome) == [("failed", "poison")]
    assert was_asked(platform, "Boom", times=MOST_FAILED_CLAIMS)


def was_asked(platform: Platform, words: str, *, times: int) -> bool:
    return sum(words in str(one["body"]) for one in platform.asked(BOOKS.api_key)) == times


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_leaves_one_answer_within_a_minute(
    platform: Platform, crash: Crash, step: str
) -> None:
    business, user = STEPS[step], crash.people[step]
    assert bodies(platform, business, user) == [f"echo: I am {step}"]
    [reply] = platform.phone.replies(number=business.number, user=user)
    assert reply["created"] - crash.at < ANSWERED_WITHIN
    assert reply_status(platform, business, user)[0] in ("sent", "delivered")
