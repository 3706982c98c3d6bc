"""The onboarding file's words about files: who writes voice notes down, whether the model sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.media.abilities import Abilities
from bots.media.reading import abilities_of
from bots.models import AIConfiguration
from bots.onboarding import File, _apply_configuration, _key_of
from bots.onboarding import Secrets as Given
from bots.onboarding_file import read
from tenants.models import Tenant
from tenants.onboarding import OnboardingError, secret
from tests.tenants.files import ENVIRONMENT, changed, written

TABLE = {"api_key_env": "NEW_SPEECH_KEY", "language": "de"}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENVIRONMENT, "NEW_SPEECH_KEY": "sk-speech-1"}.items():
        monkeypatch.setenv(name, value)


def publish(folder: Path, **changes: Any) -> list[str]:
    """The file's configuration, published in Acme's schema; what changed."""
    file: File = read(written(folder, changed(**changes)))
    given = Given(
        password="",
        channel={},
        api_key=secret(file.ai.api_key_env),
        fallback_api_key="",
        transcription_api_key=secret(file.transcription.api_key_env) if file.transcription else "",
    )
    made: list[str] = []
    _apply_configuration(file, secrets=given, changes=made)
    return made


def published() -> AIConfiguration:
    return AIConfiguration.objects.get(is_active=True)


def test_the_file_names_who_writes_voice_notes_down(tenant: Tenant, tmp_path: Path) -> None:
    publish(tmp_path, transcription={**TABLE, "base_url": "https://speech.example.com/v1", "model": "whisper-1"})
    one = published()
    assert (one.transcription_api_key, one.transcription_language) == ("sk-speech-1", "de")
    assert (one.transcription_base_url, one.transcription_model) == ("https://speech.example.com/v1", "whisper-1")


def test_what_it_leaves_out_has_defaults(tenant: Tenant, tmp_path: Path) -> None:
    publish(tmp_path, transcription={"api_key_env": "NEW_SPEECH_KEY"})
    one = published()
    assert (one.transcription_base_url, one.transcription_model) == ("", "gpt-4o-mini-transcribe")


def test_the_same_file_changes_nothing_and_a_new_key_is_a_new_version(
    tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, transcription=TABLE)
    assert publish(tmp_path, transcription=TABLE) == []
    monkeypatch.setenv("NEW_SPEECH_KEY", "sk-speech-2")
    assert publish(tmp_path, transcription=TABLE) == ["ai.transcription_api_key"]
    assert published().transcription_api_key == "sk-speech-2"


def test_a_file_without_the_table_turns_it_off(tenant: Tenant, tmp_path: Path) -> None:
    publish(tmp_path, transcription=TABLE)
    assert abilities_of(published()).voice
    publish(tmp_path)
    assert not abilities_of(published()).voice


@pytest.mark.parametrize(
    ("changes", "images"), [({}, True), ({"ai__vision": False}, False), ({"ai__model": "gpt-4"}, False)]
)
def test_the_file_or_the_models_name_tells_whether_it_sees(
    tenant: Tenant, tmp_path: Path, changes: dict[str, Any], images: bool
) -> None:
    publish(tmp_path, **changes)
    assert abilities_of(published()) == Abilities(images=images, voice=False, documents=True)


def test_the_secret_is_encrypted_and_its_column_is_named_by_the_files_key(tenant: Tenant, tmp_path: Path) -> None:
    publish(tmp_path, transcription=TABLE)
    [stored] = AIConfiguration.objects.raw(
        "SELECT id, transcription_api_key AS stored FROM bots_aiconfiguration WHERE is_active"
    )
    assert "sk-speech" not in stored.stored
    assert _key_of("transcription_api_key") == "transcription.api_key_env"


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "transcription.api_key_env"),
        ({"api_key_env": "UNSET_KEY"}, "transcription.api_key_env"),
        ({**TABLE, "base_url": "ftp://speech.example.com"}, "transcription.base_url"),
        ({**TABLE, "base_url": "https://user:secret@speech.example.com"}, "transcription.base_url"),
        ({**TABLE, "base_url": "https://speech.example.com/" + "x" * 300}, "transcription.base_url"),
        ({**TABLE, "model": ""}, "transcription.model"),
        ({**TABLE, "language": "German"}, "transcription.language"),
        ({**TABLE, "voice": "x"}, "transcription.voice"),
    ],
)
def test_a_mistake_is_named_by_its_key(table: dict[str, Any], key: str, tmp_path: Path) -> None:
    with pytest.raises(OnboardingError) as raised:
        read(written(tmp_path, changed(transcription=table)))
    assert key in {mistake.partition(":")[0] for mistake in raised.value.mistakes}
    assert "secret@" not in str(raised.value.mistakes)
