"""The pool hands out connections that the server has not closed, without asking the server each time."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from django.conf import settings

from config.database.base import DatabaseWrapper


def connected() -> psycopg2.extensions.connection:
    made = psycopg2.connect(_dsn())
    made.autocommit = True
    return made


def _dsn() -> str:
    database = settings.DATABASES["default"]
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return " ".join(f"{theirs}={database[ours]}" for ours, theirs in names.items() if database.get(ours))


def is_alive(connection: psycopg2.extensions.connection) -> bool:
    return DatabaseWrapper.SQLAlchemyDialect().do_ping(connection)


@pytest.mark.django_db
def test_a_connection_that_rests_is_alive() -> None:
    with closing(connected()) as connection, connection.cursor() as cursor:
        assert is_alive(connection)
        cursor.execute("SELECT 1")
        assert is_alive(connection)


@pytest.mark.django_db
def test_a_connection_that_the_server_ended_is_not() -> None:
    with closing(connected()) as ended, closing(connected()) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended.info.backend_pid])
        assert not is_alive(ended)
        assert is_alive(other)


@pytest.mark.django_db
def test_a_connection_that_we_closed_is_not() -> None:
    connection = connected()
    connection.close()
    assert not is_alive(connection)
