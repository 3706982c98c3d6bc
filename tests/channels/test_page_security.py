"""Who may see and change the tenant's numbers, and what is never shown."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from bots.channels.connecting import connect
from bots.models import Channel
from sandbox.meta.client import MetaPhone
from sandbox.twilio.client import Phone
from tenants.models import AuditEntry, Route, Tenant, User
from tests.channels.conftest import ACCOUNT, CARRIED, META_LINE, NUMBER, PHONE_NUMBER_ID, TOKEN
from tests.dashboard.conftest import PASSWORD, SignIn

READ = ("", "new/", "new/twilio/", "new/meta/")
OF_ONE = ("", "progress/", "edit/", "credentials/", "verify-token/")
POSTED = ("check/", "webhook/", "test/", "edit/", "credentials/", "verify-token/", "remove/")


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_those_who_may_not_connect_numbers_see_and_change_none(
    connected: Channel, tenant_client: Client, sign_in: SignIn, role: str
) -> None:
    browser = sign_in(tenant_client, role)
    for path in (*READ, *(f"{connected.pk}/{one}" for one in OF_ONE)):
        assert browser.get(f"/channels/{path}").status_code == 403, path
    for path in ("new/twilio/", "new/meta/", *(f"{connected.pk}/{one}" for one in POSTED)):
        assert browser.post(f"/channels/{path}", {"name": "mine"}).status_code == 403, path
    assert Channel.objects.get(pk=connected.pk).removed_at is None


def test_another_tenants_number_is_not_there(connected: Channel, other_tenant: Tenant, people: dict[str, User]) -> None:
    browser = Client(headers={"host": "bravo.localhost", "x-forwarded-proto": "https"})
    browser.force_login(people["other"])
    assert browser.get("/channels/").status_code == 200
    for path in ("", "progress/", "edit/"):
        assert browser.get(f"/channels/{connected.pk}/{path}").status_code == 404, path
    for path in ("check/", "webhook/", "test/", "edit/", "remove/"):
        assert browser.post(f"/channels/{connected.pk}/{path}", {"phone": "+447700900123"}).status_code == 404, path
    with schema_context("acme"):
        assert Channel.objects.get(pk=connected.pk).removed_at is None


def test_every_change_wants_the_token_against_forged_forms(
    connected: Channel, people: dict[str, User], twilio: Phone
) -> None:
    browser = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"}, enforce_csrf_checks=True)
    browser.force_login(people["admin"])
    for path in ("new/twilio/", *(f"{connected.pk}/{one}" for one in POSTED)):
        assert browser.post(f"/channels/{path}", {}).status_code == 403, path


@pytest.mark.parametrize("path", ["check/", "webhook/", "test/", "remove/"])
def test_looking_changes_nothing(admin: Client, connected: Channel, path: str) -> None:
    assert admin.get(f"/channels/{connected.pk}/{path}").status_code == 405


def test_no_page_shows_a_secret(admin: Client, connected: Channel) -> None:
    for path in ("", f"{connected.pk}/", f"{connected.pk}/edit/", f"{connected.pk}/progress/"):
        assert TOKEN not in admin.get(f"/channels/{path}").content.decode(), path
    page = admin.get(f"/channels/{connected.pk}/").content.decode()
    assert re.search(r"<dt>Auth Token</dt><dd>Set on \d+ \w+ \d{4}\s*</dd>", page)


def test_a_form_that_failed_does_not_send_the_secret_back(admin: Client, twilio: Phone) -> None:
    given = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": "+14155550188"}
    assert TOKEN not in admin.post("/channels/new/twilio/", given).content.decode()


def test_replacing_a_secret_asks_who_it_is_first(
    tenant_client: Client, people: dict[str, User], connected: Channel, twilio: Phone
) -> None:
    tenant_client.force_login(people["admin"])
    path = f"/channels/{connected.pk}/credentials/"
    twilio.add_number(**{**CARRIED, "auth_token": "a-new-token"})
    for answer in (
        tenant_client.get(path),
        tenant_client.post(path, {"account_sid": ACCOUNT, "auth_token": "a-new-token"}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert Channel.objects.get(pk=connected.pk).credentials == {"auth_token": TOKEN}

    tenant_client.post(f"/accounts/reauthenticate/?next={path}", {"password": PASSWORD})
    page = tenant_client.get(path).content.decode()
    assert "Replace the credentials" in page
    assert TOKEN not in page
    answer = tenant_client.post(path, {"account_sid": ACCOUNT, "auth_token": "a-new-token"})
    assert (answer.status_code, answer["Location"]) == (302, f"/channels/{connected.pk}/")
    assert Channel.objects.get(pk=connected.pk).credentials == {"auth_token": "a-new-token"}


def test_names_are_text_wherever_they_stand(admin: Client, connected: Channel, twilio: Phone) -> None:
    markup = "<script>alert(1)</script>"
    admin.post(f"/channels/{connected.pk}/edit/", {"name": markup, "number": NUMBER})
    twilio.add_number(**{**CARRIED, "name": f"Acme {markup}"})
    admin.post(f"/channels/{connected.pk}/check/")
    for path in ("", f"{connected.pk}/", f"{connected.pk}/edit/"):
        page = admin.get(f"/channels/{path}").content.decode()
        assert markup not in page, path
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page, path


def test_fields_that_no_form_has_change_nothing(admin: Client, connected: Channel, twilio: Phone) -> None:
    smuggled = {
        "name": "Desk",
        "number": NUMBER,
        "account_id": "AC" + "00" * 16,
        "credentials": "{}",
        "provider": "meta",
    }
    admin.post(f"/channels/{connected.pk}/edit/", smuggled)
    channel = Channel.objects.get(pk=connected.pk)
    assert (channel.name, channel.provider, channel.account_id) == ("Desk", "twilio", ACCOUNT)
    assert channel.credentials == {"auth_token": TOKEN}


def test_a_verify_token_is_shown_once_and_only_to_who_said_who_they_are(
    tenant_client: Client, people: dict[str, User], at_meta: MetaPhone, tenant: Tenant, actor: User
) -> None:
    channel = connect(META_LINE, name="", tenant=tenant, actor=actor)
    path = f"/channels/{channel.pk}/verify-token/"
    tenant_client.force_login(people["admin"])
    assert tenant_client.get(path).status_code == 302
    tenant_client.post(f"/accounts/reauthenticate/?next={path}", {"password": PASSWORD})
    before = Channel.objects.get(pk=channel.pk).credentials["verify_token"]
    assert before not in tenant_client.get(path).content.decode()
    shown = tenant_client.post(path).content.decode()
    token = Channel.objects.get(pk=channel.pk).credentials["verify_token"]
    assert token != before
    assert token in shown
    assert token not in tenant_client.get(path).content.decode()
    with schema_context("public"):
        assert Route.objects.get(address=PHONE_NUMBER_ID).verification
        assert token not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_a_number_at_twilio_has_no_verify_token(
    tenant_client: Client, people: dict[str, User], connected: Channel
) -> None:
    tenant_client.force_login(people["admin"])
    path = f"/channels/{connected.pk}/verify-token/"
    tenant_client.post(f"/accounts/reauthenticate/?next={path}", {"password": PASSWORD})
    assert tenant_client.get(path).status_code == 404
