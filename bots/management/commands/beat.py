"""The sweeper's own process: it rings for what was left lying, whatever the workers are busy with.

Beside it, in a thread of its own, the house is kept: a slow tenant there never delays the sweep.
"""

from __future__ import annotations

import logging
import signal
from threading import Event, Thread
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from bots import housekeeping, sweeper
from tenants.context import release_connection

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Ring, every few seconds, for every conversation that is due and that nobody works on; delete what is kept "
        "long enough, look for secrets that no key opens. Runs until SIGTERM."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopped.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        keeper = Thread(target=housekeeping.until, args=(stopped,), name="housekeeping", daemon=True)
        keeper.start()
        logger.info("Sweeping every %.0f s", sweeper.INTERVAL)
        while not stopped.wait(sweeper.INTERVAL):
            try:
                sweeper.sweep()
            except Exception as error:  # noqa: BLE001 (whatever is away now, the next round finds it back)
                logger.error("The round failed (%s); the next one is in %.0f s", type(error).__name__, sweeper.INTERVAL)
            finally:
                release_connection()
        keeper.join(timeout=housekeeping.GRACE)
        logger.info("Stopped")
