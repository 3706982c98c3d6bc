"""Pages for what goes wrong. The others are templates that Django and allauth find by their names."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

AWAY = (OperationalError, InterfaceError, RedisConnectionError, RedisTimeoutError)
#: Seconds after which a browser or a proxy may try again.
RETRY_AFTER = 10


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is handled: 503 when PostgreSQL or Redis is away, else 500.

    Neither page needs a database, a session, a tenant or the manifest of static files.
    """
    if isinstance(sys.exc_info()[1], AWAY):
        return HttpResponse(get_template("503.html").render(), status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponse(get_template("500.html").render({"at": timezone.now()}), status=500)
