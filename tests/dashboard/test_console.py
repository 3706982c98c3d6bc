"""The platform's front page."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context
from pytest_django import DjangoAssertNumQueries

from bots import unreadable
from tenants import standing
from tenants.models import Domain, Tenant, UnroutedWebhook
from tests.dashboard.conftest import SignIn

#: The schema (twice), domain, session, user, and four for the page.
QUERIES = 9


@pytest.fixture
def staff(sign_in: SignIn, public_client: Client) -> Client:
    return sign_in(public_client, "staff")


def unrouted(*, address: str = "+4915112345678", reason: str = "nobody claimed the number") -> UnroutedWebhook:
    return UnroutedWebhook.objects.create(
        method="POST",
        path="/api/whatsapp/webhook/",
        provider="twilio",
        address=address,
        headers={},
        fields=["To"],
        body_bytes=10,
        response_status=404,
        reason=reason,
    )


def test_every_tenant_is_listed_with_its_status_host_and_routes(staff: Client) -> None:
    standing.suspend("bravo", reason="unpaid")
    page = staff.get("/")
    rows = [
        (one["tenant"].slug, one["tenant"].status, one["url"], one["tenant"].route_count)
        for one in page.context["rows"]
    ]
    assert rows == [
        ("acme", "active", "https://acme.localhost/", 1),
        ("bravo", "suspended", "https://bravo.localhost/", 1),
    ]
    assert "Suspended" in page.text
    assert "unpaid" in page.text


def test_a_tenant_whose_secrets_no_key_opens_is_marked_with_the_reason(staff: Client) -> None:
    page = staff.get("/").text
    assert "Secrets unreadable" not in page
    with schema_context("bravo"), connection.cursor() as cursor:
        cursor.execute("UPDATE bots_channel SET credentials = %s", ["gAAAA-of-another-key"])
    unreadable.look()
    page = staff.get("/")
    assert [one["unreadable"] for one in page.context["rows"]] == [[], ["the channel's credentials"]]
    assert page.text.count("Secrets unreadable") == 1
    assert "No key in FIELD_ENCRYPTION_KEY opens the channel&#x27;s credentials" in page.text
    assert "gAAAA" not in page.text


def test_on_a_phone_each_cell_says_its_column(staff: Client) -> None:
    unrouted()
    page = staff.get("/").text
    assert page.count("table-cards") == 2
    for label in ("Status", "Dashboard", "Numbers", "Created", "When", "Destination", "Reason", "Answered"):
        assert f'data-label="{label}"' in page


def test_links_to_tenants_keep_the_port(staff: Client) -> None:
    assert 'href="https://acme.localhost:8443/"' in staff.get("/", headers={"host": "bots.example.com:8443"}).text


def test_without_tenants_the_next_step_is_told(staff: Client) -> None:
    Tenant.objects.exclude(schema_name="public").delete()
    page = staff.get("/").text
    assert "No tenants yet" in page
    assert "python manage.py onboard FILE.toml" in page


def test_an_unrouted_webhook_shows_its_reason_and_hides_its_number(staff: Client) -> None:
    unrouted()
    page = staff.get("/").text
    assert "+49 151 *** 5678" in page
    assert "12345678" not in page
    assert "Nobody claimed the number" in page


def test_without_unrouted_webhooks_the_console_says_that_all_is_well(staff: Client) -> None:
    assert "Every webhook found its tenant" in staff.get("/").text


def test_only_the_last_twenty_unrouted_webhooks_are_shown(staff: Client) -> None:
    for index in range(25):
        unrouted(reason=f"reason {index}")
    reasons = [one.reason for one in staff.get("/").context["unrouted"]]
    assert reasons == [f"reason {index}" for index in range(24, 4, -1)]


def test_names_and_destinations_are_shown_as_text_never_as_markup(staff: Client) -> None:
    Tenant.objects.filter(slug="acme").update(name="<b>Acme</b>", status_reason="<i>why</i>")
    unrouted(address="<script>alert(1)</script>", reason="<u>who</u>")
    page = staff.get("/").text
    for markup in ("<b>Acme", "<i>why", "<script>", "<s***", "<u>who"):
        assert markup not in page


def test_the_number_of_queries_does_not_grow_with_the_data(
    staff: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        staff.get("/")
    for index in range(30):
        unrouted()
        tenant = Tenant(slug=f"more-{index}", schema_name=f"more_{index}", name=f"More {index}")
        tenant.auto_create_schema = False
        tenant.save()
        Domain.objects.create(domain=f"more-{index}.localhost", tenant=tenant, is_primary=True)
    with django_assert_num_queries(QUERIES):
        staff.get("/")
