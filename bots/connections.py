"""From rows to adapters: the platform's defaults stand in for what a tenant did not set."""

from __future__ import annotations

from django.conf import settings

from bots.ai import build_adapter
from bots.ai.base import BaseAIAdapter
from bots.models import AIConfiguration, Channel
from bots.whatsapp import build_client
from bots.whatsapp.base import WhatsAppClient


def credentials_of(channel: Channel) -> dict[str, str]:
    """The channel's secrets. The platform's token stands in only for the platform's own account."""
    if not channel.credentials and is_platforms_own(channel):
        return {"auth_token": settings.TENANT_DEFAULTS["TWILIO_AUTH_TOKEN"]}
    return channel.credentials


def is_platforms_own(channel: Channel) -> bool:
    """Whether the channel is of the account that the platform itself has at Twilio, and has not been removed."""
    return (
        channel.removed_at is None
        and channel.provider == "twilio"
        and channel.account_id == settings.TENANT_DEFAULTS["TWILIO_ACCOUNT_SID"]
        and bool(settings.TENANT_DEFAULTS["TWILIO_AUTH_TOKEN"])
    )


def client_of(channel: Channel) -> WhatsAppClient:
    """The client that speaks as this channel."""
    return build_client(
        provider=channel.provider,
        address=channel.address,
        account_id=channel.account_id,
        credentials=credentials_of(channel),
        api_base_url=api_base_url_of(channel.provider),
    )


def api_base_url_of(provider: str) -> str:
    """Where a WhatsApp provider's API is; empty: where the provider has it."""
    return {"twilio": settings.TWILIO_API_BASE_URL, "meta": settings.META_API_BASE_URL}[provider]


def api_key_of(configuration: AIConfiguration) -> str:
    """The tenant's key, else the platform's. The platform's never goes to a server that the tenant names."""
    if configuration.api_key or configuration.base_url:
        return configuration.api_key
    defaults = settings.TENANT_DEFAULTS
    return defaults["AI_API_KEY"] if configuration.provider == defaults["AI_PROVIDER"] else ""


def is_complete(configuration: AIConfiguration) -> bool:
    """Whether the provider could be asked at all."""
    match configuration.provider:
        case "builtin":
            return True
        case "custom":
            return bool(configuration.base_url and configuration.model_name)
        case _:
            return bool(api_key_of(configuration) and configuration.model_name)


def adapter_of(configuration: AIConfiguration) -> BaseAIAdapter:
    """The adapter that asks this configuration's provider."""
    return build_adapter(
        provider=configuration.provider,
        api_key=api_key_of(configuration),
        model=configuration.model_name,
        base_url=configuration.base_url,
        max_tokens=configuration.max_tokens,
        temperature=configuration.temperature,
        timeout=settings.AI_REQUEST_TIMEOUT,
        private_hosts=settings.PRIVATE_NETWORK_ALLOWLIST,
    )


def status_callback_url(*, provider: str, message_id: object) -> str:
    """Where the provider reports on a message. It carries our id: it settles a send whose answer never came."""
    return f"{settings.PUBLIC_BASE_URL}/api/whatsapp/status/{provider}/{message_id}/"


def media_url(token: str) -> str:
    """Where a provider fetches a file that we send (`bots.media.links`)."""
    return f"{settings.PUBLIC_BASE_URL}/api/whatsapp/media/{token}/"
