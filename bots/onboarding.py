"""A tenant from a file: applied whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django_tenants.utils import schema_context

from bots import knowledge
from bots.ai import transcription
from bots.models import AIConfiguration, Channel
from bots.onboarding_file import (
    AISection,
    ChannelSection,
    FallbackSection,
    File,
    KnowledgeSection,
    TranscriptionSection,
    read,
)
from bots.onboarding_secrets import differs, forget_unreadable
from bots.publishing import publish_values
from tenants import onboarding as public
from tenants.models import Tenant, User
from tenants.onboarding import OnboardingError, secret
from tenants.secrets import secret_fields


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What the file led to. `changes` is empty when everything was so already."""

    tenant: Tenant
    owner: User
    domain: str
    changes: list[str]


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Empty where the file names none."""

    password: str
    channel: Mapping[str, str]
    api_key: str
    fallback_api_key: str
    transcription_api_key: str


def onboard(path: Path) -> Onboarded:
    """Create or update the tenant that the file describes. Raises `OnboardingError`; then nothing was changed."""
    file = read(path)
    secrets = Secrets(
        password=secret(file.owner.password_env),
        channel=file.channel.credentials(),
        api_key=secret(file.ai.api_key_env),
        fallback_api_key=secret(file.ai.fallback.api_key_env) if file.ai.fallback else "",
        transcription_api_key=secret(file.transcription.api_key_env) if file.transcription else "",
    )
    changes: list[str] = []
    with schema_context("public"), transaction.atomic():
        public.wait_for_others()
        if taken := public.held_by_others(
            file.tenant,
            provider=file.channel.provider,
            address=file.channel.address,
            address_key=file.channel.address_key,
        ):
            raise OnboardingError(taken)
        tenant = public.apply_tenant(file.tenant, changes=changes)
        owner = public.apply_owner(file.owner, tenant=tenant, password=secrets.password, changes=changes)
        with schema_context(tenant.schema_name):
            channel = _apply_channel(file.channel, credentials=secrets.channel, changes=changes)
            _apply_configuration(file, secrets=secrets, changes=changes)
            _apply_knowledge(file.knowledge, changes=changes)
        with schema_context("public"):
            public.claim_route(
                tenant=tenant,
                provider=channel.provider,
                address=channel.address,
                channel_id=channel.id,
                verification=file.channel.verification(),
                changes=changes,
            )
            public.record(tenant, changes=changes)
    return Onboarded(tenant=tenant, owner=owner, domain=file.tenant.domain, changes=changes)


def _apply_channel(section: ChannelSection, *, credentials: Mapping[str, str], changes: list[str]) -> Channel:
    """The tenant's channel at this provider. The file describes one, the tenant's first: a new number moves it,
    conversations and all. Others are the dashboard's."""
    wanted = {
        "provider": section.provider,
        "address": section.address,
        # What the dashboard was told of Meta's account stays: the file knows nothing of it.
        **({"account_id": section.account_id} if section.account_id else {}),
        "credentials": dict(credentials),
        "removed_at": None,
    }
    known = Channel.objects.filter(provider=section.provider).order_by("created_at").defer(*secret_fields(Channel))
    channel = known.filter(address=section.address).first() or known.filter(removed_at=None).first()
    if channel is None:
        changes.append("channel.created")
        return Channel.objects.create(**wanted)
    changed = [
        name
        for name, value in wanted.items()
        if differs(channel, field=name, value=value, key="channel.auth_token_env")
    ]
    if changed:
        for name in changed:
            setattr(channel, name, wanted[name])
        channel.error = ""
        channel.save()
        changes += [f"channel.{name}" for name in changed]
    return channel


def _provider_fields(section: AISection | FallbackSection, *, api_key: str) -> dict[str, Any]:
    return {
        "provider": section.provider,
        "model_name": section.model,
        "base_url": str(section.base_url),
        "max_tokens": section.max_tokens,
        "temperature": section.temperature,
        "api_key": api_key,
    }


def _transcription_fields(section: TranscriptionSection | None, *, api_key: str) -> dict[str, Any]:
    """Without a key nobody writes voice notes down, whatever the other columns say."""
    return {
        "transcription_api_key": api_key,
        "transcription_base_url": str(section.base_url) if section else "",
        "transcription_model": section.model if section else transcription.MODEL,
        "transcription_language": section.language if section else "",
    }


def _key_of(column: str) -> str:
    """The key of the file that names the secret of this column."""
    return "transcription.api_key_env" if column == "transcription_api_key" else f"ai.{column}_env"


def _apply_configuration(file: File, *, secrets: Secrets, changes: list[str]) -> None:
    """Publish a new version where the file differs from the one that is published."""
    wanted = {
        **_provider_fields(file.ai, api_key=secrets.api_key),
        "system_prompt": file.ai.system_prompt,
        "vision": file.ai.vision,
        **_transcription_fields(file.transcription, api_key=secrets.transcription_api_key),
        **file.conversation.model_dump(),
        **(file.hours.columns() if file.hours else {}),
        **(file.texts.columns() if file.texts else {}),
    }
    fallback = (
        _provider_fields(file.ai.fallback, api_key=secrets.fallback_api_key) if file.ai.fallback is not None else None
    )
    active = AIConfiguration.objects.filter(is_active=True).defer(*secret_fields(AIConfiguration)).first()
    if active:
        _refuse_to_lose(active, wanted=wanted, fallback=fallback)
    changed = publish_values(wanted, fallback=fallback or {}, note="Set-up file", by="")
    replaced = {*changed, "api_key"} if "fallback" in changed else set(changed)
    for name in replaced.intersection(secret_fields(AIConfiguration)):
        forget_unreadable(AIConfiguration.objects.all(), field=name)
    if changed:
        changes += [f"ai.{name}" for name in changed] if active else ["ai.created"]


def _refuse_to_lose(active: AIConfiguration, *, wanted: dict[str, Any], fallback: dict[str, Any] | None) -> None:
    """Raise `OnboardingError` where a secret that no key opens would be given up, and nothing replaces it."""
    for name in secret_fields(AIConfiguration):
        differs(active, field=name, value=wanted[name], key=_key_of(name))
    stored = AIConfiguration.objects.filter(fallback_of=active).defer(*secret_fields(AIConfiguration)).first()
    if stored and fallback:
        differs(stored, field="api_key", value=fallback["api_key"], key="ai.fallback.api_key_env")


def _apply_knowledge(sections: list[KnowledgeSection], *, changes: list[str]) -> None:
    """The sources of the file, by title. Sources that it does not name stay: they may have been made elsewhere."""
    for section in sections:
        if knowledge.replace(title=section.title, text=section.text):
            changes.append(f"knowledge.{section.title}")
