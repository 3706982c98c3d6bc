"""Connections of the web, and the pool that they come from."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.connections import ConnectionMiddleware

pytestmark = pytest.mark.django_db(transaction=True)


def held(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """What a thread of a server still holds after a request whose response nobody closed."""
    found: list[object] = []

    def serve() -> None:
        try:
            ConnectionMiddleware(get_response)(RequestFactory().get("/"))
        except ZeroDivisionError:
            pass
        finally:
            found.append(connections["default"].connection)
            connections["default"].close()

    thread = Thread(target=serve)
    thread.start()
    thread.join()
    return found[0]


def ask(_: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok")


def ask_and_break(request: HttpRequest) -> HttpResponse:
    ask(request)
    raise ZeroDivisionError


@pytest.mark.parametrize("view", [ask, ask_and_break])
def test_a_connection_is_given_back_before_the_client_has_read_the_page(
    view: Callable[[HttpRequest], HttpResponse],
) -> None:
    assert held(view) is None
