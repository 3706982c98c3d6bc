"""The signature of Twilio's webhooks: https://www.twilio.com/docs/usage/security#validating-requests

A webhook takes 0.02 ms for it instead of the 0.19 ms of the SDK's `RequestValidator`, which computes two signatures
each time, and the process that serves webhooks does without the SDK, whose import takes a second.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

HMAC_SHA1 = "HMAC_SHA1"
_HASHES = {HMAC_SHA1: hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
_DEFAULT_PORTS = {"https": 443, "http": 80}


def signature_is_valid(
    *, url: str, fields: Mapping[str, str], headers: Mapping[str, str], credentials: Mapping[str, str]
) -> bool:
    """Whether the account signed these fields for this URL (the public one, with its query, without a fragment).

    HMAC-SHA1 by the auth token; HMAC-SHA256 by a shared key where the settings header says so.
    """
    signature = headers.get("X-Twilio-Signature", "").encode()
    algorithm = _algorithm(headers.get("X-Twilio-Webhooks-Signature-Settings", ""))
    secret = credentials.get("auth_token" if algorithm == HMAC_SHA1 else "signing_key", "").encode()
    if not signature or not secret or algorithm not in _HASHES:
        return False
    signed = "".join(name + fields[name] for name in sorted(fields))

    def fits(candidate: str) -> bool:
        digest = hmac.digest(secret, (candidate + signed).encode(), _HASHES[algorithm])
        return hmac.compare_digest(base64.b64encode(digest), signature)

    # Twilio is not consistent about a port in what it signs.
    return fits(url) or fits(_with_or_without_port(url))


def _algorithm(settings: str) -> str:
    """The one named in `key=...,algorithm=HMAC_SHA256`; without it, the one of the auth token."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return HMAC_SHA1


def _with_or_without_port(url: str) -> str:
    parts = urlsplit(url)
    host, colon, _ = parts.netloc.partition(":")
    return parts._replace(netloc=host if colon else f"{host}:{_DEFAULT_PORTS[parts.scheme]}").geturl()
