"""Group commit: what several threads of a process have to write at the same moment goes in one transaction.

While one is on its way to PostgreSQL and back, whoever comes waits, and all who wait go together in the next. Nobody
waits for others to come: who finds none on its way goes at once. Under load PostgreSQL takes a third less of its CPU
for a webhook, and a fifth more of them pass; see docs/decisions/0016-webhooks-commit-together.md.

Nobody answers for others: where the group's transaction fails, each does its work again, alone, in its own thread.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Sequence
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
#: A setting of ours in which the statements leave what they say: of several, the driver gives only the last one's rows.
SAID = "switchboard.said"


def saying(key: str, *columns: str) -> str:
    """The SELECT that a work's last statement ends in, up to its FROM. `key`: the parameter that tells its rows from
    those of other works."""
    row = ", ".join((f"%({key})s", *columns))
    # In JSON, a line break within a value is written as two other characters.
    return f"SELECT set_config('{SAID}', current_setting('{SAID}') || json_build_array({row})::text || chr(10), true) "


class GroupCommit:
    """The threads of one process, on one database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_under_way = False
        self._waiting: deque[_Member] = deque()
        #: How many work alone, by schema: something there is locked, and keeps no group waiting twice.
        self._alone: Counter[str] = Counter()

    def run(self, work: Work, *, key: str, order: str) -> list[Any] | None:
        """Once this returns, the work is committed; what it said, if anything. Raises what it raises alone.

        `order`: of the rows that it locks. Works that lock the same ones in turn do not wait for each other in a ring.
        """
        # Part of a transaction of its own, or on a connection that is there already.
        if connections["default"].connection is not None:
            return _run([work]).get(key)
        member = _Member(work, key=key, order=order)
        if self._leads(member):
            self._lead(member)
        if member.failure is not None:
            raise OperationalError(f"the group's transaction failed: {member.failure}") from member.failure
        return member.said.get(key) if member.said is not None else self._run_alone(member)

    def _leads(self, member: _Member) -> bool:
        """Whether the group goes when this one says so; False once it has gone, or is not to be waited for."""
        with self._lock:
            if self._alone[member.work.schema_name]:
                return False
            if not self._is_under_way:
                self._is_under_way = True
                return True
            self._waiting.append(member)
        return member.leads.get()

    def _lead(self, leader: _Member) -> None:
        """Take along who waits; then let the next one lead."""
        with self._lock:
            group = [leader, *(self._waiting.popleft() for _ in range(min(len(self._waiting), MOST - 1)))]
        said, failure = None, None
        try:
            said = _run([member.work for member in sorted(group, key=_order)], patience=PATIENCE)
        except Exception as error:  # noqa: BLE001 (each finds its own, alone)
            failure = error if _is_away(error) else None
        finally:
            with self._lock:
                following = self._waiting.popleft() if self._waiting else None
                self._is_under_way = following is not None
            if following is not None:
                following.leads.put(True)
            for member in group:
                member.said, member.failure = said, failure
                member.leads.put(False)

    def _run_alone(self, member: _Member) -> list[Any] | None:
        schema_name = member.work.schema_name
        with self._lock:
            self._alone[schema_name] += 1
        try:
            return _run([member.work]).get(member.key)
        finally:
            with self._lock:
                self._alone[schema_name] -= 1
                if not self._alone[schema_name]:
                    del self._alone[schema_name]


class _Member:
    """A thread's work, and what came of it in the group: `said` by key, or why nobody's was done."""

    __slots__ = ("failure", "key", "leads", "order", "said", "work")

    def __init__(self, work: Work, *, key: str, order: str) -> None:
        self.work, self.key, self.order = work, key, order
        self.leads: SimpleQueue[bool] = SimpleQueue()
        self.said: dict[str, list[Any]] | None = None
        self.failure: Exception | None = None


def _order(member: _Member) -> str:
    return member.order


def _is_away(error: Exception) -> bool:
    """Whether the database is: then it is nobody's own error, and each would wait for it again."""
    return isinstance(error, DATABASE_AWAY) and not getattr(error.__cause__, "pgcode", None)


def _run(works: Sequence[Work], *, patience: str = "") -> dict[str, list[Any]]:
    """What the works said, by key."""
    first = f"SET LOCAL {SAID} = ''; "
    if patience:
        first += f"SET LOCAL lock_timeout = '{patience}'; "
    row = prepared.run(works, first=first, last=f"SELECT current_setting('{SAID}')")
    lines = row[0].split("\n")[:-1] if row else []
    return {key: said for key, *said in map(json.loads, lines)}
