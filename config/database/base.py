"""The pooled connections themselves; Django finds `DatabaseWrapper` by this module's name."""

from __future__ import annotations

import select
from typing import Any

from dj_db_conn_pool.backends.postgresql import base  # type: ignore[import-untyped]


class DatabaseWrapper(base.DatabaseWrapper):
    """Before a connection is used, its socket tells whether the server hung up.

    The libraries' own checks ask the server, with each request: a round trip, 0.1 ms of our CPU and as much of
    PostgreSQL's. A server that is gone without a word is noticed by neither; see the timeouts in the settings.
    """

    class SQLAlchemyDialect(base.DatabaseWrapper.SQLAlchemyDialect):
        def do_ping(self, dbapi_connection: Any) -> bool:
            """For a connection that the pool hands out."""
            return _is_open(dbapi_connection)

    def is_usable(self) -> bool:
        """For a connection that a thread kept since its last request, or one on which something failed."""
        return self.connection is not None and _is_open(self.connection.driver_connection)


def _is_open(connection: Any) -> bool:
    """PostgreSQL says nothing unasked: what there is to read is its farewell, or the end."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
