"""What dies, and comes back: no message is lost and none is answered twice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.processes.businesses import BOOKS, FERRIES
from tests.processes.platform import Platform

pytestmark = pytest.mark.process
#: What a reply that has Twilio's id is known to have come to.
STATUS = f"SELECT status FROM {FERRIES.schema}.bots_message WHERE external_id = %s"


@dataclass(frozen=True)
class Killed:
    """For whom the worker was busy when it was killed: it asked the AI for one, and sent to the other."""

    asking: str
    sending: str


@pytest.fixture(scope="module")
def killed(running_platform: Platform) -> Killed:
    """A worker was killed in the middle of two answers, and started again. Its claims run out while other tests run."""
    platform = running_platform
    platform.begin()
    people = Killed(asking=platform.somebody(), sending=platform.somebody())
    # Twilio takes the reply and never says so, nor does a callback tell of it: only its list of messages knows.
    platform.phone.fault(on="callbacks", mode="drop")
    platform.phone.fault(on="messages.create", mode="accept_and_hang", times=1)
    platform.write(FERRIES, "Is it sent?", user=people.sending)
    [reply] = platform.phone.wait_for_replies(number=FERRIES.number, user=people.sending)
    platform.far_end.fails_with("delay", seconds=3.0, key=BOOKS.api_key)
    platform.write(BOOKS, "Is it asked?", user=people.asking)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 1, what="asked")
    platform.worker.kill()
    assert platform.replies(BOOKS, user=people.asking) == []
    assert platform.database.query(STATUS, [reply["sid"]]) == []
    platform.start()
    return people


def test_a_worker_killed_while_it_asks_leaves_one_answer(platform: Platform, killed: Killed) -> None:
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=killed.asking) == ["echo: Is it asked?"]


def test_without_redis_messages_are_kept_and_answered_once_it_is_back(platform: Platform, user: str) -> None:
    platform.ask(BOOKS, "One before", user=user)
    platform.redis.stop()
    try:
        assert platform.write(BOOKS, "One without Redis", user=user) == [200]
        assert platform.write(BOOKS, "and another", user=user) == [200]
        platform.wait_until(lambda: "Redis does not answer" in platform.beat.log.read_text(), what="noticed by beat")
    finally:
        platform.redis.start()
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == ["echo: One before", "echo: and another"]
    last = str(platform.asked(BOOKS.api_key)[-1]["body"])
    assert last.index("One before") < last.index("One without Redis") < last.index("and another")


def test_without_the_database_messages_are_refused_and_taken_once_it_is_back(platform: Platform, user: str) -> None:
    before = platform.logs().count("Traceback")
    platform.ask(BOOKS, "One before", user=user)
    table, sid = f"{BOOKS.schema}.bots_message", "SM" + "5e" * 16
    with platform.database.locked(table):
        platform.write(BOOKS, "One in the middle", user=platform.somebody(), wait=False)
        platform.wait_until(lambda: platform.database.is_awaited(table), what="served")
        with platform.database.away():
            assert set(platform.write(BOOKS, "One without", user=user, sid=sid)) == {503}
    assert platform.write(BOOKS, "One without", user=user, sid=sid)[-1] == 200
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == ["echo: One before", "echo: One without"]
    assert platform.logs().count("Traceback") == before


def test_a_worker_that_is_told_to_end_finishes_its_answer_first(platform: Platform, user: str) -> None:
    platform.far_end.fails_with("delay", seconds=2.0, key=BOOKS.api_key)
    platform.write(BOOKS, "Before you go", user=user)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 1, what="asked")
    platform.worker.terminate()
    assert platform.worker.popen
    assert platform.worker.popen.wait(20) == 0
    assert platform.replies(BOOKS, user=user) == ["echo: Before you go"]


def test_a_web_that_is_told_to_end_answers_first_whom_it_serves(platform: Platform, user: str) -> None:
    table = f"{BOOKS.schema}.bots_message"
    with platform.database.locked(table):
        platform.write(BOOKS, "Wait for me", user=user, wait=False)
        platform.wait_until(lambda: platform.database.is_awaited(table), what="served")
        platform.web.terminate()
        platform.wait_until(lambda: "Shutting down" in platform.web.log.read_text(), what="told to end")
    assert platform.web.popen
    assert platform.web.popen.wait(20) == 0
    [message, *_] = platform.phone.messages(number=BOOKS.number, user=user)
    assert [answer["status"] for answer in message["answers"]] == [200]


def test_beat_ends_well_when_it_is_told_to(platform: Platform) -> None:
    platform.beat.terminate()
    assert platform.beat.popen
    assert platform.beat.popen.wait(20) == 0


def test_a_worker_killed_while_it_sends_leaves_one_message(platform: Platform, killed: Killed) -> None:
    platform.wait_until_idle(FERRIES)
    [reply] = platform.phone.replies(number=FERRIES.number, user=killed.sending)
    assert reply["body"] == "echo: Is it sent?"
    assert platform.database.query(STATUS, [reply["sid"]]) == [("sent",)]
