"""Puts a task of ours into Celery's queue."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from celery import current_app
from celery.utils.nodenames import anon_nodename
from django.conf import settings

from bots import store
from bots.line import Line


def send(task: str, *args: int | str, delay: float, expires: float) -> None:
    """Let a worker run `task` in `delay` seconds, unless nobody took it within `expires`. Raises whatever the broker's
    client raises."""
    broker = settings.CELERY_BROKER_URL
    if urlsplit(broker).scheme == "redis":
        message = _message(task, args, delay=delay, expires=expires)
        _line(broker).ask("LPUSH", settings.CELERY_TASK_DEFAULT_QUEUE, message)
    else:
        current_app.send_task(task, args=args, countdown=delay or None, expires=expires, retry=False)


def queued() -> int:
    """How many tasks wait for a worker; 0 where the broker is not asked. Raises whatever the broker's client raises."""
    broker = settings.CELERY_BROKER_URL
    if urlsplit(broker).scheme != "redis":
        return 0
    count: int = _line(broker).ask("LLEN", settings.CELERY_TASK_DEFAULT_QUEUE)
    return count


def _message(task: str, args: tuple[int | str, ...], *, delay: float, expires: float) -> str:
    """What `send_task` pushes, in a tenth of its time (0.1 ms instead of 1.4 ms): it builds a Redis client for each.

    https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2, in the envelope of kombu's Redis transport.
    """
    now, name = datetime.now(UTC), str(uuid4())
    body = json.dumps((args, {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}))
    headers: dict[str, Any] = {
        "lang": "py",
        "task": task,
        "id": name,
        "shadow": None,
        "eta": (now + timedelta(seconds=delay)).isoformat() if delay else None,
        "expires": (now + timedelta(seconds=expires)).isoformat(),
        "group": None,
        "group_index": None,
        "retries": 0,
        "timelimit": [None, None],
        "root_id": name,
        "parent_id": None,
        "argsrepr": repr(args),
        "kwargsrepr": "{}",
        "origin": anon_nodename(),
        "ignore_result": None,
        "replaced_task_nesting": 0,
        "stamped_headers": None,
        "stamps": {},
    }
    properties = {
        "correlation_id": name,
        "reply_to": "",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": settings.CELERY_TASK_DEFAULT_QUEUE},
        "priority": 0,
        "expiration": str(int(expires * 1000)),
        "body_encoding": "base64",
        "delivery_tag": name,
    }
    return json.dumps(
        {
            "body": base64.b64encode(body.encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": headers,
            "properties": properties,
        }
    )


@lru_cache(maxsize=1)
def _line(url: str) -> Line:
    """One a process."""
    return Line(url, **store.TIMEOUTS)
