"""The sweeper's own process: it rings for what was left lying, whatever the workers are busy with."""

from __future__ import annotations

import logging
import signal
from threading import Event
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from bots import sweeper
from tenants.context import release_connection

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Ring, every few seconds, for every conversation that is due and that nobody works on. Runs until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopped.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        logger.info("Sweeping every %.0f s", sweeper.INTERVAL)
        while not stopped.wait(sweeper.INTERVAL):
            try:
                sweeper.sweep()
            except Exception as error:  # noqa: BLE001 (whatever is away now, the next round finds it back)
                logger.error("The round failed (%s); the next one is in %.0f s", type(error).__name__, sweeper.INTERVAL)
            finally:
                release_connection()
        logger.info("Stopped")
