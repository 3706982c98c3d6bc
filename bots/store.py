"""Redis: copies and counters, nothing that cannot be rebuilt. It may be away at any moment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import redis
from django.conf import settings

from bots.line import Line

logger = logging.getLogger(__name__)

#: Seconds. Whoever waits for Redis makes somebody wait for an answer.
TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 1.0}


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """One pooled client a process."""
    return redis.Redis.from_url(settings.REDIS_URL, **TIMEOUTS)


@lru_cache(maxsize=1)
def line() -> Line:
    """For what is read and written with every turn. Raises what `client` raises."""
    return Line(settings.REDIS_URL, **TIMEOUTS)


@contextmanager
def may_be_away() -> Iterator[None]:
    """Do without what the block would have read or written when Redis does not answer."""
    try:
        yield
    except redis.RedisError as error:
        logger.warning("Redis does not answer (%s)", type(error).__name__)
