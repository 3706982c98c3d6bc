"""The typing indicator: shown while an answer takes its time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from bots.connections import client_of
from bots.models import Contact
from bots.whatsapp.base import WhatsAppError

logger = logging.getLogger(__name__)

#: Seconds. An answer that is there sooner needs none; one sent later than its answer would stay on for 25 s.
PATIENCE = 0.4


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

    answered = Event()
    _line.submit(_unless, answered, time.monotonic() + PATIENCE, show)
    try:
        yield
    finally:
        answered.set()


def _unless(answered: Event, due: float, show: Callable[[], None]) -> None:
    """Show, once it is time for it, unless the answer is there before."""
    if not answered.wait(max(0.0, due - time.monotonic())):
        show()


#: A thread for each turn would take as many threads again as there are turns. Where a provider does not answer, later
#: indicators wait in line, until their answer is there.
THREADS = 8
_line = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="typing")
