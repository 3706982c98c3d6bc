"""Who gets in, and who may do what: every URL of both hosts, for everybody who might ask."""

from __future__ import annotations

from typing import get_args

import pytest
from django.conf import settings
from django.db import transaction
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
#: Open to everybody, though nobody gets in by it, and without our token: browsers report there what they stopped.
REPORTS = "/csp-report/"
STRANGERS = ["other", "passer-by", "staff"]


def is_sent_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/accounts/login/")


def asked(client: Client, page: Page) -> tuple[HttpResponse, HttpResponse]:
    """What looking at a page answers, and what posting to it does; whatever was changed is taken back."""
    with transaction.atomic():
        answers = client.get(page.path), client.post(page.path)
        transaction.set_rollback(True)
    return answers


@pytest.mark.parametrize("page", [*TENANT, *PUBLIC], ids=str)
def test_every_url_says_whom_it_admits(page: Page) -> None:
    if isinstance(page.admits, tuple):
        assert set(page.admits) <= set(TABLE)
    else:
        assert page.admits in ("platform owners", "signed in", "everybody")


def test_the_open_urls_are_those_for_getting_in_and_no_others() -> None:
    entrances = ("/accounts/", "/invitations/", REPORTS)
    assert {page.path for page in TENANT if page.admits == "everybody" and not page.path.startswith(entrances)} == set()
    assert len(MEMBERS) > len(ROLES), "the walk finds the tenants' pages"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_look_and_do_what_the_table_says_and_nothing_else(
    role: str, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, role)
    wrong = []
    for page in MEMBERS:
        for response, right in zip(asked(client, page), page.admits, strict=True):
            if response.status_code == 405:
                continue
            is_let_in = response.status_code != 403 and not is_sent_to_sign_in(response)
            if is_let_in is not (role in TABLE[right]) or response.status_code >= 500:
                wrong.append(f"{page}, {right}: {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize("name", STRANGERS)
def test_a_tenants_pages_stay_shut_for_people_without_a_membership(
    name: str, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, name)
    assert [
        f"{page}: {response.status_code}"
        for page in MEMBERS
        for response in asked(client, page)
        if response.status_code != 405
        and not (response.status_code == 403 and "who has no access to <bdi>Acme</bdi>" in response.text)
    ] == []


def test_people_who_are_not_signed_in_are_sent_to_the_sign_in(tenant: Tenant, tenant_client: Client) -> None:
    assert [
        f"{page}: {response.status_code}"
        for page in [*MEMBERS, *OWN]
        for response in asked(tenant_client, page)
        if response.status_code != 405 and not is_sent_to_sign_in(response)
    ] == []


@pytest.mark.parametrize("name", [*ROLES, "other", "passer-by"])
def test_the_console_stays_shut_for_everybody_but_platform_owners(
    name: str, sign_in: SignIn, public_client: Client
) -> None:
    client = sign_in(public_client, name)
    for page in CONSOLE:
        # Tuples of a path and what it answered, so that a failure names the page.
        assert [(page.path, one.status_code) for one in asked(client, page)] == [(page.path, 403)] * 2


def test_the_console_sends_people_who_are_not_signed_in_to_the_sign_in(tenant: Tenant, public_client: Client) -> None:
    assert [page.path for page in CONSOLE if not is_sent_to_sign_in(public_client.get(page.path))] == []


@pytest.mark.parametrize(
    ("host", "found", "who"), [("acme.localhost", TENANT, "owner"), ("bots.example.com", PUBLIC, "staff")]
)
def test_nothing_is_changed_by_a_form_of_another_site(host: str, found: list[Page], who: str, sign_in: SignIn) -> None:
    browser = Client(headers={"host": host, "x-forwarded-proto": "https"}, enforce_csrf_checks=True)
    client = sign_in(browser, who)
    for page in (one for one in found if one.path != REPORTS):
        response = client.post(page.path, {"role": "owner"})
        assert response.status_code == 403, page
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
