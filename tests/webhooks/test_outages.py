"""200 means kept. Without the database the provider is told to try again; without the broker nobody notices."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.test import override_settings
from redis.exceptions import ConnectionError as RedisConnectionError

from bots import bell, broker
from tenants.pool import PoolTimeoutError
from tests.databases import PROJECT
from tests.webhooks.posting import (
    FORM,
    STATUS,
    WEBHOOK,
    bells,
    deliver,
    logs,
    messages,
    nothing_kept,
    payload,
    post,
    signature,
    unrouted,
)
from webhooks import routing

CALLER = """
import json, sys, django
django.setup()
from django.test import Client
call = json.load(sys.stdin)
client = Client(headers=call["headers"])
answers = [client.generic("POST", call["path"], call["body"], content_type=call["type"]).status_code for _ in range(3)]
print(json.dumps({"posts": answers, "readyz": client.get("/readyz").status_code, "healthz": client.get("/healthz").status_code}))
"""


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_a_process_whose_database_is_away_asks_for_another_try() -> None:
    """A process of its own, with its true connection pool, in front of a closed port."""
    fields = payload("text")
    call = {
        "path": WEBHOOK,
        "body": urlencode(fields),
        "type": FORM,
        "headers": {"x-forwarded-proto": "https", "x-twilio-signature": signature(fields)},
    }
    away = {"DATABASE_URL": f"postgresql://a@127.0.0.1:{closed_port()}/a", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    run = subprocess.run(
        [sys.executable, "-c", CALLER],
        input=json.dumps(call),
        env={**os.environ, **away},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == {"posts": [503, 503, 503], "readyz": 503, "healthz": 200}
    assert "croissant" not in run.stderr
    assert "4915112345601" not in run.stderr


class Failing:
    """A database that works for a while, and then fails at every statement."""

    def __init__(self, error: Exception, *, after: int) -> None:
        self.error, self.left = error, after

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise self.error
        return execute(sql, params, many, context)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        OperationalError("server closed the connection"),
        InterfaceError("closed"),
        InternalError("cannot execute INSERT in a read-only transaction"),
        PoolTimeoutError("no connection"),
    ],
)
def test_a_database_that_goes_away_at_any_statement_makes_the_provider_try_again(error: Exception) -> None:
    for statements in range(100):
        routing._remembered.clear()
        with connection.execute_wrapper(Failing(error, after=statements)):
            status = deliver(payload("text")).status_code
        if status == 200:
            break
        assert status == 503
        assert nothing_kept()
    assert statements >= 3
    assert len(messages()) == len(bells()) == 1


@pytest.mark.django_db
def test_a_message_for_a_number_that_the_process_knows_is_kept_by_one_statement() -> None:
    deliver(payload("text"))
    with connection.execute_wrapper(Failing(OperationalError("away"), after=1)):
        assert deliver(payload("text", MessageSid="SM-the-second")).status_code == 200
    with connection.execute_wrapper(Failing(OperationalError("away"), after=0)):
        assert deliver(payload("text", MessageSid="SM-the-third")).status_code == 503
    assert len(messages()) == len(bells()) == 2


@pytest.mark.django_db
def test_a_status_that_could_not_be_kept_is_asked_for_again() -> None:
    with connection.execute_wrapper(Failing(OperationalError("away"), after=2)):
        assert deliver(payload("status"), path=STATUS).status_code == 503


@pytest.mark.django_db
def test_an_error_that_nobody_expected_is_a_500_without_its_details(caplog: pytest.LogCaptureFixture) -> None:
    with connection.execute_wrapper(Failing(RuntimeError("how it broke"), after=3)):
        response = deliver(payload("text"))
    assert response.status_code == 500
    assert "broke" not in response.text
    assert "Unexpected RuntimeError" in caplog.text
    assert nothing_kept()


@pytest.mark.django_db
def test_a_message_is_taken_while_the_broker_is_away_and_the_sweeper_finds_it() -> None:
    with patch.object(broker, "send", side_effect=RedisConnectionError("Connection refused")) as send:
        assert deliver(payload("text")).status_code == 200
        assert deliver(payload("text", MessageSid="SM-the-second")).status_code == 200
    assert send.call_count == 1, "after a failure nobody waits for the broker again for a while"
    assert [message.conversation.due_at is not None for message in messages()] == [True, True]
    assert not bells()


@pytest.mark.django_db
@override_settings(CELERY_BROKER_URL=f"redis://127.0.0.1:{closed_port()}/0")
def test_a_message_is_taken_quickly_while_redis_is_a_closed_port() -> None:
    """The true client, in front of nobody."""
    assert deliver(payload("text")).status_code == 200
    assert len(messages()) == 1
    assert bell._silent_until > 0


@pytest.mark.django_db
def test_requests_are_refused_and_noted_as_ever_while_redis_is_away(redis_is_away: None) -> None:
    assert post(urlencode(payload("text")).encode(), signed="forged").status_code == 403
    assert deliver(payload("text", To="+15005550006")).status_code == 404
    assert not messages()
    assert [len(logs()), len(unrouted())] == [1, 1]


@pytest.mark.django_db
def test_a_flood_of_forged_requests_fills_no_table() -> None:
    body = urlencode(payload("text")).encode()
    assert {post(body, signed="forged").status_code for _ in range(140)} == {403}
    assert 60 <= len(logs()) <= 120, "60 a minute, and the minute may have turned"
    assert deliver(payload("text")).status_code == 200


@pytest.mark.django_db
def test_a_flood_of_requests_for_nobody_fills_no_table() -> None:
    assert {deliver(payload("text", To="+15005550006")).status_code for _ in range(140)} == {404}
    assert 60 <= len(unrouted()) <= 120
