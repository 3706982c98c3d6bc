"""The web's floor: parse the form, one HMAC, one INSERT with COMMIT, one LPUSH, in plain Python and nothing else.

A WSGI application, so that the same code is called in process and served by the same server as ours.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import psycopg2
import redis

from benchmarks.messages import signature

QUEUE = "floor"
TABLE = "CREATE TABLE floor_message (sid text PRIMARY KEY, sender text NOT NULL, body text NOT NULL)"
_thread = threading.local()


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(os.environ["REDIS_URL"])


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if signature(fields, token=os.environ["FLOOR_TOKEN"]) != environ["HTTP_X_TWILIO_SIGNATURE"]:
        start_response("403 Forbidden", [])
        return [b""]
    if not hasattr(_thread, "connection"):
        _thread.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with _thread.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO floor_message (sid, sender, body) VALUES (%s, %s, %s)",
            (fields["MessageSid"], fields["From"], fields["Body"]),
        )
    _thread.connection.commit()
    _redis().lpush(QUEUE, fields["MessageSid"])
    start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", "11")])
    return [b"<Response/>"]
