"""One tenant's AI or Twilio hangs, with more people waiting than the worker has threads. Nobody else notices."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import pytest

from sandbox.procfile import Process
from tests.processes.businesses import BOOKS, FERRIES, PRINTS
from tests.processes.platform import Platform

pytestmark = pytest.mark.process

THREADS = 16
HUNG = 200


def test_a_tenant_whose_ai_hangs_holds_up_no_other_tenant(platform: Platform, user: str) -> None:
    platform.ask(FERRIES, "Good morning", user=user)  # the worker has loaded what it needs for this provider
    platform.far_end.fails_with("hang", key=BOOKS.api_key, times=None)
    waiting = [platform.somebody() for _ in range(3 * THREADS)]
    for person in waiting:
        platform.write(BOOKS, "Is anybody there?", user=person, wait=False)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) >= THREADS // 2, what="hanging")

    assert platform.ask(FERRIES, "When is the next ferry?", user=user) == "echo: When is the next ferry?"
    # A turn that hangs ends with its second reply. The other tenant did not have to wait for a thread until then.
    assert not any(len(platform.replies(BOOKS, user=person)) > 1 for person in waiting)

    platform.far_end.state.faults.clear()
    platform.wait_until_idle(BOOKS)
    assert all(len(platform.replies(BOOKS, user=person)) >= 1 for person in waiting)
    platform.wait_until(
        lambda: platform.ask(BOOKS, "And now?", user=platform.somebody()) == "echo: And now?", what="asked again"
    )


def test_a_tenant_whose_sends_hang_holds_up_no_other_tenant(platform: Platform, user: str) -> None:
    platform.ask(FERRIES, "Good morning", user=user)
    waiting = [platform.somebody() for _ in range(THREADS)]
    # Each send is given ten seconds, and all threads but the last few are this tenant's.
    platform.phone.fault(on="messages.create", mode="hang", times=THREADS * 3 // 4)
    for person in waiting:
        platform.write(BOOKS, "Is anybody there?", user=person, wait=False)
    sending = f"SELECT count(*) FROM {BOOKS.schema}.bots_message WHERE status = 'sending'"
    platform.wait_until(lambda: platform.database.query(sending)[0][0] >= THREADS * 3 // 4, what="hanging")

    assert platform.ask(FERRIES, "When is the next ferry?", user=user) == "echo: When is the next ferry?"
    assert platform.database.query(sending)[0][0] >= THREADS // 2, "none of them hung any more"
    platform.wait_until_idle(BOOKS)
    assert {person: platform.replies(BOOKS, user=person) for person in waiting} == {
        person: ["echo: Is anybody there?"] for person in waiting
    }


def test_a_tenant_whose_tables_are_locked_keeps_no_other_tenants_webhooks_waiting(
    platform: Platform, user: str
) -> None:
    """Twice as many people write to it as the web has threads, and the provider tries again where it is told to. Whatever
    becomes of theirs, nobody else notices, and afterwards nothing is answered twice."""
    platform.ask(FERRIES, "Good morning", user=user)
    table, crowd = f"{BOOKS.schema}.bots_webhooklog", [platform.somebody() for _ in range(2 * THREADS)]
    with platform.database.locked(table):
        for person in crowd:
            platform.write(BOOKS, "Is anybody there?", user=person, wait=False)
        platform.wait_until(lambda: platform.database.is_awaited(table), what="waiting for the lock")
        for _ in range(3):
            assert platform.ask(FERRIES, "When is the next ferry?", user=user) == "echo: When is the next ferry?"
        assert not any(platform.replies(BOOKS, user=person) for person in crowd)
    waited = f"SELECT count(*) FROM {BOOKS.schema}.bots_message WHERE direction = 'in' AND outcome = ''"
    platform.wait_until(lambda: any(platform.replies(BOOKS, user=person) for person in crowd), what="answered")
    platform.wait_until(lambda: platform.database.query(waited) == [(0,)], what="answered, all that were kept")
    platform.wait_until_idle(BOOKS)
    assert {len(platform.replies(BOOKS, user=person)) for person in crowd} <= {0, 1}


@pytest.fixture
def large_worker(platform: Platform) -> Iterator[Platform]:
    """The worker has threads for all who will hang, and as patient ones as in production."""
    platform.worker.stop()
    environment = {**platform.environment, "WORKER_CONCURRENCY": str(HUNG * 4 // 3 + 4), "AI_REQUEST_TIMEOUT": "60"}
    worker = Process(name="worker", environment=environment, log=platform.folder / "worker-large.log")
    worker.start()
    try:
        platform.wait_until(lambda: " ready." in worker.log.read_text(), what="listening")
        yield platform
    finally:
        worker.kill()
        platform.far_end.state.faults.clear()
        # Two hundred answers would keep the next test waiting.
        platform.database.query(
            f"UPDATE {BOOKS.schema}.bots_conversation SET due_at = NULL, lease_until = NULL, waiting_since = NULL;"
            f"UPDATE {BOOKS.schema}.bots_message SET outcome = 'failed' WHERE direction = 'in' AND outcome = ''"
        )
        platform.start()


@pytest.mark.slow
def test_two_hundred_hung_calls_of_one_tenant_are_not_felt_by_another(large_worker: Platform) -> None:
    platform = large_worker
    usual = reply_time(platform)
    platform.far_end.fails_with("hang", key=BOOKS.api_key, times=None)
    for _ in range(HUNG):
        platform.write(BOOKS, "Is anybody there?", user=platform.somebody(), wait=False)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == HUNG, what="hanging")
    # A thread that somebody has to wait for comes free after a minute at the soonest.
    assert reply_time(platform) < max(3 * usual, 3.0)
    claimed = f"SELECT count(*) FROM {BOOKS.schema}.bots_conversation WHERE lease_until > clock_timestamp()"
    assert platform.database.query(claimed) == [(HUNG,)], "some hung no more"


def reply_time(platform: Platform) -> float:
    """Seconds from a person's question to the answer, of ten the middle one."""
    took = []
    for _ in range(10):
        user, began = platform.somebody(), time.monotonic()
        platform.write(PRINTS, "What is A4?", user=user)
        platform.phone.wait_for_replies(number=PRINTS.number, user=user)
        took.append(time.monotonic() - began)
    return statistics.median(took)
