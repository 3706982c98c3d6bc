"""The typing indicator: shown while an answer takes its time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from queue import SimpleQueue
from threading import Thread

from bots.connections import client_of
from bots.models import Contact
from bots.whatsapp.base import WhatsAppError

logger = logging.getLogger(__name__)

#: Seconds. An answer that is there sooner needs none; one sent later than its answer would stay on for 25 s.
PATIENCE = 0.4
#: Seconds between looks at whether an answer is there. To be told by it would wake a thread twice for each turn: 6 % of
#: its CPU.
LOOK = 0.05
#: A thread for each turn would take as many threads again as there are turns. Where a provider does not answer, later
#: indicators wait in line, until their answer is there.
THREADS = 8


@dataclass(slots=True, kw_only=True)
class Wait:
    """Somebody waits for an answer. `due` (`time.monotonic`): when it is time to show them that it comes."""

    due: float
    show: Callable[[], None]
    is_over: bool = False


@contextmanager
def shown(contact: Contact, *, message_id: str) -> Iterator[None]:
    """Show "typing" to the contact once the block has taken a moment. Nothing waits for it or depends on it."""
    client = client_of(contact.channel)

    def show() -> None:
        try:
            client.send_typing_indicator(contact.reply_to, message_id=message_id)
        except WhatsAppError as error:
            logger.info("No typing indicator: %s", error)
        except Exception as error:  # noqa: BLE001 (in a thread of its own nobody else would mask what it says)
            logger.warning("No typing indicator (%s)", type(error).__name__)

    wait = Wait(due=time.monotonic() + PATIENCE, show=show)
    _line().put(wait)
    try:
        yield
    finally:
        wait.is_over = True


@cache
def _line() -> SimpleQueue[Wait]:
    """Whoever waits, in the order in which they are due. Made with the first turn: threads do not survive a fork."""
    line: SimpleQueue[Wait] = SimpleQueue()
    Thread(target=_watch, args=(line,), name="typing", daemon=True).start()
    return line


def _watch(line: SimpleQueue[Wait]) -> None:
    showing = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="typing")
    while True:
        wait = line.get()
        while not wait.is_over and (left := wait.due - time.monotonic()) > 0:
            time.sleep(min(left, LOOK))
        if not wait.is_over:
            showing.submit(_show, wait)


def _show(wait: Wait) -> None:
    if not wait.is_over:
        wait.show()
