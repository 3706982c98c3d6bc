"""A tenant from a file: made once, changed where the file changed, never half."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from bots import knowledge
from bots.models import AIConfiguration, Channel, KnowledgeSource
from tenants.models import AuditEntry, Domain, Membership, Route, Tenant, User
from tests.databases import TENANTS
from tests.tenants.files import ENVIRONMENT, apply, changed, everything, invitation, printed, toml, written
from tests.webhooks.posting import deliver, messages, payload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Tenant]:
    """The newcomer, onboarded; the test runs in the public schema."""
    apply(tmp_path, changed())
    return Tenant.objects.get(slug="new-comer")


def configuration() -> AIConfiguration:
    with schema_context("new_comer"):
        return AIConfiguration.objects.get(is_active=True)


def channel() -> Channel:
    with schema_context("new_comer"):
        return Channel.objects.get()


def test_a_file_makes_a_tenant_with_all_that_belongs_to_it(newcomer: Tenant) -> None:
    assert (newcomer.name, newcomer.status, newcomer.schema_name) == ("Newcomer", "active", "new_comer")
    assert Domain.objects.get(tenant=newcomer).domain == "new.localhost"
    owner = User.objects.get(email="owner@new.test")
    assert owner.check_password(ENVIRONMENT["NEW_PASSWORD"])
    assert not owner.is_staff
    assert Membership.objects.get(user=owner, tenant=newcomer).role == "owner"
    assert (channel().provider, channel().address) == ("twilio", "+14155550123")
    assert channel().account_id == "AC0000000000000000000000000000newc"
    assert channel().credentials == {"auth_token": ENVIRONMENT["NEW_TOKEN"]}
    route = Route.objects.get(tenant=newcomer)
    assert (route.provider, route.address, route.channel_id) == ("twilio", "+14155550123", channel().pk)
    active = configuration()
    assert (active.version, active.provider, active.model_name) == (1, "openai", "gpt-4o-mini")
    assert active.api_key == ENVIRONMENT["NEW_KEY"]
    assert (active.max_tokens, active.temperature, active.system_prompt) == (500, 0.2, "You sell bread.")
    assert (active.ttl_seconds, active.max_context_messages) == (600, 4)
    assert (active.rate_limit_per_minute, active.reply_delay_seconds) == (7, 2.5)
    with schema_context("new_comer"):
        assert [passage.title for passage in knowledge.search("croissant")] == ["Prices"]
    assert AuditEntry.objects.get(tenant=newcomer).action == "tenant.onboarded"


def test_a_new_tenant_takes_messages_at_once(newcomer: Tenant) -> None:
    fields = payload("text", To="whatsapp:+14155550123", AccountSid="AC0000000000000000000000000000newc")
    assert deliver(fields, token=ENVIRONMENT["NEW_TOKEN"]).status_code == 200
    assert [len(messages("new_comer")), len(messages("acme"))] == [1, 0]


def test_the_same_file_changes_nothing_the_second_time(newcomer: Tenant, tmp_path: Path) -> None:
    before = everything()
    assert apply(tmp_path, changed()) == []
    assert everything() == before
    assert "nothing to change" in printed(tmp_path, changed())


@pytest.mark.parametrize("slug", ["acme", "bravo"])
def test_the_tests_own_tenants_are_as_their_files_say(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bots.onboarding import onboard
    from tests.databases import SECRETS

    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    before = everything()
    assert onboard(TENANTS / f"{slug}.toml").changes == []
    assert everything() == before


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


def test_no_secret_is_printed_or_written_down(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = printed(tmp_path, changed())
    text += printed(tmp_path, changed(ai__model="gpt-5"))
    with pytest.raises(CommandError) as raised:
        printed(tmp_path, changed(channel__number="+14155238886", ai__temperature=9))
    streams = capfd.readouterr()
    noted = repr(list(AuditEntry.objects.values_list("detail", flat=True)))
    for value in ENVIRONMENT.values():
        assert value not in f"{text}{raised.value}{streams.out}{streams.err}{noted}"


def test_a_secret_written_into_the_file_is_not_echoed(tmp_path: Path) -> None:
    """Somebody will paste the token itself where the variable's name belongs, or under a name of their own."""
    with pytest.raises(CommandError) as raised:
        printed(tmp_path, changed(channel__auth_token="the-pasted-secret", ai__max_tokens="the-pasted-secret"))
    assert "channel.auth_token: is not a known key" in str(raised.value)
    assert "the-pasted-secret" not in str(raised.value)


def test_without_a_password_an_invitation_is_printed_that_works_once(tmp_path: Path) -> None:
    file = changed(owner__password_env=None)
    link = invitation(printed(tmp_path, file))
    assert link.startswith("https://new.localhost/accounts/password/reset/key/")
    path = link.removeprefix("https://new.localhost")
    browser = Client(headers={"host": "new.localhost", "x-forwarded-proto": "https"})
    page = browser.get(path, follow=True, headers={"x-forwarded-proto": "https"}, secure=True)
    assert page.status_code == 200
    chosen = {"password1": "a-password-they-chose", "password2": "a-password-they-chose"}
    assert browser.post(page.redirect_chain[-1][0], chosen).status_code == 302
    assert User.objects.get(email="owner@new.test").check_password("a-password-they-chose")

    again = Client(headers={"host": "new.localhost", "x-forwarded-proto": "https"})
    page = again.get(path, follow=True, secure=True)
    target = page.redirect_chain[-1][0] if page.redirect_chain else path
    again.post(target, {"password1": "a-thief's-password", "password2": "a-thief's-password"})
    assert User.objects.get(email="owner@new.test").check_password("a-password-they-chose")
    assert invitation(printed(tmp_path, file)) == "", "who chose a password needs no invitation"


def test_the_invitation_of_somebody_who_never_came_is_printed_again(tmp_path: Path) -> None:
    file = changed(owner__password_env=None)
    first, second = printed(tmp_path, file), printed(tmp_path, file)
    assert invitation(first)
    assert invitation(second)
    assert "nothing to change" in second


def test_several_files_are_applied_in_order(tmp_path: Path) -> None:
    from django.core.management import call_command

    first = written(tmp_path, changed())
    second = tmp_path / "second.toml"
    second.write_text(
        toml(changed(tenant__slug="second", tenant__domain="second.localhost", channel__number="+14155550124"))
    )
    call_command("onboard", str(first), str(second))
    assert Tenant.objects.filter(slug__in=["new-comer", "second"]).count() == 2


def test_onboarding_leaves_the_connection_in_the_schema_it_was_in(tmp_path: Path) -> None:
    with schema_context("acme"):
        apply(tmp_path, changed())
        assert connection.schema_name == "acme"
