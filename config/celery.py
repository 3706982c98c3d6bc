"""The Celery application: `celery -A config worker`."""

from __future__ import annotations

import logging
import os
from queue import Empty
from typing import Any

import redis
from celery import Celery, concurrency
from celery.signals import worker_ready
from kombu.transport.redis import Channel, Transport

from config.garbage import settle

logger = logging.getLogger(__name__)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("switchboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["bots"])


@worker_ready.connect
def _settle(**_: object) -> None:
    settle()


class _KeepingChannel(Channel):
    """kombu makes a Redis client whenever it takes a message, acknowledges one or sends one: 0.6 ms of CPU a turn. A
    client is no more than its pool of connections, so one is kept for as long as the pool is."""

    def _create_client(self, asynchronous: bool = False) -> redis.Redis:
        kept = self.__dict__.setdefault("_kept_clients", {})
        pool = self.async_pool if asynchronous else self.pool
        if asynchronous not in kept or kept[asynchronous].connection_pool is not pool:
            kept[asynchronous] = super()._create_client(asynchronous=asynchronous)  # type: ignore[misc]
        return kept[asynchronous]

    def _brpop_read(self, **options: Any) -> Any:
        """kombu lets a message that it cannot read end the worker."""
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except (redis.RedisError, OSError, Empty):
            raise
        except Exception as error:  # noqa: BLE001 (whatever breaks in it, the message is out of the queue)
            logger.error("Somebody else's message in the queue is dropped (%s)", type(error).__name__)
            return True


Transport.Channel = _KeepingChannel
concurrency.ALIASES["threads"] = "config.threads:TaskPool"  # type: ignore[attr-defined]
