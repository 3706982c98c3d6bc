"""WhatsApp providers, one file each. A provider's SDK is imported when it is first spoken to, never before."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from bots.whatsapp.base import WhatsAppClient

#: What a channel calls a provider -> the dotted path of its client. A new provider is one line here.
PROVIDERS = {
    "twilio": "bots.whatsapp.twilio.TwilioClient",
    "meta": "bots.whatsapp.meta.MetaClient",
}


def build_client(
    *, provider: str, address: str, account_id: str, credentials: Mapping[str, str], api_base_url: str = ""
) -> WhatsAppClient:
    """The client of one channel. Cheap; no network is touched. Raises `KeyError` for a provider not in `PROVIDERS`."""
    return _client(provider)(address=address, account_id=account_id, credentials=credentials, api_base_url=api_base_url)


def max_length(provider: str) -> int:
    """The longest text of one of the provider's messages, in characters."""
    return _client(provider).max_length


def can_quote(provider: str) -> bool:
    """Whether a text may answer to one message in particular."""
    return _client(provider).quotes


def _client(provider: str) -> type[WhatsAppClient]:
    module, _, name = PROVIDERS[provider].rpartition(".")
    client: type[WhatsAppClient] = getattr(import_module(module), name)
    return client
