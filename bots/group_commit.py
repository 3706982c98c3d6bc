"""Group commit: what several threads of a process have to write at the same moment goes in one transaction.

While one is on its way to PostgreSQL and back, whoever comes waits, and all who wait go together in the next. Nobody
waits for others to come: who finds none on its way goes at once. Under load PostgreSQL takes half of its CPU for a
webhook, and a third more of them pass; see docs/decisions/0016-webhooks-commit-together.md.

Nobody answers for others: where the group's transaction fails, each does its work again, alone, in its own thread.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from queue import SimpleQueue
from threading import Lock
from typing import Any

from django.db import OperationalError, connections

from bots import prepared
from bots.prepared import Work
from tenants.context import DATABASE_AWAY

#: A transaction of so many is short enough for the rows that it locks.
MOST = 16
#: What somebody else has locked may be locked for long. So long the group waits for it; who needs it then waits alone.
PATIENCE = "200ms"
#: So many threads wait alone in one schema for as long as it takes. The others give up soon, and the provider tries
#: again: the process has threads and connections for all tenants.
MOST_ALONE, PATIENCE_BESIDE = 4, "1s"
#: A setting of ours in which the statements leave what they say: of several, the driver gives only the last one's rows.
SAID = "switchboard.said"


def saying(key: str, *columns: str) -> str:
    """The SELECT that a work's last statement ends in, up to its FROM: of one row, or none. `key`: the parameter that
    tells it from the rows of other works."""
    row = ", ".join((f"%({key})s", *columns))
    # In JSON, a line break within a value is written as two other characters.
    return f"SELECT set_config('{SAID}', current_setting('{SAID}') || json_build_array({row})::text || chr(10), true) "


@dataclass(slots=True, kw_only=True, eq=False)
class _Member:
    """A thread's works, and what came of them in a group: what they `said`, that all is done, or a failure that was
    nobody's own. Otherwise it has to be done alone."""

    works: Sequence[Work]
    key: str
    order: str
    said: list[Any] | None = None
    is_done: bool = False
    failure: Exception | None = None
    #: Whether this one leads a group now; False: it went with another's.
    leads: SimpleQueue[bool] = field(default_factory=SimpleQueue)


class GroupCommit:
    """The threads of one process, on one database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_under_way = False
        self._waiting: deque[_Member] = deque()
        #: How many work alone now, by schema.
        self._alone: Counter[str] = Counter()
        #: Those of them whose group failed. While there are any, something there is locked: whoever comes goes alone as
        #: well, and no group waits for it again.
        self._failed: Counter[str] = Counter()

    def run(self, *works: Work, key: str, order: str) -> list[Any] | None:
        """What the first of the works said that said anything; None: none did. By then it is committed. Raises what it
        raises alone.

        `order`: of the rows that it locks. Works that lock the same ones in turn do not wait for each other in a ring.
        """
        member = _Member(works=works, key=key, order=order)
        schema_name = works[0].schema_name
        # A connection that is there already may be in the middle of a transaction.
        if connections["default"].connection is not None:
            _commit([member])
            return member.said
        if self._failed[schema_name]:
            self._commit_alone(member)
            return member.said
        if self._leads(member):
            self._lead(member)
        if member.said is None and member.failure is not None:
            raise OperationalError(f"the group's transaction failed: {member.failure}") from member.failure
        if member.said is None and not member.is_done:
            with self._counted(self._failed, schema_name):
                self._commit_alone(member)
        return member.said

    def _leads(self, member: _Member) -> bool:
        with self._lock:
            if not self._is_under_way:
                self._is_under_way = True
                return True
            self._waiting.append(member)
        return member.leads.get()

    def _lead(self, leader: _Member) -> None:
        """Take along who waits; then let the next one lead."""
        with self._lock:
            group = [leader, *(self._waiting.popleft() for _ in range(min(len(self._waiting), MOST - 1)))]
        is_done, failure = False, None
        try:
            _commit(sorted(group, key=attrgetter("order")), patience=PATIENCE)
            is_done = True
        except Exception as error:  # noqa: BLE001 (each finds its own, alone)
            failure = error if _is_away(error) else None
        finally:
            with self._lock:
                following = self._waiting.popleft() if self._waiting else None
                self._is_under_way = following is not None
            if following is not None:
                following.leads.put(True)
            for member in group:
                member.is_done, member.failure = is_done, failure
                member.leads.put(False)

    def _commit_alone(self, member: _Member) -> None:
        with self._counted(self._alone, member.works[0].schema_name) as count:
            _commit([member], patience=PATIENCE_BESIDE if count > MOST_ALONE else "")

    @contextmanager
    def _counted(self, counter: Counter[str], schema_name: str) -> Iterator[int]:
        """Count one more until the block ends; yields how many they are."""
        with self._lock:
            counter[schema_name] += 1
            count = counter[schema_name]
        try:
            yield count
        finally:
            with self._lock:
                counter[schema_name] -= 1
                if not counter[schema_name]:
                    del counter[schema_name]


def _commit(members: Sequence[_Member], *, patience: str = "") -> None:
    """Everybody's first works in one transaction; then the next ones of those who said nothing, and so on."""
    first = f"SET LOCAL {SAID} = ''; " + (f"SET LOCAL lock_timeout = '{patience}'; " if patience else "")
    turn = 0
    while left := [member for member in members if member.said is None and turn < len(member.works)]:
        row = prepared.run(
            [member.works[turn] for member in left], first=first, last=f"SELECT current_setting('{SAID}')"
        )
        lines = row[0].split("\n")[:-1] if row else []
        said = {key: columns for key, *columns in map(json.loads, lines)}
        for member in left:
            member.said = said.get(member.key)
        turn += 1


def _is_away(error: Exception) -> bool:
    """Whether the database is: then it is nobody's own error, and each would wait for it again."""
    return isinstance(error, DATABASE_AWAY) and not getattr(error.__cause__, "pgcode", None)
