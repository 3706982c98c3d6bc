"""Second steps, as an operator meets them: encrypted under a key that changes, and taken away from who lost theirs."""

from __future__ import annotations

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client

from tenants import second_factors
from tenants.models import AuditEntry, Membership, Tenant, User
from tenants.secrets import SecretUnreadableError

pytestmark = pytest.mark.django_db
KEY = "JBSWY3DPEHPK3PXP"


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def member(tenant: Tenant) -> User:
    """Somebody with an app and recovery codes."""
    user = User.objects.create_user("ann@people.test", "hard-to-guess-9")
    Membership.objects.create(user=user, tenant=tenant, role="agent")
    Authenticator.objects.create(user=user, type="totp", data={"secret": second_factors.encrypted(KEY)})
    data = {"seed": second_factors.encrypted("a-seed"), "used_mask": 1}
    Authenticator.objects.create(user=user, type="recovery_codes", data=data)
    return user


def test_rotating_keys_takes_second_steps_along(member: User) -> None:
    before = Authenticator.objects.get(user=member, type="totp").data["secret"]
    assert "All secrets are encrypted under the first key." in run("rotate_keys")
    after = Authenticator.objects.get(user=member, type="totp").data["secret"]
    assert before != after
    assert second_factors.decrypted(after) == KEY
    codes = Authenticator.objects.get(user=member, type="recovery_codes").data
    assert (second_factors.decrypted(codes["seed"]), codes["used_mask"]) == ("a-seed", 1)


def test_a_second_step_that_no_key_opens_keeps_the_old_keys_in_use(member: User) -> None:
    stranger = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
    mine = Authenticator.objects.get(user=member, type="totp")
    Authenticator.objects.filter(pk=mine.pk).update(data={"secret": stranger})
    with pytest.raises(CommandError, match="people's second steps"):
        run("rotate_keys")
    assert Authenticator.objects.get(pk=mine.pk).data["secret"] == stranger
    with pytest.raises(SecretUnreadableError):
        second_factors.decrypted(stranger)


def test_an_operator_lets_somebody_in_again_who_lost_everything(member: User, tenant_client: Client) -> None:
    fields = {"login": "ann@people.test", "password": "hard-to-guess-9"}
    assert tenant_client.post("/accounts/login/", fields)["Location"] == "/accounts/2fa/authenticate/"
    assert "signs in with a password alone" in run("reset_second_step", "Ann@people.test")
    visitor = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})
    assert visitor.post("/accounts/login/", fields)["Location"] == "/"
    assert AuditEntry.objects.get(action="user.second_step_reset").detail == {"user": member.pk}
    assert "has no second step" in run("reset_second_step", "ann@people.test")
    assert AuditEntry.objects.filter(action="user.second_step_reset").count() == 1
    with pytest.raises(CommandError):
        run("reset_second_step", "nobody@people.test")
