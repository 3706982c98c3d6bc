"""A tenant whose number is at Meta's Cloud API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django_tenants.utils import schema_context

from bots.models import Channel
from bots.onboarding import onboard
from bots.whatsapp.meta_fields import verification_of
from tenants.models import Route
from tenants.onboarding import OnboardingError
from tests.tenants.files import ENVIRONMENT, apply, changed, written

pytestmark = pytest.mark.django_db

CHANNEL = {
    "provider": "meta",
    "phone_number_id": "106540352242922",
    "access_token_env": "NEW_META_TOKEN",
    "app_secret_env": "NEW_META_SECRET",
    "verify_token_env": "NEW_META_VERIFY",
}
SECRETS = {"NEW_META_TOKEN": "EAAG-token", "NEW_META_SECRET": "app-secret", "NEW_META_VERIFY": "verify-me"}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (ENVIRONMENT | SECRETS).items():
        monkeypatch.setenv(name, value)


def file(**changes: Any) -> dict[str, Any]:
    """The newcomer's file with a channel at Meta; None takes a key away."""
    return changed(channel={key: value for key, value in {**CHANNEL, **changes}.items() if value is not None})


def mistakes(folder: Path, contents: dict[str, Any]) -> list[str]:
    with pytest.raises(OnboardingError) as raised:
        onboard(written(folder, contents))
    return raised.value.mistakes


def test_the_channel_and_its_route_are_as_the_file_says(tmp_path: Path) -> None:
    assert "channel.created" in apply(tmp_path, file())
    with schema_context("new_comer"):
        channel = Channel.objects.get()
    assert (channel.provider, channel.address, channel.account_id) == ("meta", "106540352242922", "")
    assert channel.credentials == {
        "access_token": "EAAG-token",
        "app_secret": "app-secret",
        "verify_token": "verify-me",
    }
    with schema_context("public"):
        route = Route.objects.get(provider="meta")
    assert (route.address, route.channel_id) == ("106540352242922", channel.id)
    assert route.verification == verification_of("verify-me")
    assert "verify-me" not in repr(vars(route))


def test_the_same_file_changes_nothing_the_second_time(tmp_path: Path) -> None:
    apply(tmp_path, file())
    assert apply(tmp_path, file()) == []


def test_a_new_verify_token_is_known_by_the_route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(tmp_path, file())
    monkeypatch.setenv("NEW_META_VERIFY", "another")
    assert apply(tmp_path, file()) == ["channel.credentials", "channel.route"]
    with schema_context("public"):
        assert Route.objects.get(provider="meta").verification == verification_of("another")


def test_two_tenants_may_share_an_app_and_its_verify_token(tmp_path: Path) -> None:
    apply(tmp_path, file())
    other = file(phone_number_id="206540352242922")
    other["tenant"] = {"slug": "other", "name": "Other", "domain": "other.localhost"}
    assert "channel.created" in apply(tmp_path, other)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"phone_number_id": None}, "channel.phone_number_id"),
        ({"phone_number_id": "+14155550123"}, "channel.phone_number_id"),
        ({"phone_number_id": ""}, "channel.phone_number_id"),
        ({"phone_number_id": "1" * 41}, "channel.phone_number_id"),
        ({"access_token_env": None}, "channel.access_token_env"),
        ({"app_secret_env": ""}, "channel.app_secret_env"),
        ({"verify_token_env": "UNSET_TOKEN"}, "channel.verify_token_env"),
        ({"account_sid": "AC1"}, "channel.account_sid"),
        ({"meta": "x"}, "channel.meta"),
    ],
)
def test_a_mistake_is_named_by_its_key_and_nothing_else_is(change: dict[str, Any], key: str, tmp_path: Path) -> None:
    assert [mistake.partition(":")[0] for mistake in mistakes(tmp_path, file(**change))] == [key]


def test_a_number_of_another_tenants_is_refused_by_its_key(tmp_path: Path) -> None:
    apply(tmp_path, file())
    other = file()
    other["tenant"] = {"slug": "other", "name": "Other", "domain": "other.localhost"}
    assert mistakes(tmp_path, other) == ["channel.phone_number_id: 106540352242922 belongs to another tenant"]


def test_an_unknown_provider_is_told_which_ones_there_are(tmp_path: Path) -> None:
    assert "channel.provider: must be one of twilio, meta" in mistakes(tmp_path, file(provider="telegram"))
