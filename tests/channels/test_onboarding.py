"""The onboarding file beside numbers that were connected or removed on the dashboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_tenants.utils import schema_context

from bots.channels.connecting import remove
from bots.models import Channel
from bots.onboarding import onboard
from tenants.models import Route, Tenant, User
from tests.bots.factories import ContactFactory
from tests.channels.conftest import NUMBER
from tests.databases import SECRETS

FILE = Path(__file__).parents[1] / "fixtures" / "tenants" / "acme.toml"
OF_THE_FILE = "+14155238886"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def routes(tenant: Tenant) -> set[str]:
    with schema_context("public"):
        return set(Route.objects.filter(tenant=tenant).values_list("address", flat=True))


def test_the_file_leaves_other_numbers_alone(connected: Channel, tenant: Tenant) -> None:
    assert onboard(FILE).changes == []
    assert Channel.objects.get(pk=connected.pk).name == "Support"
    assert routes(tenant) == {OF_THE_FILE, NUMBER}


def test_the_file_brings_a_removed_number_back_with_its_conversations(tenant: Tenant, actor: User) -> None:
    first = Channel.objects.get()
    contact = ContactFactory(channel=first)
    remove(first, tenant=tenant, actor=actor)
    assert routes(tenant) == set()
    assert "channel.removed_at" in onboard(FILE).changes
    again = Channel.objects.get()
    assert (again.pk, again.removed_at) == (first.pk, None)
    assert list(again.contacts.all()) == [contact]
    assert routes(tenant) == {OF_THE_FILE}


def test_the_file_does_not_take_another_number_for_the_one_that_was_removed(
    connected: Channel, tenant: Tenant, actor: User
) -> None:
    remove(Channel.objects.exclude(pk=connected.pk).get(), tenant=tenant, actor=actor)
    onboard(FILE)
    assert Channel.objects.get(pk=connected.pk).address == NUMBER
    assert routes(tenant) == {OF_THE_FILE, NUMBER}
