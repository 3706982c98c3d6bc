"""Database connections that the threads of a process share: it has more threads than connections.

Through Django, a connection is taken and given back in 7 µs of CPU here, where a library on SQLAlchemy's pool takes 25:
a tenth of a webhook, by its profile. Nothing here knows Django: `config.database` does.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection


class PoolTimeoutError(Exception):
    """Other threads have all the connections, and none came back in time."""


class PooledConnection(connection):
    """The driver's connection, and the pool that it belongs to."""

    _pool: Pool
    #: Monotonic seconds.
    _made: float
    _socket: select.poll
    _is_out = False

    def join(self, pool: Pool) -> None:
        self._pool, self._made = pool, time.monotonic()
        self._socket = select.poll()
        self._socket.register(self.fileno(), select.POLLIN)

    def is_alive(self) -> bool:
        """Whether the server is there, as far as the socket tells. PostgreSQL says nothing unasked: what there is to
        read is its farewell, or the end. A server that is gone without a word is not noticed here.

        To ask the server instead would be a round trip: 0.1 ms of our CPU, and as much of PostgreSQL's.
        """
        return not self.closed and not self._socket.poll(0)

    def is_clean(self) -> bool:
        """Whether nothing of a transaction is left in it, and none begins by itself."""
        return not self.closed and self.autocommit and self.get_transaction_status() == TRANSACTION_STATUS_IDLE

    def __del__(self) -> None:
        """A thread that ended without giving it back is in nobody's way: another may be made instead."""
        if self._is_out:
            self._pool.forget()


class Pool:
    """At most `size` connections of this process. What came back last goes out first: the fewest are kept busy, and
    those have their statements planned. Its methods are called as Django calls those of psycopg's own pool."""

    def __init__(
        self, connect: Callable[[], PooledConnection], *, size: int, max_age_seconds: float, timeout_seconds: float
    ) -> None:
        self._connect = connect
        self._max_age, self._timeout = max_age_seconds, timeout_seconds
        self._idle: list[PooledConnection] = []
        # Whoever took one may hold a connection. `__del__` runs at any moment, even within another call of ours: of all
        # the queues and locks only this one may be put into then.
        self._permits: SimpleQueue[None] = SimpleQueue()
        for _ in range(size):
            self._permits.put(None)

    def open(self) -> None:
        """Connections are made when they are needed."""

    def getconn(self) -> PooledConnection:
        """A connection in autocommit mode. Raises `PoolTimeoutError`, and the driver's error where none can be made."""
        try:
            self._permits.get(timeout=self._timeout)
        except Empty:
            raise PoolTimeoutError(f"no connection came back within {self._timeout:g} s") from None
        try:
            taken = self._rested() or self._new()
        except BaseException:
            self._permits.put(None)
            raise
        taken._is_out = True
        return taken

    def putconn(self, given: PooledConnection) -> None:
        """Take a connection back. One that broke, or that is in the middle of something, is closed."""
        given._is_out = False
        try:
            if given.is_clean():
                self._idle.append(given)
            else:
                given.close()
        finally:
            self._permits.put(None)

    def forget(self) -> None:
        """A connection that was out is no more."""
        self._permits.put(None)

    def close(self) -> None:
        """Close what rests. What is out still comes back."""
        while (resting := self._last()) is not None:
            resting.close()

    def _rested(self) -> PooledConnection | None:
        oldest = time.monotonic() - self._max_age
        while (resting := self._last()) is not None:
            if resting._made > oldest and resting.is_alive():
                return resting
            resting.close()
        return None

    def _last(self) -> PooledConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _new(self) -> PooledConnection:
        made = self._connect()
        made.join(self)
        return made
