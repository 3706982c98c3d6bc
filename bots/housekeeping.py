"""What has time: every few minutes, secrets are looked at, webhooks counted, and what was kept long enough deleted."""

from __future__ import annotations

import logging
from threading import Event

from bots import retention, tallies, unreadable
from bots.exporting import tidying
from bots.knowledge import reading
from bots.media import keeping
from tenants.context import release_connection

logger = logging.getLogger(__name__)

#: Seconds between two rounds.
INTERVAL = 300.0
#: Seconds that a round has to end once it is told to; what it deletes is committed batch by batch.
GRACE = 5.0


def until(stopped: Event) -> None:
    """Keep house, at once and then every `INTERVAL`, until the event is set."""
    while not stopped.is_set():
        for task in (
            unreadable.look,
            retention.prune,
            tallies.count,
            keeping.expire,
            reading.keep_house,
            tidying.keep_house,
        ):
            try:
                task()
            except Exception as error:  # noqa: BLE001 (whatever is away now, the next round finds it back)
                logger.error("%s failed (%s)", task.__module__, type(error).__name__)
            finally:
                release_connection()
        stopped.wait(INTERVAL)
