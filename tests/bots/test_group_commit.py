"""Who commits together still has an answer of their own, an error of their own, and waits for nobody else's lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest
from django.db import DataError, OperationalError, connection, connections, transaction

from bots import group_commit, prepared
from bots.group_commit import MOST, MOST_ALONE, GroupCommit, saying
from bots.prepared import Statement, Work
from tenants.context import release_connection
from tenants.pool import PoolTimeoutError

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = """
DROP TABLE IF EXISTS acme.doors, bravo.doors;
CREATE TABLE acme.doors (name text PRIMARY KEY, passed text[] NOT NULL DEFAULT '{}');
CREATE TABLE bravo.doors (LIKE acme.doors INCLUDING ALL);
INSERT INTO acme.doors (name) VALUES ('front'), ('back'), ('side'), ('gate');
INSERT INTO bravo.doors (name) VALUES ('front'), ('back')
"""
TYPES = {"who": "text", "door": "text", "rest": "integer"}
#: Says its transaction and, of the door, whoever passed it so far.
PASS = Statement.of(
    "pass_door",
    "WITH passed AS (UPDATE doors SET passed = passed || (%(who)s || left((1 / %(rest)s)::text, 0))"
    " WHERE name = %(door)s RETURNING passed) ",
    saying("who", "pg_current_xact_id()::text", "passed"),
    "FROM passed",
    types=TYPES,
)


@pytest.fixture(autouse=True)
def doors() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    release_connection()
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE acme.doors, bravo.doors")


@pytest.fixture
def group() -> GroupCommit:
    return GroupCommit()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group waits for locks as long as a test holds them."""
    monkeypatch.setattr(group_commit, "PATIENCE", "60s")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=40) as pool:
        yield pool


@contextmanager
def held(door: str, *, schema_name: str = "acme") -> Iterator[None]:
    """Somebody else has the door's row locked."""
    with closing(psycopg2.connect(**connections["default"].get_connection_params())) as other, other.cursor() as cursor:
        cursor.execute(f"SELECT FROM {schema_name}.doors WHERE name = %s FOR UPDATE", [door])
        yield
        other.rollback()


def passing(
    group: GroupCommit, who: str, *, door: str = "front", otherwise: str = "", schema_name: str = "acme", rest: int = 1
) -> Any:
    """Through the door, or `otherwise` through another one where there is no such door. `rest` 0: PostgreSQL refuses."""
    works = [
        Work.of([PASS], {"who": who, "door": one, "rest": rest}, schema_name=schema_name)
        for one in (door, otherwise)
        if one
    ]
    return group.run(*works, key=who, order=f"{schema_name} {door}")


def passed(door: str = "front", *, schema_name: str = "acme") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT passed FROM {schema_name}.doors WHERE name = %s", [door])
        [[names]] = cursor.fetchall()
    release_connection()
    return list(names)


def waiting(group: GroupCommit, count: int) -> None:
    """Until so many wait for the transaction under way."""
    until(lambda: len(group._waiting) == count)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def blocked(schema_name: str = "acme") -> int:
    """How many wait for a lock on the schema's doors."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            " AND query LIKE %s",
            [f'%search_path = "{schema_name}"%pass_door%'],
        )
        [[count]] = cursor.fetchall()
    return int(count)


def crowd(group: GroupCommit, threads: ThreadPoolExecutor, names: list[str], **how: Any) -> list[Future[Any]]:
    """They come one after the other while a transaction is under way."""
    coming = []
    for number, name in enumerate(names, 1):
        coming.append(threads.submit(passing, group, name, **how))
        waiting(group, number)
    return coming


@pytest.mark.usefixtures("patience")
def test_who_comes_while_a_transaction_is_under_way_goes_with_the_next(
    group: GroupCommit, threads: ThreadPoolExecutor
) -> None:
    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        others = crowd(group, threads, ["grace", "edsger", "barbara"])
    by_itself, said = first.result(), [other.result() for other in others]
    assert len({transaction for transaction, _ in said}) == 1
    assert by_itself[0] != said[0][0]
    # Each hears what its own statement said, in the order in which they came.
    assert by_itself[1] == ["ada"]
    assert [names[-1] for _, names in said] == ["grace", "edsger", "barbara"]
    assert passed() == ["ada", "grace", "edsger", "barbara"]


def test_nobody_waits_for_others_to_come(group: GroupCommit) -> None:
    assert [passing(group, name)[1][-1] for name in ("ada", "grace")] == ["ada", "grace"]


@pytest.mark.usefixtures("patience")
def test_one_transaction_is_under_way_at_a_time(group: GroupCommit, threads: ThreadPoolExecutor) -> None:
    with held("back"):
        with held("front"):
            coming = [threads.submit(passing, group, "ada")]
            until(blocked)
            coming += crowd(group, threads, ["grace"], door="back")
        coming[0].result()
        until(blocked)
        coming += crowd(group, threads, ["edsger", "barbara"])
    assert all(one.result(timeout=30) for one in coming)


@pytest.mark.usefixtures("patience")
def test_no_more_than_some_go_together_and_the_rest_go_next(group: GroupCommit, threads: ThreadPoolExecutor) -> None:
    names = [f"guest {number}" for number in range(MOST + 3)]
    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        others = crowd(group, threads, names)
    said = [first, *others]
    transactions = [one.result()[0] for one in said]
    assert [transactions.count(number) for number in dict.fromkeys(transactions)] == [1, MOST, 3]
    assert passed() == ["ada", *names]


@pytest.mark.usefixtures("patience")
def test_who_is_refused_is_refused_alone(group: GroupCommit, threads: ThreadPoolExecutor) -> None:
    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        good = threads.submit(passing, group, "grace")
        waiting(group, 1)
        bad = threads.submit(passing, group, "mallory", rest=0)
        waiting(group, 2)
        another = threads.submit(passing, group, "edsger", schema_name="bravo")
        waiting(group, 3)
    first.result()
    with pytest.raises(DataError, match="division by zero"):
        bad.result()
    assert good.result()[1] == ["ada", "grace"]
    assert another.result()[1] == ["edsger"]
    assert (passed(), passed(schema_name="bravo")) == (["ada", "grace"], ["edsger"])


@pytest.mark.usefixtures("patience")
def test_who_says_nothing_hears_nothing_of_the_others_and_asks_once(
    group: GroupCommit, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tries = prepared.run, []

    def counted(works: list[Work], **around: str) -> object:
        tries.append(len(works))
        return run(works, **around)

    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        nowhere, another = crowd(group, threads, ["grace"], door="none")[0], threads.submit(passing, group, "edsger")
        waiting(group, 2)
        monkeypatch.setattr(prepared, "run", counted)
    assert first.result()
    assert nowhere.result() is None
    assert another.result()[1][-1] == "edsger"
    assert tries == [2]


def test_who_has_said_something_does_no_more(group: GroupCommit) -> None:
    assert passing(group, "ada", otherwise="back")[1] == ["ada"]
    assert passed("back") == []


@pytest.mark.usefixtures("patience")
def test_who_says_nothing_does_the_next_of_their_works_in_the_order_in_which_they_came(
    group: GroupCommit, threads: ThreadPoolExecutor
) -> None:
    names = ["grace", "edsger", "barbara", "frances"]
    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        others = crowd(group, threads, names, door="none", otherwise="back")
    assert first.result()
    assert [other.result()[1][-1] for other in others] == names
    assert passed("back") == names


@pytest.mark.usefixtures("patience")
def test_what_was_said_before_the_group_failed_is_done(group: GroupCommit, threads: ThreadPoolExecutor) -> None:
    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        good = threads.submit(passing, group, "grace", door="back")
        waiting(group, 1)
        bad = threads.submit(passing, group, "mallory", door="none", otherwise="back", rest=0)
        waiting(group, 2)
    assert first.result()
    assert good.result()[1] == ["grace"]
    with pytest.raises(DataError, match="division by zero"):
        bad.result()
    assert passed("back") == ["grace"]


@pytest.mark.usefixtures("patience")
def test_what_was_said_before_the_database_went_away_is_done(
    group: GroupCommit, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tries = prepared.run, []

    def once(works: list[Work], **around: str) -> object:
        tries.append(len(works))
        if len(tries) == 1:
            return run(works, **around)
        raise OperationalError("server closed the connection")

    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        good = crowd(group, threads, ["grace"], door="back")[0]
        bad = threads.submit(passing, group, "edsger", door="none", otherwise="back")
        waiting(group, 2)
        monkeypatch.setattr(prepared, "run", once)
    assert first.result()
    assert good.result()[1] == ["grace"]
    with pytest.raises(OperationalError, match="server closed"):
        bad.result()
    assert tries == [2, 1]


def test_what_is_said_may_hold_line_breaks(group: GroupCommit) -> None:
    name = 'a\nb\r\u2028c"\\'
    assert passing(group, name)[1] == [name]


def test_a_lock_that_somebody_keeps_holds_up_nobody_who_does_not_need_it(
    group: GroupCommit, threads: ThreadPoolExecutor
) -> None:
    with held("front"):
        stuck = threads.submit(passing, group, "ada")
        until(blocked)
        # It may have taken some along; it does not keep them, nor those who come later.
        for schema_name, door in (("bravo", "front"), ("acme", "back"), ("bravo", "back"), ("acme", "back")):
            assert threads.submit(passing, group, "grace", door=door, schema_name=schema_name).result(timeout=30)
        assert not stuck.done()
    assert stuck.result()[1] == ["ada"]
    assert (passed(), passed("back")) == (["ada"], ["grace", "grace"])
    assert not group._alone
    assert not group._failed


def test_a_schema_where_somebody_waits_alone_takes_no_group_with_it(
    group: GroupCommit, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held("front"):
        stuck = threads.submit(passing, group, "ada")
        until(lambda: bool(group._alone))
        # From here on a group that waited for the lock would wait until it is given back.
        monkeypatch.setattr(group_commit, "PATIENCE", "60s")
        next_one = threads.submit(passing, group, "edsger")
        until(lambda: blocked() == 2)
        assert threads.submit(passing, group, "grace", schema_name="bravo").result(timeout=30)
    assert {stuck.result()[1][-1], next_one.result()[1][-1]} == {"ada", "edsger"}
    assert sorted(passed()) == ["ada", "edsger"]


def test_few_wait_alone_for_what_is_locked_and_the_others_are_told(
    group: GroupCommit, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many threads as there are would wait for one tenant otherwise, and the process would serve no other."""
    monkeypatch.setattr(group_commit, "PATIENCE_BESIDE", "50ms")
    with held("front"):
        stuck = [threads.submit(passing, group, f"guest {number}") for number in range(MOST_ALONE)]
        until(lambda: group._alone["acme"] == MOST_ALONE)
        for _ in range(3):
            with pytest.raises(OperationalError, match="lock timeout"):
                threads.submit(passing, group, "late").result(timeout=30)
        assert threads.submit(passing, group, "grace", schema_name="bravo").result(timeout=30)
        assert threads.submit(passing, group, "edsger", door="back").result(timeout=30)
        assert not any(one.done() for one in stuck)
    assert all(one.result(timeout=30) for one in stuck)
    assert sorted(passed()) == [f"guest {number}" for number in range(MOST_ALONE)]


@pytest.mark.usefixtures("patience")
def test_groups_of_two_processes_lock_rows_in_the_same_order(
    threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If each held a row that the other one wants, PostgreSQL would end one of them after a second."""
    ended: list[object] = []
    monkeypatch.setattr(GroupCommit, "_commit_alone", lambda _, member: ended.append(member))
    one, other = GroupCommit(), GroupCommit()
    with held("side"):
        with held("gate"):
            coming = [threads.submit(passing, group, "first", door="gate") for group in (one, other)]
            until(lambda: blocked() == 2)
            for group, doors in ((one, ("back", "side", "front")), (other, ("front", "side", "back"))):
                for number, door in enumerate(doors, 1):
                    coming.append(threads.submit(passing, group, door, door=door))
                    waiting(group, number)
        until(lambda: all(future.done() for future in coming[:2]) and blocked() == 2)
    assert all(future.result(timeout=30) for future in coming)
    assert not ended


@pytest.mark.parametrize(
    "error", [OperationalError("server closed the connection"), PoolTimeoutError("none came back")]
)
@pytest.mark.usefixtures("patience")
def test_where_the_database_is_away_each_is_told_so_and_nobody_asks_again(
    group: GroupCommit, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tries = []

    def run(works: list[Work], **around: str) -> object:
        tries.append(len(works))
        raise error

    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        others = crowd(group, threads, ["grace", "edsger"])
        monkeypatch.setattr(prepared, "run", run)
    assert first.result()
    for other in others:
        with pytest.raises(OperationalError, match=str(error)):
            other.result()
    assert tries == [2]


@pytest.mark.usefixtures("patience")
def test_a_leader_that_is_torn_out_of_its_thread_leaves_nobody_behind(
    group: GroupCommit, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tries = prepared.run, []

    def torn(works: list[Work], **around: str) -> object:
        tries.append(len(works))
        if len(tries) == 1:
            raise SystemExit
        return run(works, **around)

    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        others = crowd(group, threads, ["grace", "edsger"])
        monkeypatch.setattr(prepared, "run", torn)
    assert first.result()
    with pytest.raises(SystemExit):
        others[0].result()
    assert others[1].result()[1] == ["ada", "edsger"]
    assert passing(group, "barbara")[1] == ["ada", "edsger", "barbara"]


@pytest.mark.usefixtures("patience")
def test_in_a_transaction_of_ones_own_it_is_a_part_of_that(group: GroupCommit, threads: ThreadPoolExecutor) -> None:
    def taken_back() -> list[str]:
        with transaction.atomic():
            _, names = passing(group, "grace", door="back")
            transaction.set_rollback(True)
        release_connection()
        return list(names)

    with held("front"):
        first = threads.submit(passing, group, "ada")
        until(blocked)
        assert threads.submit(taken_back).result(timeout=30) == ["grace"]
    assert first.result()
    assert passed("back") == []


@pytest.mark.usefixtures("patience")
def test_what_is_said_to_be_done_is_committed(group: GroupCommit, threads: ThreadPoolExecutor) -> None:
    """Read by another connection, at the moment when each one hears of it."""
    seen = []

    def watching(name: str) -> None:
        passing(group, name)
        with closing(psycopg2.connect(**connections["default"].get_connection_params())) as other:
            cursor = other.cursor()
            cursor.execute("SELECT passed FROM acme.doors WHERE name = 'front'")
            seen.append(name in cursor.fetchall()[0][0])

    names = [f"guest {number}" for number in range(60)]
    list(threads.map(watching, names))
    assert seen == [True] * 60
    assert sorted(passed()) == sorted(names)
