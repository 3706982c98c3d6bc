"""A tenant as large as they come: a hundred thousand conversations of the last ninety days, a million messages with
their turns, a million webhook logs. One conversation has a hundred thousand messages.

The SQL files run in the order of their names. Every row's id is a digest of what it is and its number, so that two
seeded tenants are alike but for the clock.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

FOLDER = Path(__file__).parent
#: What people write; the first words come often, the last ones hardly ever.
WORDS = (FOLDER / "words.txt").read_text(encoding="utf-8").split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of each. The first conversation has `longest` messages of its own, all share the rest evenly."""

    contacts: int = 80_000
    conversations: int = 100_000
    messages: int = 1_000_000
    longest: int = 100_000
    logs: int = 1_000_000


def seed(
    database_url: str, *, schema_name: str, size: Size, say: Callable[[str], object], member_id: int | None = None
) -> None:
    """Fill the schema of a tenant who has a channel and to whom nobody wrote.

    `member_id`: a user to whom some conversations are assigned. Raises `LookupError` where there is no channel,
    `ValueError` where somebody wrote.
    """
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema_name)))
        # Nothing of this needs to outlast a crash. Nested loops, by estimates of empty tables, would take hours.
        cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'; SET enable_nestloop = off")
        fill(cursor, size=size, member_id=member_id, say=say)
        cursor.execute("VACUUM ANALYZE")


def fill(cursor: Any, *, size: Size, say: Callable[[str], object], member_id: int | None = None) -> None:
    """`seed`, on a cursor of psycopg2's whose search path is the schema."""
    cursor.execute("SELECT setseed(0.42)")
    cursor.execute("SELECT id FROM bots_channel ORDER BY created_at LIMIT 1")
    if (channel := cursor.fetchone()) is None:
        raise LookupError("The tenant has no channel: onboard it first.")
    cursor.execute("SELECT EXISTS (SELECT FROM bots_contact)")
    if cursor.fetchone() == (True,):
        raise ValueError("The tenant has contacts already: seed one that nobody wrote to.")
    values = {**asdict(size), "channel": channel[0], "member": member_id, "words": WORDS, "word_count": len(WORDS)}
    for file in sorted(FOLDER.glob("*.sql")):
        started = time.monotonic()
        # The files are plain SQL, in which a per cent sign is one; only parameters are the driver's.
        cursor.execute(re.sub(r"%(?!\()", "%%", file.read_text(encoding="utf-8")), values)
        say(f"{file.stem}: {time.monotonic() - started:.0f} s")
