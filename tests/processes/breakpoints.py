"""Where a process is stopped from outside: a statement of its own waits in PostgreSQL until a test has done its worst.

The product knows nothing of it: a trigger waits for an advisory lock that the test holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import psycopg2

from tests.processes.businesses import Business
from tests.processes.database import Database

#: The table, the event and the condition of the statement that waits.
POINTS = {
    "before the commit": ("bots_turn", "INSERT", "true"),
    "before the send": ("bots_message", "UPDATE", "OLD.status = 'queued' AND NEW.status = 'sending'"),
    "after the send": ("bots_message", "UPDATE", "OLD.external_id IS NULL AND NEW.external_id IS NOT NULL"),
    "while an export is written": ("bots_export", "UPDATE", "OLD.done < NEW.done"),
    "once an export is stored": ("bots_export", "UPDATE", "OLD.state = 'writing' AND NEW.state = 'ready'"),
}
#: Other tests' databases are on the same server, and have breakpoints with the same keys.
HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
_keys = itertools.count(1)


@contextmanager
def breakpoint_at(point: str, *, business: Business, database: Database) -> Iterator[Callable[[], bool]]:
    """Inside, whoever comes to the point waits there; yields whether somebody does. At the end all go on: to be ended
    first by `abandoned`, if their process is dead."""
    table, event, condition = POINTS[point]
    key, name = next(_keys), f"{business.schema}.stop_{point.replace(' ', '_')}"
    with closing(psycopg2.connect(database.url)) as connection, connection.cursor() as holder:
        connection.autocommit = True
        holder.execute("SELECT pg_advisory_lock(%s)", [key])
        database.query(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" 'BEGIN PERFORM pg_advisory_xact_lock({key}); RETURN NEW; END';"
            f"CREATE TRIGGER stop BEFORE {event} ON {business.schema}.{table}"
            f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
        )
        try:
            waiting = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {key} AND NOT granted AND {HERE}"
            yield lambda: database.query(waiting) != []
        finally:
            with suppress(psycopg2.OperationalError):  # the server was killed: the lock ended with it
                holder.execute("SELECT pg_advisory_unlock(%s)", [key])
            database.query(f"DROP FUNCTION {name} CASCADE")


def abandoned(database: Database) -> None:
    """End the statements that wait at this database's breakpoints, as PostgreSQL does with those of a machine that is
    gone: nothing of their transactions holds."""
    waiting = f"locktype = 'advisory' AND NOT granted AND {HERE}"
    database.query(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE {waiting}")
