"""The team page: members, roles, invitations, and what is asked of everybody."""

from __future__ import annotations

import os
from typing import Any

import psycopg2
import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import OperationalError, connection, transaction
from django.test import Client

from tenants import team
from tenants.models import AuditEntry, Invitation, Membership, Tenant, User
from tests.dashboard.conftest import PASSWORD, SignIn

pytestmark = pytest.mark.usefixtures("people")


def membership(user: User, tenant: Tenant) -> Membership:
    return Membership.objects.get(user=user, tenant=tenant)


def others(people: dict[str, User], tenant: Tenant) -> None:
    """Leave `owner` the only owner: onboarding made one as well."""
    Membership.objects.filter(tenant=tenant, role="owner").exclude(user=people["owner"]).delete()


def confirm(client: Client) -> Client:
    """Show again that it is them: what changes who gets in asks for it."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def test_the_page_lists_everybody_with_their_role_and_second_step(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    Authenticator.objects.create(user=people["agent"], type="totp", data={})
    page = sign_in(tenant_client, "owner").get("/team/").text
    for name in ("owner", "admin", "agent", "viewer"):
        assert f"{name}@people.test" in page
    assert "other@people.test" not in page
    assert page.count('<span class="badge badge-good">On</span>') == 1
    assert "Never" in page


def test_an_owner_invites_by_mail_and_the_mail_has_the_link(sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    page = client.post("/team/invite/", {"email": "New@people.test", "role": "agent"}, follow=True).text
    assert "An invitation is on its way to new@people.test" in page
    [message] = mail.outbox
    assert message.to == ["new@people.test"]
    assert message.subject == "Join Acme · Switchboard"
    assert "https://acme.localhost/invitations/" in str(message.body)
    [(html, kind)] = message.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert "https://acme.localhost/invitations/" in str(html)
    entry = AuditEntry.objects.get(action="invitation.sent")
    assert entry.detail == {"email": "new@people.test", "role": "agent"}


def test_what_a_form_says_beyond_its_fields_is_ignored(
    people: dict[str, User], tenant: Tenant, other_tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "admin")
    extra = {
        "tenant": other_tenant.pk,
        "tenant_id": other_tenant.pk,
        "invited_by": people["owner"].pk,
        "token_hash": "x",
    }
    client.post("/team/invite/", {"email": "new@people.test", "role": "agent", **extra})
    made = Invitation.objects.get(email="new@people.test")
    assert (made.tenant, made.invited_by) == (tenant, people["admin"])
    client.post("/account/", {"name": "Ann", "role": "owner", "is_staff": "on", "email": "owner@acme.test"})
    changed = User.objects.get(pk=people["admin"].pk)
    assert (changed.name, changed.is_staff, changed.email) == ("Ann", False, "admin@people.test")
    assert membership(changed, tenant).role == "admin"


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "agent@people.test", "AGENT@people.test"])
def test_an_address_that_cannot_be_invited_is_named_on_the_form(
    email: str, sign_in: SignIn, tenant_client: Client
) -> None:
    answer = sign_in(tenant_client, "owner").post("/team/invite/", {"email": email, "role": "agent"})
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.text
    assert not Invitation.objects.exists()


def test_an_admin_makes_no_owners(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "admin")
    assert client.post("/team/invite/", {"email": "new@people.test", "role": "owner"}).status_code == 422
    assert not Invitation.objects.exists()
    mine, theirs = membership(people["admin"], tenant), membership(people["agent"], tenant)
    for one in (mine, theirs):
        page = client.post(f"/team/members/{one.pk}/role/", {"role": "owner"}, follow=True).text
        assert "Only an owner makes somebody an owner." in page
        one.refresh_from_db()
        assert one.role != "owner"


def test_an_admin_neither_changes_nor_removes_an_owner(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "admin")
    owner = membership(people["owner"], tenant)
    client.post(f"/team/members/{owner.pk}/role/", {"role": "viewer"})
    client.post(f"/team/members/{owner.pk}/remove/")
    assert membership(people["owner"], tenant).role == "owner"


def test_an_admin_neither_revokes_nor_renews_the_invitation_of_an_owner(sign_in: SignIn, tenant_client: Client) -> None:
    sign_in(tenant_client, "owner").post("/team/invite/", {"email": "new@people.test", "role": "owner"})
    waiting = Invitation.objects.get()
    client = sign_in(tenant_client, "admin")
    client.post(f"/team/invitations/{waiting.pk}/revoke/")
    client.post(f"/team/invitations/{waiting.pk}/resend/")
    assert Invitation.objects.get().revoked_at is None


@pytest.mark.parametrize("path", ["role", "remove"])
def test_the_last_owner_stays_an_owner(
    path: str, people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    others(people, tenant)
    mine = membership(people["owner"], tenant)
    page = sign_in(tenant_client, "owner").post(f"/team/members/{mine.pk}/{path}/", {"role": "admin"}, follow=True).text
    assert "owner@people.test is the only owner" in page
    assert membership(people["owner"], tenant).role == "owner"


def test_the_only_owner_is_offered_no_way_to_go_and_told_what_to_do_first(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    others(people, tenant)
    mine = membership(people["owner"], tenant)
    client = sign_in(tenant_client, "owner")
    alone = client.get("/team/").text
    assert f'id="remove-{mine.pk}"' not in alone
    assert f'id="role-{mine.pk}"' not in alone
    assert "Make somebody else an owner first" in alone
    client.post(f"/team/members/{membership(people['admin'], tenant).pk}/role/", {"role": "owner"})
    accompanied = client.get("/team/").text
    assert f'id="remove-{mine.pk}"' in accompanied
    assert f'id="role-{mine.pk}"' in accompanied
    assert "Make somebody else an owner first" not in accompanied


def test_an_owner_may_go_when_another_stays(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    others(people, tenant)
    client = sign_in(tenant_client, "owner")
    client.post(f"/team/members/{membership(people['admin'], tenant).pk}/role/", {"role": "owner"})
    client.post(f"/team/members/{membership(people['owner'], tenant).pk}/remove/")
    assert not Membership.objects.filter(user=people["owner"]).exists()
    assert client.get("/team/").status_code == 403
    actions = list(AuditEntry.objects.filter(tenant=tenant).values_list("action", flat=True)[:2])
    assert actions == ["member.removed", "member.role_changed"]


def test_changes_of_one_team_wait_for_one_another(people: dict[str, User], tenant: Tenant) -> None:
    """Two owners who demote each other at the same moment would leave none."""
    owner, admin = membership(people["owner"], tenant), membership(people["admin"], tenant)
    with psycopg2.connect(os.environ["DATABASE_URL"]) as elsewhere, elsewhere.cursor() as busy:
        busy.execute("SELECT 1 FROM public.tenants_tenant WHERE slug = 'acme' FOR NO KEY UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        for change in (
            lambda: team.change_role(by=owner, member=admin, role="owner"),
            lambda: team.remove(by=owner, member=admin),
            lambda: team.invite(by=owner, email="new@people.test", role="agent"),
        ):
            with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
                change()
    team.remove(by=owner, member=admin)


def test_a_role_that_does_not_exist_changes_nothing(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    agent = membership(people["agent"], tenant)
    for role in ("", "superuser", "Owner"):
        page = sign_in(tenant_client, "owner").post(f"/team/members/{agent.pk}/role/", {"role": role}, follow=True)
        assert "There is no such role." in page.text
    assert membership(people["agent"], tenant).role == "agent"


def test_ids_of_another_tenant_do_not_exist_here(
    people: dict[str, User], other_tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    theirs = membership(people["other"], other_tenant)
    letter = Invitation.objects.create(
        tenant=other_tenant, email="x@people.test", role="agent", token_hash="h", expires_at="2100-01-01T00:00Z"
    )
    client = sign_in(tenant_client, "owner")
    for path in (
        f"/team/members/{theirs.pk}/role/",
        f"/team/members/{theirs.pk}/remove/",
        f"/team/invitations/{letter.pk}/resend/",
        f"/team/invitations/{letter.pk}/revoke/",
    ):
        assert client.post(path, {"role": "viewer"}).status_code == 404
    assert membership(people["other"], other_tenant).role == "owner"
    letter.refresh_from_db()
    assert letter.revoked_at is None


def test_nobody_sends_mail_without_end(sign_in: SignIn, tenant_client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"invite": "3/h/user"}
    client = sign_in(tenant_client, "admin")
    statuses = [
        client.post("/team/invite/", {"email": f"n{number}@people.test", "role": "agent"}).status_code
        for number in range(3)
    ]
    letter = Invitation.objects.first()
    assert letter
    assert statuses == [302] * 3
    assert client.post(f"/team/invitations/{letter.pk}/resend/").status_code == 429
    assert len(mail.outbox) == 3


def test_markup_in_names_is_shown_as_text(people: dict[str, User], sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    client.post("/account/", {"name": "<script>alert(1)</script><b>Eve"})
    for path in ("/team/", "/account/"):
        page = client.get(path).text
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
    client.post("/team/invite/", {"email": "new@people.test", "role": "agent"})
    [(html, _)] = mail.outbox[0].alternatives  # type: ignore[attr-defined]
    assert "<script>alert(1)" not in str(html)


def test_a_mail_server_that_is_away_is_told_and_the_invitation_can_be_sent_again(
    sign_in: SignIn, tenant_client: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    page = sign_in(tenant_client, "owner").post(
        "/team/invite/", {"email": "n@people.test", "role": "agent"}, follow=True
    )
    assert "could not be mailed" in page.text
    assert 'action="/team/invitations/' in page.text


def test_only_an_owner_with_a_second_step_requires_it_of_everybody(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    client = confirm(sign_in(tenant_client, "owner"))
    page = client.post("/team/security/", {"two_factor_required": "on"}, follow=True).text
    assert "Set up your own second step first" in page
    Authenticator.objects.create(user=people["owner"], type="totp", data={})
    client.post("/team/security/", {"two_factor_required": "on"})
    tenant.refresh_from_db()
    assert tenant.two_factor_required
    assert sign_in(tenant_client, "admin").post("/team/security/").status_code == 302
    tenant.refresh_from_db()
    assert tenant.two_factor_required, "an admin without a second step gets no further than the account page"


def test_the_switch_asks_again_who_it_is(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    Authenticator.objects.create(user=people["owner"], type="webauthn", data={"name": "Key", "credential": {}})
    client = sign_in(tenant_client, "owner")
    fields = {"two_factor_required": "on", "note": "the-pasted-secret"}
    page = {"referer": "https://acme.localhost/team/?from=mail"}
    asked = client.post("/team/security/", fields, headers=page)
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Fteam%2F%3Ffrom%3Dmail"
    tenant.refresh_from_db()
    assert not tenant.two_factor_required
    assert "the-pasted-secret" not in str(dict(client.session.items())), "what was posted is kept nowhere"
    assert "Nothing was changed yet." in client.get(asked["Location"]).text
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == "/team/?from=mail"
    client.post("/team/security/", fields)
    tenant.refresh_from_db()
    assert tenant.two_factor_required


@pytest.mark.parametrize("page", ["", "https://evil.test/", "//evil.test", "https://bravo.localhost/team/"])
def test_being_asked_again_leads_to_no_other_host(page: str, sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    asked = client.post("/team/security/", headers={"referer": page})
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2F"
    by_htmx = client.post("/team/security/", headers={"hx-request": "true", "hx-current-url": page})
    assert by_htmx["HX-Redirect"] == "/accounts/reauthenticate/?next=%2F"


@pytest.mark.parametrize("path", ["/", "/team/"])
def test_where_it_is_required_whoever_has_none_is_led_to_set_it_up_first(
    path: str, people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "admin")
    assert client.get(path).status_code == 200
    Tenant.objects.filter(pk=tenant.pk).update(two_factor_required=True)
    led = client.get(path)
    assert (led.status_code, led["Location"]) == (302, "/account/")
    page = client.get("/account/").text
    assert "<bdi>Acme</bdi> asks everybody for a second step" in page
    assert client.get(path, headers={"hx-request": "true"})["HX-Redirect"] == "/account/"
    Authenticator.objects.create(user=people["admin"], type="totp", data={})
    assert client.get(path).status_code == 200


def test_recovery_codes_alone_are_no_second_step(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(two_factor_required=True)
    Authenticator.objects.create(user=people["admin"], type="recovery_codes", data={"seed": "", "used_mask": 0})
    assert sign_in(tenant_client, "admin").get("/").status_code == 302


def test_one_tenant_that_requires_it_asks_nothing_of_another(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn
) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(two_factor_required=True)
    bravo = Client(headers={"host": "bravo.localhost", "x-forwarded-proto": "https"})
    assert sign_in(bravo, "other").get("/").status_code == 200


def test_the_page_asks_the_database_the_same_few_things_for_a_team_of_any_size(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client, django_assert_num_queries: Any
) -> None:
    for number in range(20):
        user = User.objects.create_user(f"more{number}@people.test")
        Membership.objects.create(user=user, tenant=tenant, role="agent")
    client = sign_in(tenant_client, "owner")
    client.get("/team/")
    with django_assert_num_queries(9):
        client.get("/team/")
