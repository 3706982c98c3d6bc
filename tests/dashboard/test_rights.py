"""Who gets in, and who may do what: every URL of both hosts, for everybody who might ask."""

from __future__ import annotations

from typing import get_args

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from dashboard.rights import TABLE, Can, Right, UnknownRightError
from tenants.models import Membership, Tenant
from tests.dashboard.conftest import SignIn
from tests.dashboard.urls import Page, pages

TENANT = pages(settings.ROOT_URLCONF)
#: The webhooks are asked by machines with signatures of their own.
PUBLIC = pages(settings.PUBLIC_SCHEMA_URLCONF, except_under=("/api/whatsapp/",))
MEMBERS = [page for page in TENANT if isinstance(page.admits, tuple)]
CONSOLE = [page for page in PUBLIC if page.admits == "platform owners"]
OWN = [page for page in TENANT if page.admits == "signed in"]
ROLES = [role.value for role in Membership.Role]
STRANGERS = ["other", "passer-by", "staff"]

by_path = str


def is_sent_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", [*TENANT, *PUBLIC], ids=by_path)
def test_every_url_says_whom_it_admits(page: Page) -> None:
    if isinstance(page.admits, tuple):
        assert set(page.admits) <= set(TABLE)
    else:
        assert page.admits in ("platform owners", "signed in", "everybody")


def test_the_open_urls_are_those_for_getting_in_and_no_others() -> None:
    entrances = ("/accounts/", "/invitations/")
    assert {page.path for page in TENANT if page.admits == "everybody" and not page.path.startswith(entrances)} == set()
    assert len(MEMBERS) > len(ROLES), "the walk finds the tenants' pages"


@pytest.mark.parametrize("page", MEMBERS, ids=by_path)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_look_and_do_what_the_table_says_and_nothing_else(
    page: Page, role: str, sign_in: SignIn, tenant_client: Client
) -> None:
    to_read, to_write = page.admits
    client = sign_in(tenant_client, role)
    looked, did = client.get(page.path), client.post(page.path)
    for response, right in ((looked, to_read), (did, to_write)):
        if response.status_code == 405:
            continue
        assert not is_sent_to_sign_in(response)
        assert (response.status_code != 403) is (role in TABLE[right]), f"{right}: {response.status_code}"
        assert response.status_code < 500


@pytest.mark.parametrize("page", MEMBERS, ids=by_path)
@pytest.mark.parametrize("name", STRANGERS)
def test_a_tenants_pages_stay_shut_for_people_without_a_membership(
    page: Page, name: str, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, name)
    for response in (client.get(page.path), client.post(page.path)):
        if response.status_code != 405:
            assert response.status_code == 403
            assert "who has no access to <bdi>Acme</bdi>" in response.text


@pytest.mark.parametrize("page", [*MEMBERS, *OWN], ids=by_path)
def test_people_who_are_not_signed_in_are_sent_to_the_sign_in(
    page: Page, tenant: Tenant, tenant_client: Client
) -> None:
    for response in (tenant_client.get(page.path), tenant_client.post(page.path)):
        assert response.status_code == 405 or is_sent_to_sign_in(response)


@pytest.mark.parametrize("page", CONSOLE, ids=by_path)
@pytest.mark.parametrize("name", [*ROLES, "other", "passer-by"])
def test_the_console_stays_shut_for_everybody_but_platform_owners(
    page: Page, name: str, sign_in: SignIn, public_client: Client
) -> None:
    client = sign_in(public_client, name)
    assert [client.get(page.path).status_code, client.post(page.path).status_code] == [403, 403]


@pytest.mark.parametrize("page", CONSOLE, ids=by_path)
def test_the_console_sends_people_who_are_not_signed_in_to_the_sign_in(
    page: Page, tenant: Tenant, public_client: Client
) -> None:
    assert is_sent_to_sign_in(public_client.get(page.path))


@pytest.mark.parametrize("page", TENANT, ids=by_path)
def test_nothing_is_changed_by_a_form_of_another_site(page: Page, sign_in: SignIn) -> None:
    browser = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"}, enforce_csrf_checks=True)
    response = sign_in(browser, "owner").post(page.path, {"role": "owner"})
    assert response.status_code == 403
    assert "CSRF" not in response.text, "our page, not the framework's"


def test_the_table_has_a_line_for_each_right() -> None:
    assert set(TABLE) == set(get_args(Right))


def test_each_role_may_what_the_one_below_it_may() -> None:
    order = [Membership.Role.VIEWER, Membership.Role.AGENT, Membership.Role.ADMIN, Membership.Role.OWNER]
    for right, roles in TABLE.items():
        allowed = [role in roles for role in order]
        assert allowed == sorted(allowed), right
        assert Membership.Role.OWNER in roles


def test_a_right_that_does_not_exist_is_an_error_and_no_refusal() -> None:
    with pytest.raises(UnknownRightError):
        Can("owner")("edit_bots")
