"""How much one contact may write: counted in Redis by the `limits` library, a fixed window of a minute."""

from __future__ import annotations

import logging
from functools import lru_cache

from django.conf import settings
from django.db import connection
from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter

from bots import store

logger = logging.getLogger(__name__)


def within_limit(*, contact_id: str, message_id: str, per_minute: int) -> bool:
    """Count one message; whether the contact is still within `per_minute`.

    Redis away means nobody is over the limit: people are not refused for a fault of ours. Counting the same message
    again (its worker died) makes the limit a little stricter, never looser.
    """
    if per_minute <= 0:
        return True
    schema = connection.schema_name  # type: ignore[attr-defined]
    try:
        return _limiter().hit(RateLimitItemPerMinute(per_minute), schema, contact_id)
    except Exception as error:  # noqa: BLE001 (the storage raises whatever its client raises)
        logger.warning("The rate limit of message %s could not be counted (%s)", message_id, type(error).__name__)
        return True


@lru_cache(maxsize=1)
def _limiter() -> FixedWindowRateLimiter:
    storage = RedisStorage(settings.REDIS_URL, key_prefix="limits", **store.TIMEOUTS)  # type: ignore[arg-type]
    return FixedWindowRateLimiter(storage)
