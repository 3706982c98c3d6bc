"""What an operator does while people write: suspend a business, close it, migrate its tables."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bots import texts
from tests.processes.businesses import BOOKS, FERRIES, PRINTS, Business
from tests.processes.platform import Platform
from tests.processes.test_crashes import bodies

pytestmark = [pytest.mark.process, pytest.mark.slow]
GONE = "ProgrammingError"
OUTCOME = f"SELECT outcome, outcome_reason FROM {PRINTS.schema}.bots_message WHERE content = %s AND direction = 'in'"


@contextmanager
def status(platform: Platform, business: Business, word: str) -> Iterator[None]:
    change = "UPDATE public.tenants_tenant SET status = %s WHERE schema_name = %s"
    platform.database.query(change, [word, business.schema])
    try:
        yield
    finally:
        platform.database.query(change, ["active", business.schema])


@pytest.mark.parametrize("word", ["suspended", "closed"])
def test_nothing_is_said_any_more_for_a_business_that_is_stopped_while_its_bot_thinks(
    platform: Platform, user: str, word: str
) -> None:
    platform.far_end.fails_with("delay", seconds=1.5, key=PRINTS.api_key, times=1)
    platform.write(PRINTS, f"Are you {word}?", user=user)
    platform.wait_until(lambda: platform.asked(PRINTS.api_key) != [], what="asked")
    with status(platform, PRINTS, word):
        platform.wait_until(
            lambda: platform.database.query(OUTCOME, [f"Are you {word}?"]) == [("refused", "suspended")], what="refused"
        )
        assert platform.ask(BOOKS, "And you?", user=user) == "echo: And you?"
    platform.wait_until_idle(PRINTS)
    assert platform.replies(PRINTS, user=user) == []
    assert platform.ask(PRINTS, "And now?", user=user) == "echo: And now?"


def test_a_business_whose_tables_are_gone_writes_nowhere_else_and_stops_nobody(platform: Platform, user: str) -> None:
    in_public = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'bots_%%'"
    platform.far_end.fails_with("delay", seconds=1.5, key=PRINTS.api_key, times=1)
    platform.write(PRINTS, "Where are your tables?", user=user)
    platform.wait_until(lambda: platform.asked(PRINTS.api_key) != [], what="asked")
    missed = [process.log.read_text().count(GONE) for process in (platform.worker, platform.beat)]
    platform.database.query(f"ALTER SCHEMA {PRINTS.schema} RENAME TO elsewhere")
    try:
        for process, before in zip((platform.worker, platform.beat), missed, strict=True):
            platform.wait_until(
                lambda log=process.log, least=before: log.read_text().count(GONE) > least,  # type: ignore[misc]
                what=f"noticed by {process.name}",
            )
        assert platform.ask(BOOKS, "Are yours there?", user=user) == "echo: Are yours there?"
        assert platform.replies(PRINTS, user=user) == []
    finally:
        platform.database.query(f"ALTER SCHEMA elsewhere RENAME TO {PRINTS.schema}")
    assert platform.database.query(in_public) == [(0,)]
    # Its worker could not even give the conversation back.
    platform.database.query(
        f"UPDATE {PRINTS.schema}.bots_conversation SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL"
    )
    assert bodies(platform, PRINTS, user) == ["echo: Where are your tables?"]


def test_tables_may_gain_and_lose_columns_while_people_write(platform: Platform) -> None:
    """As in a deployment: the processes at work know nothing of the new columns."""
    people: dict[str, list[int]] = {}
    migrated = threading.Event()

    def trickle() -> None:
        while not migrated.wait(0.1):
            user = platform.somebody()
            people[user] = platform.write(FERRIES, f"I am {user}", user=user)

    tables = ("contact", "conversation", "message", "turn", "webhooklog", "aiconfiguration", "channel")
    before = platform.logs().count("Traceback")
    writing = threading.Thread(target=trickle)
    writing.start()
    try:
        for change in ("ADD COLUMN later text", "ALTER COLUMN later TYPE varchar(9)", "DROP COLUMN later"):
            for table in tables:
                platform.database.query(f"ALTER TABLE {FERRIES.schema}.bots_{table} {change}")
            answered = len(people) + 5
            platform.wait_until(lambda least=answered: len(people) > least, what="writing on")  # type: ignore[misc]
    finally:
        migrated.set()
        writing.join()
    platform.wait_until_idle(FERRIES)
    assert {statuses[-1] for statuses in people.values()} == {200}
    replies = {user: platform.replies(FERRIES, user=user) for user in people}
    assert replies == {user: [f"echo: I am {user}"] for user in people}
    assert texts.AI_UNAVAILABLE not in str(replies)
    assert platform.logs().count("Traceback") == before
