"""Getting in by an invitation: once, by whom it was meant for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from tenants import invitations
from tenants.invitations import invitation_path
from tenants.models import AuditEntry, Invitation, Membership, Tenant, User
from tests.dashboard.conftest import PASSWORD, SignIn

pytestmark = pytest.mark.usefixtures("people")
CHOSEN = {"name": "Nora New", "password": "a-fine-long-password"}


def invited(tenant: Tenant, *, email: str = "new@people.test", role: str = "agent") -> str:
    """The path of the link in an invitation that was just sent."""
    _, token = invitations.invite(tenant=tenant, email=email, role=role, invited_by=None)
    return invitation_path(token)


def role_of(email: str, tenant: Tenant) -> str | None:
    found = Membership.objects.filter(user__email=email, tenant=tenant).first()
    return found.role if found else None


def test_somebody_new_chooses_a_name_and_a_password_and_is_in(tenant: Tenant, tenant_client: Client) -> None:
    link = invited(tenant)
    assert "Choose a password" in tenant_client.get(link).text
    joined = tenant_client.post(link, CHOSEN, follow=True)
    assert joined.request["PATH_INFO"] == "/"
    assert "Welcome to Acme." in joined.text
    user = User.objects.get(email="new@people.test")
    assert (user.name, user.check_password(CHOSEN["password"])) == ("Nora New", True)
    assert role_of("new@people.test", tenant) == "agent"
    assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).exists()
    assert UserSession.objects.filter(user=user).count() == 1
    assert AuditEntry.objects.filter(action="invitation.accepted", actor=user, tenant=tenant).exists()


def test_a_link_works_once(tenant: Tenant, tenant_client: Client) -> None:
    link = invited(tenant)
    tenant_client.post(link, CHOSEN)
    thief = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})
    again = thief.post(link, {"name": "Thief", "password": "a-thief's-password"})
    assert again.status_code == 410
    assert "This invitation was used" in again.text
    assert User.objects.get(email="new@people.test").check_password(CHOSEN["password"])


def test_nothing_but_name_and_password_is_the_newcomers_to_choose(tenant: Tenant, tenant_client: Client) -> None:
    extra = {"role": "owner", "email": "owner@people.test", "is_staff": "on", "tenant": "1"}
    tenant_client.post(invited(tenant), {**CHOSEN, **extra})
    user = User.objects.get(email="new@people.test")
    assert (role_of(user.email, tenant), user.is_staff) == ("agent", False)


@pytest.mark.parametrize("password", ["", "short", "1234567890", "new@people.test"])
def test_a_weak_password_is_refused_and_the_link_stays_good(
    password: str, tenant: Tenant, tenant_client: Client
) -> None:
    link = invited(tenant)
    refused = tenant_client.post(link, {"name": "Nora", "password": password})
    assert 'class="errorlist"' in refused.text
    assert not User.objects.filter(email="new@people.test").exists()
    assert tenant_client.post(link, CHOSEN).status_code == 302


def test_somebody_with_an_account_signs_in_and_accepts(tenant: Tenant, tenant_client: Client) -> None:
    link = invited(tenant, email="passer-by@people.test", role="viewer")
    page = tenant_client.get(link).text
    assert "You have an account already" in page
    assert f'href="/accounts/login/?next={link}"' in page
    stolen = tenant_client.post(link, CHOSEN)
    assert stolen.status_code == 200
    assert User.objects.get(email="passer-by@people.test").check_password(PASSWORD), "nobody's password is replaced"
    fields = {"login": "passer-by@people.test", "password": PASSWORD, "next": link}
    assert tenant_client.post("/accounts/login/", fields)["Location"] == link
    assert role_of("passer-by@people.test", tenant) is None, "opening the link is not yet accepting"
    tenant_client.get(link)
    assert role_of("passer-by@people.test", tenant) is None
    assert tenant_client.post(link)["Location"] == "/"
    assert role_of("passer-by@people.test", tenant) == "viewer"


def test_somebody_elses_invitation_says_whose_it_is(tenant: Tenant, sign_in: SignIn, tenant_client: Client) -> None:
    link = invited(tenant, email="new@people.test", role="owner")
    client = sign_in(tenant_client, "passer-by")
    for response in (client.get(link), client.post(link, CHOSEN)):
        assert response.status_code == 403
        assert "new@people.test" in response.text
        assert "passer-by@people.test" in response.text
    assert role_of("passer-by@people.test", tenant) is None


def test_an_account_that_was_made_and_never_used_is_the_invited_persons_to_finish(
    tenant: Tenant, tenant_client: Client
) -> None:
    made = User.objects.create_user("boss@people.test")
    Membership.objects.create(user=made, tenant=tenant, role="owner")
    tenant_client.post(invited(tenant, email="boss@people.test", role="owner"), CHOSEN)
    assert User.objects.get(pk=made.pk).check_password(CHOSEN["password"])
    assert tenant_client.get("/").status_code == 200
    assert role_of("boss@people.test", tenant) == "owner"


def test_accepting_takes_no_role_away(tenant: Tenant, sign_in: SignIn, tenant_client: Client) -> None:
    sign_in(tenant_client, "owner").post(invited(tenant, email="owner@people.test", role="viewer"))
    assert role_of("owner@people.test", tenant) == "owner"


def test_a_link_that_is_too_old_says_so(tenant: Tenant, tenant_client: Client) -> None:
    link = invited(tenant)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for response in (tenant_client.get(link), tenant_client.post(link, CHOSEN)):
        assert response.status_code == 410
        assert "This invitation is too old" in response.text
    assert not User.objects.filter(email="new@people.test").exists()


def test_a_revoked_link_says_so(tenant: Tenant, sign_in: SignIn, tenant_client: Client) -> None:
    link = invited(tenant)
    letter = Invitation.objects.get()
    sign_in(tenant_client, "admin").post(f"/team/invitations/{letter.pk}/revoke/")
    visitor = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})
    assert visitor.post(link, CHOSEN).status_code == 410
    assert "This invitation was withdrawn" in visitor.get(link).text


def test_a_new_link_for_an_address_ends_the_one_before(tenant: Tenant, tenant_client: Client) -> None:
    first, second = invited(tenant), invited(tenant)
    assert "This invitation was withdrawn" in tenant_client.get(first).text
    assert "Choose a password" in tenant_client.get(second).text
    assert invitations.open_invitations(tenant).count() == 1


def test_a_link_that_was_never_sent_leads_nowhere(tenant: Tenant, tenant_client: Client) -> None:
    response = tenant_client.get("/invitations/made-up/")
    assert response.status_code == 404
    assert "There is no such invitation" in response.text


def test_the_link_of_one_tenant_opens_no_other(tenant: Tenant, other_tenant: Tenant, tenant_client: Client) -> None:
    assert tenant_client.post(invited(other_tenant), CHOSEN).status_code == 404
    assert not User.objects.filter(email="new@people.test").exists()


def test_guessing_links_is_stopped_and_good_links_are_not_counted(tenant: Tenant, tenant_client: Client) -> None:
    link = invited(tenant)
    for _ in range(25):
        assert tenant_client.get(link).status_code == 200
    statuses = [tenant_client.get(f"/invitations/guess-{number}/").status_code for number in range(25)]
    assert statuses[:20] == [404] * 20
    assert statuses[20:] == [429] * 5


def test_the_token_is_kept_as_a_hash_only(tenant: Tenant) -> None:
    token = invited(tenant).removeprefix("/invitations/").rstrip("/")
    assert len(token) >= 43
    assert token not in str(Invitation.objects.values().get())
    assert token not in str(list(AuditEntry.objects.values()))


def test_joining_gives_the_browser_a_new_session(tenant: Tenant, tenant_client: Client) -> None:
    """A session that somebody planted before is not the one that is signed in."""
    session = tenant_client.session
    session["planted"] = True
    session.save()
    tenant_client.cookies["__Host-sessionid"] = session.session_key
    tenant_client.post(invited(tenant), CHOSEN)
    assert tenant_client.cookies["__Host-sessionid"].value != session.session_key
