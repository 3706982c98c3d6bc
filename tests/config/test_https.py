"""In production everything but the machines' own questions goes by https."""

from __future__ import annotations

from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from bots import sweeper
from tests.webhooks.posting import FORM, WEBHOOK, logs, nothing_kept, payload, signature, unrouted

pytestmark = pytest.mark.django_db

PLAIN = Client(headers={"host": "bots.example.com"})
STRANGER = Client(headers={"host": "10.0.0.7:8000"})


@pytest.mark.parametrize("claim", [{}, {"x-forwarded-proto": "http"}, {"x-forwarded-ssl": "on"}])
def test_a_webhook_over_plain_http_is_sent_to_https_and_nothing_is_kept(claim: dict[str, str]) -> None:
    fields = payload("text")
    headers = {"x-twilio-signature": signature(fields), **claim}
    response = PLAIN.generic("POST", WEBHOOK, urlencode(fields), content_type=FORM, headers=headers)
    assert response.status_code == 301
    assert response["Location"] == "https://bots.example.com" + WEBHOOK
    assert nothing_kept()
    assert not logs()
    assert not unrouted()


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/healthz/", "/metrics/x"])
def test_pages_over_plain_http_are_sent_to_https(path: str) -> None:
    assert PLAIN.get(path).status_code == 301


def test_pages_over_https_ask_browsers_to_stay_there(tenant_client: Client) -> None:
    response = tenant_client.get("/accounts/login/")
    assert response.status_code == 200
    assert int(response["Strict-Transport-Security"].removeprefix("max-age=")) >= 31_536_000
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    for cookie in response.cookies.values():
        assert cookie["secure"], cookie.key
        assert cookie.key.startswith("__Host-")


@pytest.mark.parametrize("client", [PLAIN, STRANGER])
def test_the_process_says_that_it_is_alive_on_any_host(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_the_process_is_alive_without_its_database() -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError):
        assert STRANGER.get("/healthz").status_code == 200


@pytest.mark.parametrize("client", [PLAIN, STRANGER])
def test_the_process_is_ready_with_both_of_its_services(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "postgresql": "ok",
        "redis": "ok",
        "queue": None,
        "tenants_with_unreadable_secrets": None,
    }


def test_the_process_tells_how_old_the_queue_is() -> None:
    sweeper.sweep()
    queue = STRANGER.get("/readyz").json()["queue"]
    assert queue["oldest_due_seconds"] == 0
    assert queue["swept_seconds_ago"] < 60


def test_the_process_is_not_ready_without_postgresql() -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError("host=db password=hunter2")):
        response = STRANGER.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    assert response.json()["postgresql"] == "down"
    assert "hunter2" not in response.text


def test_the_process_is_ready_without_redis_and_says_so() -> None:
    with patch("redis.Redis.execute_command", side_effect=RedisConnectionError):
        response = STRANGER.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "degraded",
        "postgresql": "ok",
        "redis": "down",
        "queue": None,
        "tenants_with_unreadable_secrets": None,
    }


def test_metrics_are_for_prometheus_on_any_host() -> None:
    text = STRANGER.get("/metrics").text
    assert "switchboard_postgresql_up 1.0" in text
    assert "switchboard_redis_up 1.0" in text
    assert "process_resident_memory_bytes" in text or "python_info" in text


def test_metrics_tell_what_is_down() -> None:
    with (
        patch.object(connection, "cursor", side_effect=OperationalError),
        patch("redis.Redis.execute_command", side_effect=RedisConnectionError),
    ):
        text = STRANGER.get("/metrics").text
    assert "switchboard_postgresql_up 0.0" in text
    assert "switchboard_redis_up 0.0" in text
