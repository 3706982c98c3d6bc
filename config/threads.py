"""Celery's pool of threads, in which whoever was busy last is busy again first.

What a thread had in its hands (its connections, its part of the processor's caches) is warm for a while. Python's own
pool gives work to the thread that has rested longest: with forty threads, a turn takes an eighth more CPU.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from celery.concurrency import thread


@dataclass(slots=True)
class Waiting:
    """A thread that has nothing to do, until `given` is unlocked."""

    given: threading.Lock = field(default_factory=threading.Lock)
    item: Any = None


class LastComeFirstServed:
    """What `ThreadPoolExecutor` asks of its queue: items in the order in which they came, for whoever waits for the
    shortest time."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiting: list[Waiting] = []
        self._lock = threading.Lock()

    def put(self, item: Any) -> None:
        with self._lock:
            if not self._waiting:
                self._items.append(item)
                return
            taker = self._waiting.pop()
        taker.item = item
        taker.given.release()

    def get(self, block: bool = True) -> Any:
        """Raises `queue.Empty` where there is nothing, and nobody wants to wait."""
        with self._lock:
            if self._items:
                return self._items.popleft()
            if not block:
                raise Empty
            me = Waiting()
            me.given.acquire()
            self._waiting.append(me)
        me.given.acquire()
        return me.item

    def get_nowait(self) -> Any:
        return self.get(block=False)


class TaskPool(thread.TaskPool):
    """`--pool threads`, by config.celery."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        executor: Any = ThreadPoolExecutor(max_workers=self.limit)
        executor._work_queue = LastComeFirstServed()
        self.executor = executor
