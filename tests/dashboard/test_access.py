"""What getting in depends on at each request, beside the table of rights (test_rights.py)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants.models import Membership, Tenant, User
from tests.dashboard.conftest import SignIn


def test_people_without_access_are_told_who_they_are_and_where_they_have_it(
    sign_in: SignIn, tenant_client: Client
) -> None:
    response = sign_in(tenant_client, "other").get("/")
    assert response.status_code == 403
    assert "other@people.test" in response.text
    assert '<a href="https://bravo.localhost/"><bdi>Bravo</bdi></a>' in response.text
    assert 'action="/accounts/logout/"' in response.text


def test_a_platform_owner_is_no_member_of_every_tenant(sign_in: SignIn, tenant_client: Client) -> None:
    assert sign_in(tenant_client, "staff").get("/").status_code == 403


def test_the_page_that_was_asked_for_is_where_signing_in_leads(tenant: Tenant, tenant_client: Client) -> None:
    assert tenant_client.get("/team/")["Location"] == "/accounts/login/?next=/team/"


def test_a_membership_that_ended_shuts_the_door_at_the_next_request(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "agent")
    assert client.get("/").status_code == 200
    Membership.objects.filter(user=people["agent"]).delete()
    assert client.get("/").status_code == 403


def test_a_role_that_was_taken_away_holds_at_the_next_request(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "admin")
    assert client.get("/team/").status_code == 200
    Membership.objects.filter(user=people["admin"]).update(role="viewer")
    refused = client.get("/team/")
    assert refused.status_code == 403
    assert "You are Viewer here" in refused.text


def test_pages_with_a_tenants_data_are_kept_by_no_cache(sign_in: SignIn, tenant_client: Client) -> None:
    for path in ("/", "/team/", "/account/"):
        assert "no-store" in sign_in(tenant_client, "owner").get(path)["Cache-Control"]


def test_when_somebody_was_there_is_written_down_every_few_minutes_and_not_at_every_page(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    mine = Membership.objects.get(user=people["agent"])
    client = sign_in(tenant_client, "agent")
    client.get("/")
    first = Membership.objects.get(pk=mine.pk).last_seen_at
    assert first is not None
    assert timezone.now() - first < timedelta(minutes=1)
    client.get("/")
    assert Membership.objects.get(pk=mine.pk).last_seen_at == first
    Membership.objects.filter(pk=mine.pk).update(last_seen_at=first - timedelta(minutes=6))
    client.get("/")
    again = Membership.objects.get(pk=mine.pk).last_seen_at
    assert again is not None
    assert again > first


@pytest.mark.parametrize("name", ["owner", "other", "passer-by", "staff"])
def test_everybody_who_is_signed_in_reaches_their_own_account_on_any_host(
    name: str, sign_in: SignIn, tenant_client: Client, public_client: Client
) -> None:
    for client in (tenant_client, public_client):
        assert f"{name}@people.test" in sign_in(client, name).get("/account/").text
