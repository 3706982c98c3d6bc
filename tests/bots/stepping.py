"""Workers that stop wherever a test wants to look, go on when they are told to, and die where they stand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


class Killed(BaseException):
    """kill -9, as far as one thread can feel it: no `except Exception` of the product sees it."""


class Worker:
    """Does `work` in a thread of its own, but never at the same time as somebody else: it holds still at each `pause`
    until `step` lets it go on. It shares the caller's database connection, and with it the test's transaction. `name`
    is the caller's word for it."""

    _here = threading.local()

    def __init__(self, work: Callable[[], object], *, name: str) -> None:
        self.name, self.at = name, ""
        self.error: BaseException | None = None
        self._answer: Any = None
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._connection = connections["default"]
        self._thread = threading.Thread(target=self._run, args=[work], daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        return not self.at and not self._thread.is_alive()

    def step(self, answer: Any = None) -> None:
        """Go on until the next pause, or the end. `answer` is what the present `pause` returns; an exception is raised
        there instead. Raises what the work raised, but for `Killed`."""
        self._answer, self.at = answer, ""
        self._connection.inc_thread_sharing()
        try:
            self._go.release()
            assert self._stopped.acquire(timeout=30), "the worker hangs"
        finally:
            self._connection.dec_thread_sharing()
        if not self.at:
            self._thread.join(30)
        if self.error:
            raise self.error

    def kill(self) -> None:
        while not self.is_done:
            self.step(Killed())

    @classmethod
    def pause(cls, at: str) -> Any:
        """Called by the work: hold still here. Whoever is no `Worker` goes on at once, with None."""
        worker: Worker | None = getattr(cls._here, "worker", None)
        return worker._pause(at) if worker else None

    def _pause(self, at: str) -> Any:
        self.at = at
        self._stopped.release()
        self._go.acquire()
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer

    def _run(self, work: Callable[[], object]) -> None:
        Worker._here.worker = self
        connections["default"] = self._connection
        self._go.acquire()
        try:
            work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 (the test's thread raises it)
            self.error = error
        finally:
            del connections["default"]
            self._stopped.release()
