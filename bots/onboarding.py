"""A tenant from a file: applied whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django_tenants.utils import schema_context

from bots import knowledge
from bots.models import AIConfiguration, Channel
from bots.onboarding_file import ChannelSection, File, KnowledgeSection, read
from tenants import onboarding as public
from tenants.models import Tenant, User
from tenants.onboarding import OnboardingError, secret


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
    channel: Mapping[str, str]
    api_key: str


def onboard(path: Path) -> Onboarded:
    """Create or update the tenant that the file describes. Raises `OnboardingError`; then nothing was changed."""
    file = read(path)
    secrets = Secrets(
        password=secret(file.owner.password_env),
        channel=file.channel.credentials(),
        api_key=secret(file.ai.api_key_env),
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
            _apply_configuration(file, api_key=secrets.api_key, changes=changes)
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
    """The tenant's channel at this provider. The file describes one: a new number moves it, conversations and all."""
    wanted = {
        "provider": section.provider,
        "address": section.address,
        "account_id": section.account_id,
        "credentials": dict(credentials),
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
        "model_name": file.ai.model,
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
