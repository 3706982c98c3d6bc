"""A tenant's file again: what it changed is changed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django_tenants.utils import schema_context
from pytest_django import DjangoDbBlocker

from bots import knowledge
from bots.models import AIConfiguration, Channel, KnowledgeSource
from tenants.models import AuditEntry, Domain, Membership, Route, Tenant, User
from tests.tenants.files import ENVIRONMENT, apply, changed, everything, printed

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _newcomer(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The newcomer is there, committed, for this module alone: a schema takes most of a second."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        apply(tmp_path_factory.mktemp("newcomer"), changed())
        yield
        Tenant.objects.get(slug="new-comer").delete(force_drop=True)
        User.objects.filter(email="owner@new.test").delete()


@pytest.fixture
def newcomer() -> Tenant:
    return Tenant.objects.get(slug="new-comer")


def configuration() -> AIConfiguration:
    with schema_context("new_comer"):
        return AIConfiguration.objects.get(is_active=True)


def channel() -> Channel:
    with schema_context("new_comer"):
        return Channel.objects.get()


def test_the_same_file_changes_nothing_the_second_time(newcomer: Tenant, tmp_path: Path) -> None:
    before = everything()
    assert apply(tmp_path, changed()) == []
    assert everything() == before
    assert "nothing to change" in printed(tmp_path, changed())


def test_a_suspension_in_the_same_moment_holds(
    newcomer: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever suspends a tenant waits for no file that is being applied to it."""
    save = Tenant.save

    def suspended_meanwhile(self: Tenant, *args: object, **options: object) -> None:
        Tenant.objects.filter(pk=newcomer.pk).update(status="suspended")
        save(self, *args, **options)

    monkeypatch.setattr(Tenant, "save", suspended_meanwhile)
    assert apply(tmp_path, changed(tenant__name="Renamed")) == ["tenant.name"]

    newcomer.refresh_from_db()
    assert (newcomer.name, newcomer.status) == ("Renamed", "suspended")


CHANGES: list[tuple[str, object, str]] = [
    ("ai__model", "gpt-5", "model_name"),
    ("ai__provider", "anthropic", "provider"),
    ("ai__max_tokens", 1, "max_tokens"),
    ("ai__temperature", 2.0, "temperature"),
    ("ai__system_prompt", "You sell cake.", "system_prompt"),
    ("ai__base_url", "https://llm.example.com/v1", "base_url"),
    ("conversation__ttl_seconds", 1, "ttl_seconds"),
    ("conversation__max_context_messages", 0, "max_context_messages"),
    ("conversation__rate_limit_per_minute", 1, "rate_limit_per_minute"),
    ("conversation__reply_delay_seconds", 0, "reply_delay_seconds"),
]


def test_each_change_is_a_new_version_and_the_old_one_stays_as_it_was(newcomer: Tenant, tmp_path: Path) -> None:
    sofar: dict[str, object] = {}
    for number, (key, value, field) in enumerate(CHANGES, start=1):
        before = configuration()
        sofar[key] = value
        assert apply(tmp_path, changed(**sofar)) == [f"ai.{field}"]
        assert getattr(configuration(), field) == value
        assert configuration().version == number + 1
        with schema_context("new_comer"):
            old = AIConfiguration.objects.get(pk=before.pk)
        assert (old.version, old.is_active) == (number, False)
        assert getattr(old, field) == getattr(before, field) != value
        assert apply(tmp_path, changed(**sofar)) == []
    assert AuditEntry.objects.filter(tenant=newcomer).count() == 1 + len(CHANGES)


def test_a_change_back_is_a_third_version(newcomer: Tenant, tmp_path: Path) -> None:
    apply(tmp_path, changed(ai__model="gpt-5"))
    apply(tmp_path, changed())
    assert (configuration().version, configuration().model_name) == (3, "gpt-4o-mini")


def test_a_new_secret_takes_effect(newcomer: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_KEY", "sk-another-key-9876543210")
    monkeypatch.setenv("NEW_TOKEN", "another-token")
    assert apply(tmp_path, changed()) == ["channel.credentials", "ai.api_key"]
    assert configuration().api_key == "sk-another-key-9876543210"
    assert channel().credentials == {"auth_token": "another-token"}


def test_other_words_for_the_same_number_are_the_same_number(newcomer: Tenant, tmp_path: Path) -> None:
    for number in ("+1 415 555 0123", "whatsapp:+14155550123", "+1 (415) 555-0123"):
        assert apply(tmp_path, changed(channel__number=number)) == []


def test_another_number_moves_the_route_and_frees_the_old_one(newcomer: Tenant, tmp_path: Path) -> None:
    before = channel()
    assert apply(tmp_path, changed(channel__number="+14155550124")) == ["channel.address", "channel.route"]
    assert (channel().pk, channel().address) == (before.pk, "+14155550124")
    assert [route.address for route in Route.objects.filter(tenant=newcomer)] == ["+14155550124"]
    other = changed(tenant__slug="other", tenant__domain="other.localhost", owner__email="owner@other.test")
    assert "tenant.created" in apply(tmp_path, other)
    assert Route.objects.get(address="+14155550123").tenant.slug == "other"


def test_two_tenants_may_exchange_their_numbers_by_way_of_a_third(newcomer: Tenant, tmp_path: Path) -> None:
    other = {"tenant__slug": "other", "tenant__domain": "other.localhost"}
    apply(tmp_path, changed(**other, channel__number="+14155550124"))
    apply(tmp_path, changed(channel__number="+14155550125"))
    apply(tmp_path, changed(**other))
    apply(tmp_path, changed(channel__number="+14155550124"))
    routes = dict(Route.objects.filter(address__startswith="+141555501").values_list("address", "tenant__slug"))
    assert routes == {"+14155550123": "other", "+14155550124": "new-comer", "+14155550199": "bravo"}


def test_another_domain_and_name_replace_the_old_ones(newcomer: Tenant, tmp_path: Path) -> None:
    changes = apply(tmp_path, changed(tenant__name="Renamed", tenant__domain="renamed.localhost"))
    assert changes == ["tenant.name", "tenant.domain"]
    assert Tenant.objects.get(slug="new-comer").name == "Renamed"
    assert list(Domain.objects.filter(tenant=newcomer).values_list("domain", "is_primary")) == [
        ("renamed.localhost", True)
    ]


def test_knowledge_is_changed_by_its_title_and_other_sources_stay(newcomer: Tenant, tmp_path: Path) -> None:
    sources = [{"title": "Prices", "text": "Croissant: 3 euro"}, {"title": "Hours", "text": "Open on Sundays"}]
    assert apply(tmp_path, changed(knowledge=sources)) == ["knowledge.Prices", "knowledge.Hours"]
    assert apply(tmp_path, changed(knowledge=None)) == []
    with schema_context("new_comer"):
        assert dict(KnowledgeSource.objects.values_list("title", "text")) == {
            "Prices": "Croissant: 3 euro",
            "Hours": "Open on Sundays",
        }
        assert [passage.text for passage in knowledge.search("croissant")] == ["Croissant: 3 euro"]


def test_an_owner_who_is_known_keeps_their_password(
    newcomer: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_PASSWORD", "another-long-password")
    assert apply(tmp_path, changed()) == []
    assert User.objects.get(email="owner@new.test").check_password(ENVIRONMENT["NEW_PASSWORD"])


def test_an_owner_may_own_two_tenants(newcomer: Tenant, tmp_path: Path) -> None:
    apply(
        tmp_path,
        changed(
            tenant__slug="second",
            tenant__domain="second.localhost",
            channel__number="+14155550124",
            owner__email="OWNER@New.test",
        ),
    )
    owner = User.objects.get(email="owner@new.test")
    assert set(owner.memberships.values_list("tenant__slug", "role")) == {("new-comer", "owner"), ("second", "owner")}


def test_an_owner_who_was_made_less_is_an_owner_again(newcomer: Tenant, tmp_path: Path) -> None:
    Membership.objects.filter(tenant=newcomer).update(role="viewer")
    assert apply(tmp_path, changed()) == ["owner.membership"]
    assert Membership.objects.get(tenant=newcomer).role == "owner"


def test_a_suspended_tenant_stays_suspended(newcomer: Tenant, tmp_path: Path) -> None:
    Tenant.objects.filter(pk=newcomer.pk).update(status=Tenant.Status.SUSPENDED)
    apply(tmp_path, changed(ai__model="gpt-5"))
    assert Tenant.objects.get(pk=newcomer.pk).status == "suspended"


def test_new_credentials_clear_what_the_provider_said_of_the_old_ones(
    newcomer: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with schema_context("new_comer"):
        Channel.objects.update(error="Twilio answered 401")
    assert apply(tmp_path, changed()) == []
    assert channel().error == "Twilio answered 401"
    monkeypatch.setenv("NEW_TOKEN", "another-token")
    apply(tmp_path, changed())
    assert channel().error == ""
