"""A wrong file changes nothing, and every mistake in it is named by its key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bots.onboarding import onboard
from tenants.models import Tenant
from tenants.models.tenant import schema_name_for
from tenants.onboarding import OnboardingError
from tests.tenants.files import ENVIRONMENT, apply, changed, everything, written

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def mistakes(folder: Path, contents: dict[str, Any] | str) -> list[str]:
    """What is wrong with the file; nothing may have changed."""
    before = everything()
    with pytest.raises(OnboardingError) as raised:
        onboard(written(folder, contents))
    assert everything() == before
    return raised.value.mistakes


def keys(folder: Path, contents: dict[str, Any] | str) -> set[str]:
    return {mistake.partition(":")[0] for mistake in mistakes(folder, contents)}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"tenant__slug": None}, "tenant.slug"),
        ({"tenant__slug": "Not A Slug"}, "tenant.slug"),
        ({"tenant__slug": "under_score"}, "tenant.slug"),
        ({"tenant__slug": "public"}, "tenant.slug"),
        ({"tenant__slug": "pg-catalog"}, "tenant.slug"),
        ({"tenant__slug": "information-schema"}, "tenant.slug"),
        ({"tenant__slug": "x" * 41}, "tenant.slug"),
        ({"tenant__slug": 5}, "tenant.slug"),
        ({"tenant__name": ""}, "tenant.name"),
        ({"tenant__name": "  "}, "tenant.name"),
        ({"tenant__name": "x" * 121}, "tenant.name"),
        ({"tenant__name": "a\0b"}, "tenant.name"),
        ({"tenant__domain": "https://new.localhost"}, "tenant.domain"),
        ({"tenant__domain": "new.localhost:8000"}, "tenant.domain"),
        ({"tenant__domain": "New.localhost"}, "tenant.domain"),
        ({"tenant__domain": "new_host.test"}, "tenant.domain"),
        ({"tenant__domain": None}, "tenant.domain"),
        ({"tenant__plan": "gold"}, "tenant.plan"),
        ({"tenant": None}, "tenant"),
        ({"owner__email": "nobody"}, "owner.email"),
        ({"owner__email": f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'a' * 60}.{'b' * 60}.test"}, "owner.email"),
        ({"owner": None}, "owner"),
        ({"owner__password_env": "UNSET_PASSWORD"}, "owner.password_env"),
        ({"channel__provider": "telegram"}, "channel.provider"),
        ({"channel__number": "4155550123"}, "channel.number"),
        ({"channel__number": "+1"}, "channel.number"),
        ({"channel__number": "DROP TABLE"}, "channel.number"),
        ({"channel__account_sid": ""}, "channel.account_sid"),
        ({"channel__account_sid": "A" * 101}, "channel.account_sid"),
        ({"channel__auth_token_env": "UNSET_TOKEN"}, "channel.auth_token_env"),
        ({"channel__auth_token_env": None}, "channel.auth_token_env"),
        ({"channel": None}, "channel.number"),
        ({"ai__provider": "skynet"}, "ai.provider"),
        ({"ai__model": None, "ai__provider": "anthropic"}, "ai.model"),
        ({"ai__model": "m" * 101}, "ai.model"),
        ({"ai__api_key_env": "UNSET_KEY"}, "ai.api_key_env"),
        ({"ai__api_key_env": None}, "ai.api_key_env"),
        ({"ai__api_key_env": None, "ai__base_url": "https://llm.example.com"}, "ai.api_key_env"),
        ({"ai__provider": "custom"}, "ai.base_url"),
        ({"ai__base_url": "ftp://llm.example.com"}, "ai.base_url"),
        ({"ai__base_url": "llm.example.com"}, "ai.base_url"),
        ({"ai__base_url": "https://llm.example.com/" + "x" * 300}, "ai.base_url"),
        ({"ai__max_tokens": 0}, "ai.max_tokens"),
        ({"ai__max_tokens": "many"}, "ai.max_tokens"),
        ({"ai__temperature": 2.1}, "ai.temperature"),
        ({"ai__temperature": float("nan")}, "ai.temperature"),
        ({"ai__temperature": float("inf")}, "ai.temperature"),
        ({"ai__system_prompt": "a\0b"}, "ai.system_prompt"),
        ({"ai__fallback": {}}, "ai.fallback.provider"),
        ({"ai__fallback": {"provider": "skynet"}}, "ai.fallback.provider"),
        ({"ai__fallback": {"provider": "custom", "model": "m"}}, "ai.fallback.base_url"),
        ({"ai__fallback": {"provider": "custom", "base_url": "llm.example.com"}}, "ai.fallback.base_url"),
        ({"ai__fallback": {"provider": "anthropic", "api_key_env": "NEW_KEY"}}, "ai.fallback.model"),
        ({"ai__fallback": {"provider": "anthropic", "model": "m"}}, "ai.fallback.api_key_env"),
        ({"ai__fallback": {"provider": "builtin", "api_key_env": "UNSET_KEY"}}, "ai.fallback.api_key_env"),
        ({"ai__fallback": {"provider": "builtin", "max_tokens": 0}}, "ai.fallback.max_tokens"),
        ({"ai__fallback": {"provider": "builtin", "system_prompt": "x"}}, "ai.fallback.system_prompt"),
        ({"ai__fallback": {"provider": "builtin", "fallback": {}}}, "ai.fallback.fallback"),
        ({"ai__fallback": "builtin"}, "ai.fallback"),
        ({"conversation__languages": ["xx"]}, "conversation.languages"),
        ({"conversation__languages": "en"}, "conversation.languages"),
        ({"conversation__handover_pause_seconds": -1}, "conversation.handover_pause_seconds"),
        ({"conversation__handover_pause_seconds": 10**12}, "conversation.handover_pause_seconds"),
        ({"conversation__ttl_seconds": 0}, "conversation.ttl_seconds"),
        ({"conversation__ttl_seconds": 10**12}, "conversation.ttl_seconds"),
        ({"conversation__max_context_messages": -1}, "conversation.max_context_messages"),
        ({"conversation__rate_limit_per_minute": 0}, "conversation.rate_limit_per_minute"),
        ({"conversation__rate_limit_per_minute": 10**12}, "conversation.rate_limit_per_minute"),
        ({"conversation__reply_delay_seconds": -1}, "conversation.reply_delay_seconds"),
        ({"conversation__reply_delay_seconds": float("nan")}, "conversation.reply_delay_seconds"),
        ({"hours": {}}, "hours.time_zone"),
        ({"hours": {"time_zone": "Paris"}}, "hours.time_zone"),
        ({"hours__time_zone": "UTC", "hours__outside": "never"}, "hours.outside"),
        ({"hours__time_zone": "UTC", "hours__outside": "closed"}, "hours"),
        ({"hours__time_zone": "UTC", "hours__mon": "09:00-17:00"}, "hours.mon"),
        ({"hours__time_zone": "UTC", "hours__mon": ["9-17"]}, "hours.mon"),
        ({"hours__time_zone": "UTC", "hours__mon": ["09:00-24:00"]}, "hours.mon"),
        ({"hours__time_zone": "UTC", "hours__mon": ["09:00-17:00\0"]}, "hours.mon"),
        ({"hours__time_zone": "UTC", "hours__mon": ["09:00-17:00", "16:00-18:00"]}, "hours"),
        ({"hours__time_zone": "UTC", "hours__monday": ["09:00-17:00"]}, "hours.monday"),
        ({"hours": "always"}, "hours"),
        ({"texts__greeting": "Hello {contact_name}"}, "texts.greeting"),
        ({"texts__greeting": "x" * 1001}, "texts.greeting"),
        ({"texts__greeting": "a\0b"}, "texts.greeting"),
        ({"texts__closed": "Back {tomorrow}"}, "texts.closed"),
        ({"texts__closed": "a\0b"}, "texts.closed"),
        ({"texts__closed": "x" * 1001}, "texts.closed"),
        ({"texts__closed": 5}, "texts.closed"),
        ({"texts__rate_limited": "{business} is busy"}, "texts.rate_limited"),
        ({"texts__welcome": "Hi"}, "texts.welcome"),
        ({"texts": "none"}, "texts"),
        ({"knowledge": [{"title": "", "text": "x"}]}, "knowledge.0.title"),
        ({"knowledge": [{"title": "x", "text": "y"}, {"title": "z"}]}, "knowledge.1.text"),
        ({"knowledge": [{"title": "x", "text": "y"}, {"title": "x", "text": "z"}]}, "knowledge"),
        ({"knowledge": [{"title": "x", "text": "a\0b"}]}, "knowledge.0.text"),
        ({"colour": "blue"}, "colour"),
        ({"tenant": "new-comer"}, "tenant"),
    ],
)
def test_a_mistake_is_named_by_its_key(change: dict[str, Any], key: str, tmp_path: Path) -> None:
    assert key in keys(tmp_path, changed(**change))


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    contents = changed(
        tenant__slug="Bad Slug",
        tenant__domain=None,
        tenant__colour="blue",
        owner__email="nobody",
        owner__password_env="UNSET_PASSWORD",
        channel__number="12",
        channel__auth_token_env="UNSET_TOKEN",
        ai__provider="skynet",
        ai__api_key_env="UNSET_KEY",
        ai__temperature=9,
        conversation__ttl_seconds=0,
        knowledge=[{"title": ""}],
        extra={"a": 1},
    )
    assert keys(tmp_path, contents) == {
        "tenant.slug",
        "tenant.domain",
        "tenant.colour",
        "owner.email",
        "owner.password_env",
        "channel.number",
        "channel.auth_token_env",
        "ai.provider",
        "ai.api_key_env",
        "ai.temperature",
        "conversation.ttl_seconds",
        "knowledge.0.title",
        "knowledge.0.text",
        "extra",
    }


def test_a_mistake_in_one_table_does_not_hide_what_another_lacks(tmp_path: Path) -> None:
    contents = changed(tenant__slug="Bad Slug", channel__auth_token_env=None, ai__model=None, ai__provider="anthropic")
    assert keys(tmp_path, contents) == {"tenant.slug", "channel.auth_token_env", "ai.model"}


def test_what_other_tenants_hold_is_named_at_once(tmp_path: Path) -> None:
    contents = changed(tenant__domain="acme.localhost", channel__number="+14155550199")
    assert keys(tmp_path, contents) == {"tenant.domain", "channel.number"}


def test_missing_variables_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name)
    assert mistakes(tmp_path, changed()) == [
        "owner.password_env: the environment variable NEW_PASSWORD is not set",
        "channel.auth_token_env: the environment variable NEW_TOKEN is not set",
        "ai.api_key_env: the environment variable NEW_KEY is not set",
    ]


def test_a_blank_variable_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_TOKEN", " \n")
    assert keys(tmp_path, changed()) == {"channel.auth_token_env"}


@pytest.mark.parametrize("password", ["aB3$xyz", "password123", "owner@new.test"])
def test_a_weak_password_is_refused_without_being_shown(
    password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_PASSWORD", password)
    found = mistakes(tmp_path, changed())
    assert found
    assert all(mistake.startswith("owner.password_env: ") for mistake in found)
    assert password not in " ".join(found)


@pytest.mark.parametrize("text", ["[tenant", "= 1", "tenant = {", "[tenant]\nslug = 'a'\nslug = 'b'"])
def test_what_is_no_toml_is_named_with_its_place(text: str, tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, text)
    assert "tenant.toml: not a TOML file" in mistake


def test_bytes_that_are_no_text_are_no_toml(tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(OnboardingError, match="not a TOML file"):
        onboard(file)


def test_an_empty_file_names_what_it_lacks(tmp_path: Path) -> None:
    assert {"tenant", "owner", "channel.number", "channel.account_sid"} <= keys(tmp_path, "")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file") as raised:
        call_command("onboard", str(tmp_path / "nothing.toml"))
    assert "nothing.toml" in str(raised.value)


def test_a_number_of_another_tenants_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    found = mistakes(tmp_path, changed(channel__number="+14155238886"))
    assert found == ["channel.number: +14155238886 belongs to another tenant"]
    assert not Tenant.objects.filter(slug="new-comer").exists()


def test_a_tenant_who_is_there_cannot_take_anothers_number(tmp_path: Path) -> None:
    apply(tmp_path, changed())
    assert mistakes(tmp_path, changed(channel__number="+14155238886", ai__model="gpt-5", tenant__name="Other")) == [
        "channel.number: +14155238886 belongs to another tenant"
    ]


@pytest.mark.parametrize("domain", ["acme.localhost", "bots.example.com"])
def test_a_domain_of_another_tenants_or_the_platforms_is_refused(domain: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, changed(tenant__domain=domain)) == [f"tenant.domain: {domain} belongs to another tenant"]


def test_a_closed_tenant_is_not_opened_by_a_file(tmp_path: Path) -> None:
    apply(tmp_path, changed())
    Tenant.objects.filter(slug="new-comer").update(status=Tenant.Status.CLOSED)
    assert keys(tmp_path, changed()) == {"tenant.slug"}


def test_a_failure_at_the_last_step_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema, its tables, the owner: all of it is there by then."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the machine went away")

    before = everything()
    monkeypatch.setattr("tenants.onboarding.record", fail)
    with pytest.raises(RuntimeError):
        onboard(written(tmp_path, changed()))
    assert everything() == before
    monkeypatch.undo()


def test_a_schema_that_an_earlier_tenant_left_behind_is_not_taken_over(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema_name_for(changed()["tenant"]["slug"])}"')

    assert mistakes(tmp_path, changed()) == ["tenant.slug: a schema of this name exists already; choose another slug"]


def test_a_key_is_not_hidden_in_the_url_of_a_server(tmp_path: Path) -> None:
    change = {"ai__provider": "custom", "ai__base_url": "https://user:key@models.example.com/v1"}

    assert "ai.base_url" in keys(tmp_path, changed(**change))
