"""What the file says of a second provider, of languages, and of the pause after somebody asked for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from bots.models import AIConfiguration
from tenants.onboarding import OnboardingError
from tests.tenants.files import ENVIRONMENT, apply, changed, everything, printed

pytestmark = pytest.mark.django_db
FALLBACK = {"provider": "anthropic", "model": "claude-small", "api_key_env": "SECOND_KEY", "max_tokens": 300}
KEY = "sk-second-0123456789"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENVIRONMENT, "SECOND_KEY": KEY}.items():
        monkeypatch.setenv(name, value)


def active() -> AIConfiguration:
    with schema_context("new_comer"):
        return AIConfiguration.objects.select_related("fallback").get(is_active=True)


def test_a_second_provider_belongs_to_the_version_and_is_none_itself(tmp_path: Path) -> None:
    apply(tmp_path, changed(ai__fallback=FALLBACK))

    fallback = active().fallback
    assert fallback is not None
    assert (fallback.provider, fallback.model_name, fallback.api_key) == ("anthropic", "claude-small", KEY)
    assert (fallback.max_tokens, fallback.temperature) == (300, 0.7)
    assert (fallback.version, fallback.is_active, active().version) == (None, False, 1)


def test_the_same_file_again_changes_nothing_though_it_has_a_fallback(tmp_path: Path) -> None:
    contents = changed(ai__fallback=FALLBACK, conversation__languages=["de", "fr"])
    apply(tmp_path, contents)
    before = everything()

    assert apply(tmp_path, contents) == []
    assert everything() == before


CHANGES: dict[str, Any] = {
    "another model": {**FALLBACK, "model": "claude-large"},
    "another key": {**FALLBACK, "api_key_env": "NEW_KEY"},
    "none": None,
}


@pytest.mark.parametrize("after", CHANGES.values(), ids=CHANGES)
def test_another_fallback_is_a_new_version(after: dict[str, Any] | None, tmp_path: Path) -> None:
    apply(tmp_path, changed(ai__fallback=FALLBACK))

    assert apply(tmp_path, changed(ai__fallback=after) if after else changed()) == ["ai.fallback"]
    assert active().version == 2
    assert (active().fallback is None) == (after is None)
    with schema_context("new_comer"):
        assert AIConfiguration.objects.get(version=1).fallback.model_name == "claude-small"


def test_a_change_of_the_first_keeps_the_fallback(tmp_path: Path) -> None:
    apply(tmp_path, changed(ai__fallback=FALLBACK))

    assert apply(tmp_path, changed(ai__fallback=FALLBACK, ai__max_tokens=9)) == ["ai.max_tokens"]
    assert active().version == 2
    assert active().fallback.api_key == KEY


def test_versions_go_on_counting_beside_fallbacks(tmp_path: Path) -> None:
    for number in range(1, 4):
        apply(tmp_path, changed(ai__fallback=FALLBACK, ai__max_tokens=number))

    assert active().version == 3


def test_the_key_of_the_fallback_is_not_printed(tmp_path: Path) -> None:
    assert KEY not in printed(tmp_path, changed(ai__fallback=FALLBACK))


def test_a_fallback_key_that_no_key_opens_is_named_unless_the_file_replaces_it(tmp_path: Path) -> None:
    keyless = {"provider": "custom", "base_url": "https://llm.example.com", "model": "m"}
    apply(tmp_path, changed(ai__fallback={**keyless, "api_key_env": "SECOND_KEY"}))
    with schema_context("new_comer"), connection.cursor() as cursor:
        cursor.execute("UPDATE bots_aiconfiguration SET api_key = 'gAAAAAunreadable' WHERE version IS NULL")

    with pytest.raises(OnboardingError, match=r"ai\.fallback\.api_key_env: "):
        apply(tmp_path, changed(ai__fallback=keyless))
    assert apply(tmp_path, changed(ai__fallback={**keyless, "api_key_env": "SECOND_KEY"})) == ["ai.fallback"]
    assert active().fallback.api_key == KEY


def test_languages_and_the_pause_are_the_files(tmp_path: Path) -> None:
    apply(tmp_path, changed(conversation__languages=["de", "en", "de"], conversation__handover_pause_seconds=0))

    assert (active().languages, active().handover_pause_seconds) == (["de", "en"], 0)


def test_without_a_word_about_them_commands_are_english_and_the_pause_is_half_a_day(tmp_path: Path) -> None:
    apply(tmp_path, changed())

    assert (active().languages, active().handover_pause_seconds) == (["en"], 12 * 3600)
