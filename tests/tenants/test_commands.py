"""What the platform's owner types."""

from __future__ import annotations

from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tenants.models import AuditEntry, Tenant, User
from tests.tenants.conftest import Manage
from tests.tenants.files import invitation
from tests.webhooks.posting import deliver, logs, payload


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_suspended_tenant_is_silent_until_it_is_resumed() -> None:
    assert run("suspend", "acme", "--reason", "unpaid") == "acme is suspended.\n"
    acme = Tenant.objects.get(slug="acme")
    assert (acme.status, acme.status_reason) == ("suspended", "unpaid")
    deliver(payload("text"))
    assert "suspended" in logs()[0].error
    assert run("resume", "acme") == "acme is active.\n"
    acme.refresh_from_db()
    assert (acme.status, acme.status_reason) == ("active", "")
    assert Tenant.objects.get(slug="bravo").status == "active"


@pytest.mark.django_db
def test_who_is_suspended_and_why_is_written_down_once() -> None:
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    for command in ("suspend", "suspend", "resume", "resume"):
        run(command, "acme")
    entries = AuditEntry.objects.exclude(pk__in=before).order_by("pk")
    assert [(entry.action, entry.tenant.slug) for entry in entries if entry.tenant] == [
        ("tenant.suspended", "acme"),
        ("tenant.active", "acme"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["suspend", "resume"])
@pytest.mark.parametrize("slug", ["nobody", "public"])
def test_nobody_and_the_platform_itself_cannot_be_suspended(command: str, slug: str) -> None:
    with pytest.raises(CommandError, match=f"There is no tenant {slug}"):
        run(command, slug)


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["suspend", "resume"])
def test_a_closed_tenant_is_neither_suspended_nor_resumed(command: str) -> None:
    """Closing is for good: the words of its people are no longer reached."""
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.CLOSED)
    with pytest.raises(CommandError):
        run(command, "acme")
    assert Tenant.objects.get(slug="acme").status == "closed"


@pytest.mark.django_db
def test_a_new_platform_owner_is_invited_to_the_public_host(public_client: Client) -> None:
    printed = run("platform_owner", "New@Platform.test")
    owner = User.objects.get(email="new@platform.test")
    assert owner.is_staff
    assert not owner.is_superuser
    link = invitation(printed)
    assert link.startswith("https://bots.example.com/accounts/password/reset/key/")
    assert public_client.get(link.removeprefix("https://bots.example.com"), follow=True, secure=True).status_code == 200


@pytest.mark.django_db
def test_a_platform_owner_may_get_a_password_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOSS_PASSWORD", "a-password-of-the-boss")
    printed = run("platform_owner", "boss@platform.test", "--password-env", "BOSS_PASSWORD")
    assert User.objects.get(email="boss@platform.test").check_password("a-password-of-the-boss")
    assert "a-password-of-the-boss" not in printed
    assert not invitation(printed)


@pytest.mark.django_db
def test_a_user_who_is_known_keeps_their_password_and_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOSS_PASSWORD", "another-password-of-theirs")
    before = User.objects.get(email="owner@acme.test")
    count = AuditEntry.objects.count()
    for _ in range(2):
        run("platform_owner", "OWNER@acme.test", "--password-env", "BOSS_PASSWORD")
    after = User.objects.get(email="owner@acme.test")
    assert after.is_staff
    assert after.password == before.password
    assert AuditEntry.objects.count() == count + 1


@pytest.mark.django_db
def test_a_variable_that_is_not_set_makes_nobody_an_owner() -> None:
    with pytest.raises(CommandError, match="UNSET_VARIABLE is not set"):
        run("platform_owner", "x@platform.test", "--password-env", "UNSET_VARIABLE")
    assert not User.objects.filter(email="x@platform.test").exists()


@pytest.mark.django_db
def test_an_address_that_is_none_makes_nobody_an_owner() -> None:
    with pytest.raises(CommandError, match="email address"):
        run("platform_owner", "not an address")
    assert not User.objects.filter(is_staff=True).exists()


def public_tenant(url: str) -> list[tuple[object, ...]]:
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant.id, slug, domain, is_primary FROM tenants_tenant tenant"
            " JOIN tenants_domain domain ON domain.tenant_id = tenant.id WHERE schema_name = 'public'"
        )
        return cursor.fetchall()


def test_a_release_may_be_made_again(manage: Manage, own_database: str) -> None:
    """The database has had one; DEBUG leaves the folder of static files alone."""
    before = public_tenant(own_database)
    assert [row[1:] for row in before] == [("public", "bots.example.com", True)]
    again = manage("release", DEBUG="true")
    assert (again.returncode, again.stdout, again.stderr) == (0, "Ready.\n", "")
    assert public_tenant(own_database) == before


def test_a_release_on_a_tenants_host_says_that_there_is_no_console(manage: Manage, own_database: str) -> None:
    moved = manage("release", DEBUG="true", PUBLIC_BASE_URL="https://acme.localhost")
    assert moved.returncode == 0
    assert "acme.localhost is the domain of tenant acme" in moved.stderr
