"""How a worker waits for a broker that went away."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery.worker import consumer

#: Seconds until the first try, what each pause is longer than the last, and the longest. Celery has no setting for
#: them, and pauses of its own grow to half a minute: so long people would wait for their answers once Redis is back.
FIRST, LONGER, LONGEST = 1, 1, 3


class Consumer(consumer.Consumer):
    """Celery's, which tries again every few seconds. settings.CELERY_WORKER_CONSUMER names it."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection, interval_start=FIRST, interval_step=LONGER, interval_max=LONGEST
        )
        return super().ensure_connected(conn)
