"""PostgreSQL's clock: the one clock that all processes share."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, models


class ClockTimestamp(models.Func):
    """The time at which the row is written. `now()` is the time at which its transaction began."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


def database_time() -> datetime:
    """The database's time, aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
