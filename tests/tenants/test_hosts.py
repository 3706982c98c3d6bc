"""The host of a request decides whose pages it sees."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django_tenants.utils import schema_context

from tenants.middleware import TenantMiddleware
from tenants.models import Domain, Tenant

pytestmark = pytest.mark.django_db


def schema_seen(host: str, path: str = "/") -> str | int:
    """The schema in which a view behind the middleware runs; the status where none is reached."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(connection.schema_name)

    with schema_context("public"):
        response = TenantMiddleware(view)(RequestFactory().get(path, headers={"host": host}))
    return response.text if response.status_code == 200 else response.status_code


@pytest.mark.parametrize(
    ("host", "seen"),
    [
        ("acme.localhost", "acme"),
        ("bravo.localhost", "bravo"),
        ("ACME.localhost", "acme"),
        ("acme.localhost:8000", "acme"),
        ("bots.example.com", "public"),
        ("evil.localhost", 404),
        ("acme.localhost.evil.example", 404),
        ("localhost", 404),
        ("127.0.0.1", 404),
        ("[::1]:80", 404),
    ],
)
def test_a_host_leads_to_its_tenant_and_to_no_other(host: str, seen: str | int) -> None:
    assert schema_seen(host) == seen


def test_a_closed_tenants_host_is_nobodys() -> None:
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.CLOSED)
    assert schema_seen("acme.localhost") == 404
    assert connection.schema_name == "public"
    assert schema_seen("bravo.localhost") == "bravo"


def test_a_suspended_tenants_host_is_still_its_own() -> None:
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)
    assert schema_seen("acme.localhost") == "acme"


@pytest.mark.parametrize("host", ["www.new.localhost", "new.localhost."])
def test_a_host_may_begin_with_www_and_end_with_a_dot(host: str) -> None:
    Domain.objects.create(domain=host.rstrip("."), tenant=Tenant.objects.get(slug="acme"), is_primary=False)
    assert schema_seen(host) == "acme"


def test_a_new_host_holds_at_once() -> None:
    assert schema_seen("new.localhost") == 404
    Domain.objects.create(domain="new.localhost", tenant=Tenant.objects.get(slug="acme"), is_primary=False)
    assert schema_seen("new.localhost") == "acme"


@pytest.mark.parametrize("host", ["acme.localhost", "nobody.localhost", "bots.example.com"])
def test_the_providers_webhook_is_on_any_host_and_in_nobodys_schema(host: str) -> None:
    assert schema_seen(host, "/api/whatsapp/webhook/") == "public"


def test_a_host_of_nobody_gets_a_page_for_people(public_client: Client) -> None:
    response = public_client.get("/accounts/login/", headers={"host": "nobody.localhost"})
    assert response.status_code == 404
    assert "No dashboard at this address" in response.text


def test_one_tenants_request_leaves_nothing_for_the_next(tenant_client: Client, public_client: Client) -> None:
    """The same thread serves many hosts, one after the other."""
    for _ in range(2):
        assert "Acme" in tenant_client.get("/accounts/login/").text
        assert "Bravo" in tenant_client.get("/accounts/login/", headers={"host": "bravo.localhost"}).text
        assert tenant_client.get("/accounts/login/", headers={"host": "x.localhost"}).status_code == 404
        assert "Acme" not in public_client.get("/accounts/login/").text
