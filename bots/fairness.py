"""No tenant takes the whole worker: whose AI hangs holds up its own conversations, never another tenant's.

A tenant may begin another turn while its turns are fewer than three times the threads that are free. One busy tenant
so gets three quarters of a worker, a second one three quarters of what it left, and a newcomer always finds a thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

SHARE_OF_FREE = 3


class Shares:
    """The threads of one worker process, and how many of them each tenant's turns hold."""

    def __init__(self, *, threads: int) -> None:
        self.threads = threads
        self._held: Counter[int] = Counter()
        self._lock = Lock()

    @contextmanager
    def turn(self, tenant_id: int) -> Iterator[bool]:
        """Hold a thread for the block; False: the tenant has its share already, and the block should not begin."""
        allowed = self._take(tenant_id)
        try:
            yield allowed
        finally:
            if allowed:
                self._give_back(tenant_id)

    def _take(self, tenant_id: int) -> bool:
        with self._lock:
            free = self.threads - self._held.total()
            # With next to no threads everybody gets one: a share is a part of many.
            if self._held[tenant_id] and self._held[tenant_id] >= SHARE_OF_FREE * free:
                return False
            self._held[tenant_id] += 1
            return True

    def _give_back(self, tenant_id: int) -> None:
        with self._lock:
            self._held[tenant_id] -= 1
            if not self._held[tenant_id]:
                del self._held[tenant_id]
