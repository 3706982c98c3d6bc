"""A tenant whose secrets no key opens is noticed before somebody writes to its bot."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from bots import housekeeping, retention, store, unreadable
from bots.media import keeping
from bots.models import AIConfiguration, Channel
from tenants.models import Tenant
from tenants.onboarding import OnboardingError
from tenants.secrets import SecretUnreadableError
from tests.tenants.files import ENVIRONMENT, apply, changed

STRANGER = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()


def break_secret(*, schema: str, table: str, column: str) -> None:
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [STRANGER])


@pytest.fixture
def broken(tenant):
    break_secret(schema="acme", table="bots_channel", column="credentials")
    return tenant


def test_secrets_that_open_are_no_news(tenant, other_tenant):
    assert unreadable.look() == {}
    assert unreadable.found() == {}


def test_a_secret_that_no_key_opens_is_named_with_its_tenant(broken):
    break_secret(schema="acme", table="bots_aiconfiguration", column="api_key")

    assert unreadable.look() == {"acme": ["AIConfiguration.api_key", "Channel.credentials"]}
    assert unreadable.found() == unreadable.look()


def test_a_version_that_is_no_longer_active_is_history(tenant):
    break_secret(schema="acme", table="bots_aiconfiguration", column="api_key")
    AIConfiguration.objects.update(is_active=False)

    assert unreadable.look() == {}


def test_the_fallback_of_the_active_version_is_in_use(tenant):
    fallback = AIConfiguration.objects.create(is_active=False, provider="openai", api_key="sk-of-the-fallback")
    AIConfiguration.objects.filter(is_active=True).update(fallback=fallback)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_aiconfiguration SET api_key = %s WHERE id = %s", [STRANGER, fallback.pk])

    assert unreadable.look() == {"acme": ["AIConfiguration.api_key"]}


def test_a_closed_tenant_is_not_looked_at(broken):
    with schema_context("public"):
        Tenant.objects.filter(pk=broken.pk).update(status=Tenant.Status.CLOSED)

    assert unreadable.look() == {}


def test_one_broken_schema_stops_no_other(broken):
    with schema_context("public"):
        aaa = Tenant(slug="aaa", schema_name="aaa", name="Broken")
        aaa.auto_create_schema = False
        aaa.save()

    assert list(unreadable.look()) == ["acme"]


def test_without_a_look_nobody_knows(tenant):
    assert unreadable.found() is None
    assert "switchboard_tenants_with_unreadable_secrets" not in Client().get("/metrics").text
    assert Client().get("/readyz").json()["tenants_with_unreadable_secrets"] is None


def test_readyz_and_metrics_say_how_many_and_go_on_serving(broken):
    unreadable.look()

    ready = Client().get("/readyz")

    assert ready.status_code == 200
    assert (ready.json()["status"], ready.json()["tenants_with_unreadable_secrets"]) == ("degraded", 1)
    assert "switchboard_tenants_with_unreadable_secrets 1.0" in Client().get("/metrics").text


def test_when_all_open_again_all_is_well(tenant):
    store.client().set(unreadable.FOUND, json.dumps({"acme": ["Channel.credentials"]}))
    unreadable.look()

    assert Client().get("/readyz").json()["status"] == "ok"


def test_the_error_names_the_tenant_the_field_and_what_to_do(broken):
    with pytest.raises(SecretUnreadableError, match=r"acme: Channel\.credentials cannot be decrypted.*onboard"):
        Channel.objects.get()


class Stop:
    """An event that is set after one round."""

    def __init__(self):
        self.rounds = 0

    def is_set(self):
        return self.rounds > 0

    def wait(self, _seconds):
        self.rounds += 1


def test_the_house_is_kept_although_one_task_fails(monkeypatch):
    done = []

    def fails():
        raise RuntimeError("something is away")

    monkeypatch.setattr(unreadable, "look", fails)
    monkeypatch.setattr(retention, "prune", lambda: done.append("pruned"))
    monkeypatch.setattr(keeping, "expire", lambda: done.append("expired"))

    housekeeping.until(Stop())

    assert done == ["pruned", "expired"]


@pytest.fixture
def newcomer(tenant, tmp_path, monkeypatch):
    """A tenant from a file, all of whose secrets are lost."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with schema_context("public"):
        apply(tmp_path, changed())
        break_secret(schema="new_comer", table="bots_channel", column="credentials")
        break_secret(schema="new_comer", table="bots_aiconfiguration", column="api_key")
        yield


@pytest.mark.usefixtures("newcomer")
def test_a_file_that_gives_the_secrets_anew_replaces_lost_ones(tmp_path):
    assert apply(tmp_path, changed()) == ["channel.credentials", "ai.api_key"]

    with schema_context("new_comer"):
        assert Channel.objects.get().credentials == {"auth_token": ENVIRONMENT["NEW_TOKEN"]}
        assert AIConfiguration.objects.get(is_active=True).api_key == ENVIRONMENT["NEW_KEY"]
    assert unreadable.look() == {}
    assert apply(tmp_path, changed()) == []


@pytest.mark.usefixtures("newcomer")
def test_superseded_versions_are_readable_again_without_their_lost_keys(tmp_path):
    apply(tmp_path, changed())

    with schema_context("new_comer"):
        assert [one.api_key for one in AIConfiguration.objects.order_by("version")] == ["", ENVIRONMENT["NEW_KEY"]]


@pytest.mark.usefixtures("newcomer")
def test_a_file_without_the_secret_is_told_which_one_is_lost(tmp_path):
    with pytest.raises(OnboardingError) as raised:
        apply(tmp_path, changed(ai__api_key_env=None, ai__provider="builtin"))

    [mistake] = raised.value.mistakes
    assert mistake.startswith("ai.api_key_env: AIConfiguration.api_key of new-comer")
    assert "FIELD_ENCRYPTION_KEY" in mistake
    with schema_context("new_comer"):
        assert AIConfiguration.objects.count() == 1
