"""A provider that does not answer is not asked by everybody: after some failures in a row calls fail at once, and one
of them tries again from time to time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from bots.ai.base import AIError, BaseAIAdapter
from bots.ai.embeddings import Embedder
from bots.ai.transcription import Transcriber

#: Failures in a row after which a connection counts as down.
MOST_FAILURES = 10
#: Seconds between two tries of a connection that is down.
PAUSE = 15.0
#: What says that the provider is in trouble; a refused key or a bad request says that it answers.
TROUBLE = ("timeout", "unavailable")

T = TypeVar("T")


class Breaker:
    """One provider connection (a provider, its address and a key) of this process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._next_try = 0.0

    def call(self, function: Callable[[], T]) -> T:
        """Call, unless the connection is down and it is not yet time for a try: then `AIError` is raised at once."""
        self._pass()
        try:
            result = function()
        except AIError as error:
            self._count(failed=error.kind in TROUBLE)
            raise
        self._count(failed=False)
        return result

    def _pass(self) -> None:
        with self._lock:
            if self._failures < MOST_FAILURES:
                return
            now = self._clock()
            if now < self._next_try:
                # Longer than a retry waits: nobody waits for it.
                raise AIError("not asked: it has not answered for a while", kind="unavailable", retry_after=PAUSE)
            # This caller tries; the others go on failing at once until it knows.
            self._next_try = now + PAUSE

    def _count(self, *, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._failures == MOST_FAILURES:
                self._next_try = self._clock() + PAUSE


_breakers: dict[str, Breaker] = {}
_lock = Lock()


def breaker_of(service: BaseAIAdapter | Transcriber | Embedder) -> Breaker:
    """The breaker that all callers of this connection share."""
    connection = "\0".join((type(service).__name__, service.base_url, service.api_key))
    name = hashlib.sha256(connection.encode()).hexdigest()
    with _lock:
        return _breakers.setdefault(name, Breaker())
