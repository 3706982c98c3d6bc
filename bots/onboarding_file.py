"""The onboarding file: its keys, and a sentence for every mistake in one.

docs/onboarding.md describes the file for the people who write it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import AfterValidator, AnyHttpUrl, Field, ValidationError, ValidationInfo

from bots.ai import provider_name, transcription
from bots.commands import WORDS
from bots.connections import api_key_of
from bots.models import AIConfiguration
from bots.onboarding_channels import ChannelSection, without_tag
from bots.onboarding_words import HoursSection, TextsSection
from tenants.onboarding import OnboardingError, OwnerSection, Section, TenantSection, missing_secrets

DEFAULTS = settings.TENANT_DEFAULTS
#: As the columns have it.
LONGEST_URL = 300


def _server_is_known(url: AnyHttpUrl | Literal[""], info: ValidationInfo) -> AnyHttpUrl | Literal[""]:
    if not url and info.data.get("provider") == "custom":
        raise ValueError("is missing for the provider custom")
    if url and (url.username or url.password):
        raise ValueError("must not hold a user or a password; a key is named by ai.api_key_env")
    if len(str(url)) > LONGEST_URL:
        raise ValueError(f"must not be longer than {LONGEST_URL} characters")
    return url


def _model_is_known(model: str, info: ValidationInfo) -> str:
    """The file's model; the platform's own where the provider is the platform's too."""
    provider = info.data.get("provider", "builtin")
    if not model and provider == DEFAULTS["AI_PROVIDER"] != "builtin":
        model = DEFAULTS["AI_MODEL"]
    if not model and provider != "builtin":
        raise ValueError(f"is missing for the provider {provider}")
    return model


def _key_is_there(name: str, info: ValidationInfo) -> str:
    provider, url = info.data.get("provider", "builtin"), info.data.get("base_url", "")
    own = AIConfiguration(provider=provider, base_url=str(url))
    if not name and provider in ("openai", "anthropic") and not api_key_of(own):
        raise ValueError(f"is missing for the provider {provider}")
    return name


#: Each key is checked against the ones above it: what one lacks depends on the provider.
Provider = Annotated[str, AfterValidator(provider_name)]
BaseUrl = Annotated[
    AnyHttpUrl | Literal[""], AfterValidator(_server_is_known), Field(default="", validate_default=True)
]
Model = Annotated[str, AfterValidator(_model_is_known), Field(default="", max_length=100, validate_default=True)]
ApiKeyEnv = Annotated[str, AfterValidator(_key_is_there), Field(default="", validate_default=True)]
MaxTokens = Annotated[int, Field(default=DEFAULTS["AI_MAX_TOKENS"], ge=1, le=200_000)]
Temperature = Annotated[float, Field(default=0.7, ge=0, le=2)]


class FallbackSection(Section):
    """Whom the bot asks when its own provider fails. It says the same, in the same conversations."""

    provider: Provider
    base_url: BaseUrl
    model: Model
    api_key_env: ApiKeyEnv
    max_tokens: MaxTokens
    temperature: Temperature


class AISection(Section):
    provider: Provider = DEFAULTS["AI_PROVIDER"]
    base_url: BaseUrl
    model: Model
    api_key_env: ApiKeyEnv
    max_tokens: MaxTokens
    temperature: Temperature
    system_prompt: str = ""
    vision: bool | None = None
    fallback: FallbackSection | None = None


def _holds_no_secret(url: AnyHttpUrl | Literal[""]) -> AnyHttpUrl | Literal[""]:
    if url and (url.username or url.password):
        raise ValueError("must not hold a user or a password; a key is named by transcription.api_key_env")
    if len(str(url)) > LONGEST_URL:
        raise ValueError(f"must not be longer than {LONGEST_URL} characters")
    return url


class TranscriptionSection(Section):
    """Who writes down voice notes. A file without this table has nobody do it."""

    base_url: Annotated[AnyHttpUrl | Literal[""], AfterValidator(_holds_no_secret)] = ""
    api_key_env: str = Field(min_length=1)
    model: str = Field(default=transcription.MODEL, min_length=1, max_length=100)
    language: str = Field(default="", pattern="^([a-z]{2,3})?$")


def _languages(names: list[str]) -> list[str]:
    """Each once, in the file's order."""
    for name in names:
        if name not in WORDS:
            raise ValueError(f"{name} is none of {', '.join(WORDS)}")
    return list(dict.fromkeys(names))


class ConversationSection(Section):
    ttl_seconds: int = Field(default=DEFAULTS["CONVERSATION_TTL"], ge=1, le=31_536_000)
    max_context_messages: int = Field(default=DEFAULTS["MAX_CONTEXT_MESSAGES"], ge=0, le=1000)
    rate_limit_per_minute: int = Field(default=20, ge=1, le=100_000)
    reply_delay_seconds: float = Field(default=1.5, ge=0, le=60)
    languages: Annotated[list[str], AfterValidator(_languages)] = ["en"]
    handover_pause_seconds: int = Field(default=43_200, ge=0, le=31_536_000)


class KnowledgeSection(Section):
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1)


def _once_each(sections: list[KnowledgeSection]) -> list[KnowledgeSection]:
    titles = [section.title for section in sections]
    if twice := next((title for title in titles if titles.count(title) > 1), None):
        raise ValueError(f"the title {twice} comes twice")
    return sections


class File(Section):
    """The whole file."""

    tenant: TenantSection
    owner: OwnerSection
    channel: ChannelSection = Field(default_factory=dict, validate_default=True)
    ai: AISection = Field(default_factory=dict, validate_default=True)
    transcription: TranscriptionSection | None = None
    conversation: ConversationSection = Field(default_factory=ConversationSection)
    hours: HoursSection | None = None
    texts: TextsSection | None = None  # type: ignore[valid-type]
    knowledge: Annotated[list[KnowledgeSection], AfterValidator(_once_each)] = []


def read(path: Path) -> File:
    """The file's contents, checked. Raises `OnboardingError` that names every mistake with its key."""
    try:
        contents = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OnboardingError([f"{path}: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OnboardingError([f"{path}: not a TOML file: {error}"]) from None
    mistakes = missing_secrets(contents)
    try:
        file = File.model_validate(contents)
    except ValidationError as error:
        # The url-or-empty union of ai.base_url reports one mistake for each of its sides.
        sentences = [_sentence(mistake) for mistake in error.errors(include_input=False)]
        raise OnboardingError([*dict.fromkeys(sentences), *mistakes]) from None
    if mistakes:
        raise OnboardingError(mistakes)
    return file


def _sentence(mistake: Any) -> str:
    key = ".".join(str(part) for part in without_tag(mistake["loc"]) if part not in ("url", "literal['']"))
    if mistake["type"] in ("missing", "string_too_short"):
        return f"{key}: is missing"
    if mistake["type"] == "extra_forbidden":
        return f"{key}: is not a known key"
    return f"{key}: {mistake['msg'].removeprefix('Value error, ')}"
