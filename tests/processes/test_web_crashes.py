"""kill -9 of the web: whatever it had said or not, each message is kept once and answered once."""

from __future__ import annotations

import os
import signal
from uuid import uuid4

import httpx2
import psutil
import pytest
import redis

from tests.processes.businesses import BOOKS
from tests.processes.freezing import frozen
from tests.processes.platform import PUBLIC_URL, Platform
from tests.processes.test_crashes import bodies

pytestmark = [pytest.mark.process, pytest.mark.slow]
KEPT = f"SELECT 1 FROM {BOOKS.schema}.bots_message WHERE content = %s AND direction = 'in'"
MEGABYTE = 1024 * 1024


def test_a_web_killed_between_the_commit_and_the_bell_leaves_one_answer(platform: Platform, user: str) -> None:
    platform.ask(BOOKS, "Before", user=user)
    # A bell that nobody hears holds the web up for a second: there it is killed.
    with frozen(int((platform.redis.folder / "pid").read_text())):
        platform.write(BOOKS, "Between", user=user, wait=False)
        platform.wait_until(lambda: platform.database.query(KEPT, ["Between"]) != [], what="kept")
        platform.web.kill()
    platform.start()
    platform.phone.wait_for_replies(number=BOOKS.number, user=user, count=2)
    assert bodies(platform, BOOKS, user) == ["echo: Before", "echo: Between"]
    [asked] = [one for one in platform.phone.messages(number=BOOKS.number, user=user) if one["body"] == "Between"]
    assert asked["answers"][0]["status"] != 200, "it was killed too late"


def test_a_web_process_killed_among_many_requests_loses_and_repeats_nothing(platform: Platform) -> None:
    people = [platform.somebody() for _ in range(40)]
    assert platform.web.popen
    [victim, *others] = psutil.Process(platform.web.popen.pid).children()
    assert others
    for place, user in enumerate(people):
        platform.write(BOOKS, f"I am {user}", user=user, wait=False)
        if place == len(people) // 2:
            os.kill(victim.pid, signal.SIGKILL)
    for user in people:
        assert bodies(platform, BOOKS, user) == [f"echo: I am {user}"]
    platform.wait_until(
        lambda: platform.web.popen is not None and len(psutil.Process(platform.web.popen.pid).children()) > len(others),
        what="as many as before",
    )


def test_a_repeat_hours_later_to_a_process_that_remembers_nothing_is_still_a_repeat(
    platform: Platform, user: str
) -> None:
    sid = "SM" + "8b" * 16
    platform.write(BOOKS, "Only once", user=user, sid=sid)
    platform.wait_until_idle(BOOKS)
    for column, table in (("last_activity", "conversation"), ("timestamp", "message")):
        platform.database.query(f"UPDATE {BOOKS.schema}.bots_{table} SET {column} = {column} - interval '5 hours'")
    redis.Redis.from_url(platform.redis.url).flushall()
    platform.web.kill()
    platform.start()
    assert platform.write(BOOKS, "Only once", user=user, sid=sid, copies=5) == [200] * 5
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == ["echo: Only once"]
    assert len(platform.asked(BOOKS.api_key)) == 1
    assert len(platform.database.query(KEPT, ["Only once"])) == 1


@pytest.mark.parametrize("declared", [True, False], ids=["with its length", "in chunks"])
def test_bodies_of_ten_megabytes_are_refused_and_take_no_memory(platform: Platform, declared: bool) -> None:
    assert platform.web.popen
    processes = psutil.Process(platform.web.popen.pid).children()
    before = sum(process.memory_info().rss for process in processes)
    for path in ("/api/whatsapp/webhook/", f"/api/whatsapp/status/twilio/{uuid4()}/"):
        for _ in range(8):
            assert refused(platform, path, declared=declared)
    assert sum(process.memory_info().rss for process in processes) - before < 40 * MEGABYTE
    assert platform.ask(BOOKS, "And now?", user=platform.somebody()) == "echo: And now?"


def refused(platform: Platform, path: str, *, declared: bool) -> bool:
    piece = b"x" * MEGABYTE
    headers = {
        "Host": PUBLIC_URL.removeprefix("https://"),
        "X-Forwarded-Proto": "https",
        "X-Twilio-Signature": "x",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    content = piece * 10 if declared else (piece for _ in range(10))
    try:
        answer = httpx2.post(platform.url + path, content=content, headers=headers, trust_env=False, timeout=20)
    except httpx2.WriteError:
        return True  # the answer was there before the body was
    # Not 404: somebody looked at what came.
    return answer.status_code in (400, 403, 413)
