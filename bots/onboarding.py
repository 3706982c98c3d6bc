"""A tenant from a file: read it, name every mistake in it, and apply it whole or not at all.

docs/onboarding.md describes the file for the people who write it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db import transaction
from django_tenants.utils import schema_context
from pydantic import AfterValidator, AnyHttpUrl, Field, ValidationError

from bots import knowledge
from bots.connections import is_complete
from bots.models import AIConfiguration, Channel
from tenants import onboarding as public
from tenants.models import Tenant, User
from tenants.onboarding import OnboardingError, OwnerSection, Section, TenantSection, e164, secret

DEFAULTS = settings.TENANT_DEFAULTS


class ChannelSection(Section):
    provider: Literal["twilio"] = "twilio"
    number: Annotated[str, AfterValidator(e164)] = Field(
        default=DEFAULTS["TWILIO_WHATSAPP_NUMBER"], validate_default=True
    )
    account_sid: str = Field(default=DEFAULTS["TWILIO_ACCOUNT_SID"], min_length=1, validate_default=True)
    auth_token_env: str = ""


class AISection(Section):
    provider: Literal["openai", "anthropic", "custom", "builtin"] = DEFAULTS["AI_PROVIDER"]
    model: str = Field(default="", max_length=100)
    api_key_env: str = ""
    base_url: AnyHttpUrl | Literal[""] = ""
    max_tokens: int = Field(default=DEFAULTS["AI_MAX_TOKENS"], ge=1, le=200_000)
    temperature: float = Field(default=0.7, ge=0, le=2)
    system_prompt: str = ""


class ConversationSection(Section):
    ttl_seconds: int = Field(default=DEFAULTS["CONVERSATION_TTL"], ge=1)
    max_context_messages: int = Field(default=DEFAULTS["MAX_CONTEXT_MESSAGES"], ge=0, le=1000)
    rate_limit_per_minute: int = Field(default=20, ge=1)
    reply_delay_seconds: float = Field(default=1.5, ge=0, le=60)


class KnowledgeSection(Section):
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1)


class File(Section):
    """The whole file."""

    tenant: TenantSection
    owner: OwnerSection
    channel: ChannelSection = Field(default_factory=dict, validate_default=True)
    ai: AISection = Field(default_factory=dict, validate_default=True)
    conversation: ConversationSection = Field(default_factory=ConversationSection)
    knowledge: list[KnowledgeSection] = []


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What the file led to. `changes` is empty when everything was so already."""

    tenant: Tenant
    owner: User
    domain: str
    changes: list[str]


@dataclass(frozen=True, slots=True)
class Secrets:
    """Empty where the file names none."""

    password: str
    auth_token: str
    api_key: str


def onboard(path: Path) -> Onboarded:
    """Create or update the tenant that the file describes. Raises `OnboardingError`; then nothing was changed."""
    file = read(path)
    secrets = _secrets(file)
    changes: list[str] = []
    with schema_context("public"), transaction.atomic(), public.one_at_a_time():
        tenant = public.apply_tenant(file.tenant, changes=changes)
        owner = public.apply_owner(file.owner, tenant=tenant, password=secrets.password, changes=changes)
        with schema_context(tenant.schema_name):
            channel = _apply_channel(file.channel, auth_token=secrets.auth_token, changes=changes)
            _apply_configuration(file, api_key=secrets.api_key, changes=changes)
            _apply_knowledge(file.knowledge, changes=changes)
        with schema_context("public"):
            public.claim_route(
                tenant=tenant,
                provider=channel.provider,
                address=channel.address,
                channel_id=channel.id,
                key="channel.number",
                changes=changes,
            )
            public.record(tenant, changes=changes)
    return Onboarded(tenant=tenant, owner=owner, domain=file.tenant.domain, changes=changes)


def read(path: Path) -> File:
    """The file's contents, checked. Raises `OnboardingError` that names every mistake with its key."""
    try:
        contents = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OnboardingError([f"{path}: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OnboardingError([f"{path}: not a TOML file: {error}"]) from None
    mistakes = public.missing_secrets(contents)
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
    key = ".".join(str(part) for part in mistake["loc"] if part not in ("url", "literal['']"))
    if mistake["type"] in ("missing", "string_too_short"):
        return f"{key}: is missing"
    if mistake["type"] == "extra_forbidden":
        return f"{key}: is not a known key"
    return f"{key}: {mistake['msg'].removeprefix('Value error, ')}"


def _secrets(file: File) -> Secrets:
    """The secrets that the file names, from the environment. Raises `OnboardingError` naming each that is not there."""
    secrets = Secrets(
        password=secret(file.owner.password_env),
        auth_token=secret(file.channel.auth_token_env),
        api_key=secret(file.ai.api_key_env),
    )
    mistakes = public.weak_password(file.owner, password=secrets.password)
    platforms_own = file.channel.account_sid == DEFAULTS["TWILIO_ACCOUNT_SID"] and DEFAULTS["TWILIO_AUTH_TOKEN"]
    if not secrets.auth_token and not platforms_own:
        mistakes.append("channel.auth_token_env: is missing; name the environment variable that holds the auth token")
    if not is_complete(AIConfiguration(**_configuration_fields(file), api_key=secrets.api_key)):
        mistakes += _what_ai_lacks(file)
    if mistakes:
        raise OnboardingError(mistakes)
    return secrets


def _what_ai_lacks(file: File) -> list[str]:
    if not _model(file):
        return [f"ai.model: is missing for the provider {file.ai.provider}"]
    if file.ai.provider == "custom":
        return ["ai.base_url: is missing for the provider custom"]
    return [f"ai.api_key_env: is missing for the provider {file.ai.provider}"]


def _model(file: File) -> str:
    """The file's model; the platform's own where the provider is the platform's too."""
    same = file.ai.provider == DEFAULTS["AI_PROVIDER"]
    return file.ai.model or (DEFAULTS["AI_MODEL"] if same and file.ai.provider != "builtin" else "")


def _apply_channel(section: ChannelSection, *, auth_token: str, changes: list[str]) -> Channel:
    """The tenant's channel. The file describes one: a new number moves it, conversations and all."""
    credentials = {"auth_token": auth_token} if auth_token else {}
    wanted = {
        "provider": section.provider,
        "address": section.number,
        "account_id": section.account_sid,
        "credentials": credentials,
    }
    channel = Channel.objects.filter(provider=section.provider).order_by("created_at").first()
    if channel is None:
        changes.append("channel.created")
        return Channel.objects.create(**wanted)
    changed = [name for name, value in wanted.items() if getattr(channel, name) != value]
    if changed:
        for name in changed:
            setattr(channel, name, wanted[name])
        channel.error = ""
        channel.save()
        changes += [f"channel.{name}" for name in changed]
    return channel


def _configuration_fields(file: File) -> dict[str, Any]:
    return {
        "provider": file.ai.provider,
        "model_name": _model(file),
        "base_url": str(file.ai.base_url),
        "max_tokens": file.ai.max_tokens,
        "temperature": file.ai.temperature,
        "system_prompt": file.ai.system_prompt,
        **file.conversation.model_dump(),
    }


def _apply_configuration(file: File, *, api_key: str, changes: list[str]) -> None:
    """Publish a new version where the file differs from the one that is published."""
    wanted = {**_configuration_fields(file), "api_key": api_key}
    active = AIConfiguration.objects.filter(is_active=True).first()
    changed = [name for name, value in wanted.items() if active is None or getattr(active, name) != value]
    if not changed:
        return
    newest = AIConfiguration.objects.order_by("-version").values_list("version", flat=True).first() or 0
    AIConfiguration.objects.filter(is_active=True).update(is_active=False)
    AIConfiguration.objects.create(version=newest + 1, **wanted)
    changes += [f"ai.{name}" for name in changed] if active else ["ai.created"]


def _apply_knowledge(sections: list[KnowledgeSection], *, changes: list[str]) -> None:
    """The sources of the file, by title. Sources that it does not name stay: they may have been made elsewhere."""
    for section in sections:
        if knowledge.replace(title=section.title, text=section.text):
            changes.append(f"knowledge.{section.title}")
