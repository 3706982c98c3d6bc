"""AI providers, one file each. A provider's SDK is imported when its first adapter is built, never before."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module

from bots.ai.base import BaseAIAdapter

#: What a configuration calls a provider -> the dotted path of its adapter. A new provider is one line here.
PROVIDERS = {
    "openai": "bots.ai.openai.OpenAIAdapter",
    "anthropic": "bots.ai.anthropic.AnthropicAdapter",
    "custom": "bots.ai.custom.CustomAdapter",
    "builtin": "bots.ai.builtin.BuiltinAdapter",
}


def provider_name(name: str) -> str:
    """`name`, if a configuration may name it as its provider. Raises `ValueError`."""
    if name not in PROVIDERS:
        raise ValueError(f"must be one of {', '.join(PROVIDERS)}")
    return name


def build_adapter(
    *,
    provider: str,
    api_key: str,
    model: str,
    base_url: str = "",
    max_tokens: int,
    temperature: float,
    timeout: float,
    private_hosts: Collection[str] = (),
) -> BaseAIAdapter:
    """The adapter of one tenant's configuration. Cheap once the provider's SDK is loaded; a network is not touched.

    `timeout` is in seconds, for one whole call. `private_hosts` (`host` or `host:port`) may be reached although their
    addresses are not public. Raises `KeyError` for a provider that is not in `PROVIDERS`.
    """
    module, _, name = PROVIDERS[provider].rpartition(".")
    adapter: type[BaseAIAdapter] = getattr(import_module(module), name)
    return adapter(
        api_key=api_key,
        model=model,
        base_url=base_url,
        max_tokens=max_tokens,
        temperature=temperature,
        timeout=timeout,
        private_hosts=private_hosts,
    )
