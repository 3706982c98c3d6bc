"""An authenticator app: the six digits that it shows (RFC 6238, as Google Authenticator counts)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

PERIOD = 30


def code(secret: str, *, at: float | None = None) -> str:
    """The digits for a key in base32, now or at a moment in seconds."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // PERIOD)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def steady_code(secret: str, *, seconds: float = 3) -> str:
    """The digits, at a moment when they stay what they are for some seconds."""
    left = PERIOD - time.time() % PERIOD
    if left < seconds:
        time.sleep(left + 0.05)
    return code(secret)
