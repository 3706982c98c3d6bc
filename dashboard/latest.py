"""What became of the newest messages of the last day: counted for the overview's numbers and for the ledger's bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from bots.models import Message

#: What "lately" means in numbers: a day that needs no time zone.
PERIOD = timedelta(hours=24)
#: Messages that are counted, both ways: a page is never slower than these make it.
MOST_COUNTED = 10_000
IN, OUT = Message.Direction.IN, Message.Direction.OUT

COUNT = """
SELECT direction, outcome, status = 'failed', count(*), min(timestamp)
  FROM (SELECT direction, outcome, status, timestamp FROM bots_message WHERE timestamp >= %(start)s
         ORDER BY timestamp DESC LIMIT %(most)s) AS newest
 GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """`counts`: by direction, outcome, and whether they failed on their way. `since`: when the first came that is
    counted, None where there is none. `is_cut`: there were more in that day."""

    counts: Mapping[tuple[str, str, bool], int]
    since: datetime | None
    is_cut: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def undelivered(self) -> int:
        return sum(count for (direction, _, failed), count in self.counts.items() if direction == OUT and failed)

    @property
    def received(self) -> dict[str, int]:
        """How many came in, by outcome."""
        found: dict[str, int] = {}
        for (direction, outcome, _), count in self.counts.items():
            if direction == IN:
                found[outcome] = found.get(outcome, 0) + count
        return found


def count(*, now: datetime) -> Latest:
    """One statement, by hand: the ORM takes longer to write it than PostgreSQL to read a thousand messages."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"start": now - PERIOD, "most": MOST_COUNTED})
        rows = cursor.fetchall()
    return Latest(
        counts={(direction, outcome, failed): count for direction, outcome, failed, count, _ in rows},
        since=min((row[-1] for row in rows), default=None),
        is_cut=sum(row[-2] for row in rows) == MOST_COUNTED,
    )
