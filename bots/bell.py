"""Ring a worker: there is something to do in a conversation. A bell, not the letter: the row is the truth."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from bots import broker

logger = logging.getLogger(__name__)

TASK = "bots.tasks.take_turn"
#: After a failure nobody waits for the broker again for so many seconds; the sweeper rings for what was missed.
SILENCE_SECONDS = 5.0
#: Seconds after which nobody need hear a bell any more.
GOOD_FOR = 60.0
#: More bells than all threads of a worker take at once.
CROWD = 300
_silent_until = 0.0


def is_crowded() -> bool:
    """Whether so many bells wait that workers must be behind; False where nobody knows."""
    try:
        return broker.queued() > CROWD
    except Exception as error:  # noqa: BLE001 (whatever the broker's client raises, nobody knows)
        logger.warning("The broker does not answer (%s)", type(error).__name__)
        return False


def ring(*, tenant_id: int, conversation_id: UUID, delay: float = 0.0) -> bool:
    """Ask for the conversation's turn in `delay` seconds. Never raises and never waits long; False: nobody heard it."""
    # While no worker listens, bells do not pile up: the sweeper rings again for what is still due.
    return ring_for(TASK, tenant_id=tenant_id, row_id=conversation_id, delay=delay)


def ring_for(task: str, *, tenant_id: int, row_id: UUID, delay: float = 0.0) -> bool:
    """Ask for another task on a row of the tenant's: by the same rules."""
    global _silent_until  # noqa: PLW0603 (one broker a process, one memory of its absence)
    if time.monotonic() < _silent_until:
        return False
    try:
        broker.send(task, tenant_id, str(row_id), delay=delay, expires=delay + GOOD_FOR)
    except Exception as error:  # noqa: BLE001 (whatever the broker's client raises, the message is kept)
        _silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning("The broker does not answer (%s); the sweeper will ring", type(error).__name__)
        return False
    return True
