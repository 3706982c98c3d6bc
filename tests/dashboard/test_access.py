"""Who gets in: every URL of both hosts, for everybody who might ask."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tenants.models import Membership, Tenant, User
from tests.dashboard.conftest import SignIn

#: Where people without a session, or machines with a signature of their own, belong.
OPEN = ("accounts/", "api/whatsapp/")


def pages(urlconf: str) -> list[str]:
    """The paths of a urlconf's own pages; one that needs arguments fails the test that would skip it."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> list[str]:
        found: list[str] = []
        for one in patterns:
            path = prefix + str(one.pattern)
            if path.startswith(OPEN):
                continue
            found += walk(one.url_patterns, path) if isinstance(one, URLResolver) else [f"/{path}"]
        return found

    return walk(get_resolver(urlconf).url_patterns, "")


TENANT_PAGES = pages(settings.ROOT_URLCONF)
PUBLIC_PAGES = pages(settings.PUBLIC_SCHEMA_URLCONF)


@pytest.mark.parametrize("path", TENANT_PAGES)
def test_a_tenants_page_sends_people_who_are_not_signed_in_to_the_sign_in(
    path: str, tenant: Tenant, tenant_client: Client
) -> None:
    response = tenant_client.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("path", TENANT_PAGES)
@pytest.mark.parametrize("name", ["owner", "admin", "agent", "viewer"])
def test_a_tenants_page_opens_for_its_members(path: str, name: str, sign_in: SignIn, tenant_client: Client) -> None:
    assert sign_in(tenant_client, name).get(path).status_code == 200


@pytest.mark.parametrize("path", TENANT_PAGES)
@pytest.mark.parametrize("name", ["other", "passer-by", "staff"])
def test_a_tenants_page_stays_shut_for_everybody_else(
    path: str, name: str, sign_in: SignIn, tenant_client: Client
) -> None:
    response = sign_in(tenant_client, name).get(path)
    assert response.status_code == 403
    assert f"{name}@people.test" in response.text
    assert "who has no access to <bdi>Acme</bdi>" in response.text
    assert 'action="/accounts/logout/"' in response.text


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_the_console_sends_people_who_are_not_signed_in_to_the_sign_in(
    path: str, tenant: Tenant, public_client: Client
) -> None:
    response = public_client.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_the_console_opens_for_platform_owners(path: str, sign_in: SignIn, public_client: Client) -> None:
    assert sign_in(public_client, "staff").get(path).status_code == 200


@pytest.mark.parametrize("path", PUBLIC_PAGES)
@pytest.mark.parametrize("name", ["owner", "other", "passer-by"])
def test_the_console_stays_shut_for_everybody_else(
    path: str, name: str, sign_in: SignIn, public_client: Client
) -> None:
    response = sign_in(public_client, name).get(path)
    assert response.status_code == 403
    assert "who has no access to <bdi>the platform console</bdi>" in response.text


def test_people_without_access_are_shown_where_they_have_it(sign_in: SignIn, tenant_client: Client) -> None:
    response = sign_in(tenant_client, "other").get("/")
    assert '<a href="https://bravo.localhost/"><bdi>Bravo</bdi></a>' in response.text


def test_a_membership_that_ended_shuts_the_door_at_the_next_request(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "agent")
    assert client.get("/").status_code == 200
    Membership.objects.filter(user=people["agent"]).delete()
    assert client.get("/").status_code == 403


def test_pages_with_a_tenants_data_are_kept_by_no_cache(sign_in: SignIn, tenant_client: Client) -> None:
    assert "no-store" in sign_in(tenant_client, "owner").get("/")["Cache-Control"]
