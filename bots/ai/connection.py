"""The key and the address as an admin pastes them: checked before they can break a request."""

from __future__ import annotations

from urllib.parse import urlsplit

from bots.ai.base import AIError


def checked_key(key: str, *, provider: str) -> str:
    """The key without the blanks around it. Raises `AIError` (credentials) for one that no header could carry."""
    key = key.strip()
    if not key:
        raise AIError(f"{provider}: there is no API key", kind="credentials")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AIError(f"{provider}: the API key holds characters that no key has", kind="credentials")
    return key


def checked_base_url(url: str, *, provider: str) -> str:
    """The URL without the blanks around it. Raises `AIError` (configuration) for what is no http(s) address."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is no number
        valid = False
    if not valid:
        raise AIError(f"{provider}: the base URL is not a web address", kind="configuration")
    return url
