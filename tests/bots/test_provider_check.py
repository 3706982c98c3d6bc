"""A provider asked on the spot, over a socket."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from bots import provider_check
from bots.models import AIConfiguration
from bots.provider_check import check, known_models
from dashboard.bot import words
from tenants.models import Tenant
from tests.ai.conftest import KEY, FarEnd


@pytest.fixture
def custom(tenant: Tenant, ai: FarEnd) -> AIConfiguration:
    ai.state.models = ["echo-small", "echo-large"]
    url = f"http://127.0.0.1:{ai.port}/v1"
    return AIConfiguration(provider="custom", api_key=KEY, base_url=url, model_name="echo-small")


def told(configuration: AIConfiguration) -> str:
    """What the page says of the failure."""
    checked = check(configuration)
    assert checked.error
    return words.refusal(checked.error, provider=configuration.provider, model=configuration.model_name)


def test_a_provider_that_works_shows_its_models_and_a_sentence(custom: AIConfiguration) -> None:
    checked = check(custom)
    assert (checked.error, checked.answer) == (None, "echo: Hello!")
    assert checked.models == ["echo-large", "echo-small"]
    assert checked.milliseconds > 0


def test_the_list_of_models_is_remembered_for_this_key_and_this_tenant_alone(
    custom: AIConfiguration, other_tenant: Tenant
) -> None:
    assert known_models(custom) == []
    check(custom)
    assert known_models(custom) == ["echo-large", "echo-small"]
    custom.api_key = "sk-other"
    assert known_models(custom) == []
    custom.api_key = KEY
    connection.set_tenant(other_tenant)
    assert known_models(custom) == []


def test_the_built_in_one_needs_nothing(tenant: Tenant) -> None:
    checked = check(AIConfiguration(provider="builtin"))
    assert checked.error is None
    assert checked.answer.startswith("Hello!")


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_refused_key_is_told_at_once(provider: str, tenant: Tenant, ai: FarEnd) -> None:
    url = f"http://127.0.0.1:{ai.port}/v1"
    configuration = AIConfiguration(provider=provider, api_key="sk-wrong", base_url=url, model_name="m")
    assert "refuses this key" in told(configuration)
    assert len(ai.requests) == 1


def test_a_missing_key_is_told_without_asking_anybody(tenant: Tenant) -> None:
    assert told(AIConfiguration(provider="openai", model_name="m")).startswith("OpenAI needs an API key")


def test_a_missing_model_is_told_with_the_list_to_choose_from(custom: AIConfiguration) -> None:
    custom.model_name = ""
    assert check(custom).models == ["echo-large", "echo-small"]
    assert "Choose a model now" in told(custom)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1:9/v1", "could not be reached. Check its address"),
        ("http://169.254.169.254/latest", "leads into a private network"),
        ("http://10.0.0.7/v1", "leads into a private network"),
        ("gopher://llm.example", "is no web address"),
    ],
)
def test_an_address_that_does_not_work_is_told_in_words(url: str, sentence: str, tenant: Tenant) -> None:
    assert sentence in told(AIConfiguration(provider="custom", base_url=url, model_name="m"))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 404}, "does not know the model “echo-small”"),
        ({"status": 429}, "asks too often"),
        ({"status": 429, "code": "insufficient_quota"}, "no credit left"),
        ({"status": 503}, "has trouble of its own right now (503)"),
        ({"status": 403}, "does not let it do this"),
    ],
)
def test_each_refusal_has_its_own_sentence(
    fault: dict[str, Any], sentence: str, custom: AIConfiguration, ai: FarEnd
) -> None:
    ai.fails_with("status", times=None, **fault)
    assert sentence in told(custom)


def test_a_provider_that_hangs_is_given_up_in_time(
    custom: AIConfiguration, ai: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_check, "LONGEST", 1.0)
    monkeypatch.setattr(provider_check, "LONGEST_LISTING", 0.4)
    ai.fails_with("hang", times=None)
    began = time.monotonic()
    sentence = told(custom)

    assert "did not answer" in sentence
    assert time.monotonic() - began < 4


def test_what_the_provider_says_is_shown_without_the_key(custom: AIConfiguration, ai: FarEnd) -> None:
    ai.fails_with("status", times=None, status=400, message=f"bad request with {KEY}")
    assert KEY not in told(custom)


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_the_provider_thinks(
    tenant: Tenant, ai: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = AIConfiguration(provider="builtin")
    held: list[bool] = []

    class Watching:
        def list_models(self) -> list[str]:
            held.append(connection.connection is not None)
            return []

        def send_message(self, _: Any) -> str:
            held.append(connection.connection is not None)
            return "Hello!"

    AIConfiguration.objects.count()
    monkeypatch.setattr(provider_check, "_adapter", lambda *_, **__: Watching())
    check(configuration)
    assert held == [False, False]
