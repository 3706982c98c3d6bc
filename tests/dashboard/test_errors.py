"""What people see when something goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.template.loader import get_template
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from tenants.models import Tenant
from tests.dashboard.conftest import SignIn

ALONE = ["400", "404", "404_host", "429", "500", "503"]


def test_a_path_of_nobody_gets_our_page(tenant: Tenant, tenant_client: Client) -> None:
    response = tenant_client.get("/nowhere/")
    assert response.status_code == 404
    assert "There is nothing here" in response.text


def test_a_host_of_nobody_gets_a_page_that_says_so(tenant: Tenant, tenant_client: Client) -> None:
    response = tenant_client.get("/", headers={"host": "nobody.localhost"})
    assert response.status_code == 404
    assert "No dashboard at this address" in response.text


def test_a_form_without_its_token_gets_our_page(sign_in: SignIn) -> None:
    strict = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"}, enforce_csrf_checks=True)
    response = strict.post("/accounts/login/", {"login": "a@b.test", "password": "x"})
    assert response.status_code == 403
    assert "This page was open too long" in response.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (SuspiciousOperation("odd detail"), 400, "We could not read that page address or form"),
        (PermissionDenied("private detail"), 403, "You may not see this page"),
        (RuntimeError("secret detail"), 500, "Something broke on our side"),
        (OperationalError("connection refused"), 503, "Back in a moment"),
        (RedisConnectionError("connection refused"), 503, "Back in a moment"),
    ],
)
def test_an_error_becomes_its_page_without_its_details(
    error: Exception, status: int, words: str, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "owner")
    client.raise_request_exception = False
    with patch("dashboard.activity.channel", side_effect=error):
        response = client.get("/")
    assert response.status_code == status
    assert words in response.text
    assert str(error) not in response.text


def test_a_database_that_is_away_is_asked_again_later(sign_in: SignIn, tenant_client: Client) -> None:
    tenant_client.raise_request_exception = False
    with patch("tenants.middleware.TenantMiddleware.get_tenant", side_effect=OperationalError):
        response = tenant_client.get("/")
    assert response.status_code == 503
    assert response["Retry-After"] == "10"


def test_what_broke_can_be_told_with_its_time(sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    client.raise_request_exception = False
    with patch("dashboard.activity.channel", side_effect=RuntimeError):
        page = client.get("/").text
    assert re.search(r"with the time: \d+ \w+ \d{4}, \d\d:\d\d UTC\.", page)
    assert '<a class="button" href="">Try again</a>' in page


@pytest.mark.parametrize("name", ALONE)
def test_an_error_page_needs_neither_database_nor_request_nor_manifest(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> Callable[..., str]:
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr("django.contrib.staticfiles.storage.StaticFilesStorage.url", fail)
    page = get_template(f"{name}.html").render()
    assert "<h1>" in page
    assert "/static/css/tokens.css" in page
