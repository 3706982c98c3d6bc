"""What Twilio posts: signed forms, each of them new."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import itertools
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

PUBLIC_URL = "https://bots.example.com"
PATH = "/api/whatsapp/webhook/"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_numbers = itertools.count(1)
_run = uuid4().hex[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A business on the platform under measurement."""

    slug: str
    number: str
    account_sid: str
    auth_token: str


@dataclass(frozen=True, slots=True)
class Post:
    """One request: its body, and the headers that matter."""

    body: bytes
    signature: str


def phone_of(contact: int) -> str:
    """Their number, without the +."""
    return f"49151{contact:08d}"


def message(tenant: Tenant, *, contact: int) -> Post:
    """A contact writes to the tenant; `contact` counts from 0."""
    sid, phone = f"SM{_run}{next(_numbers):012x}", phone_of(contact)
    fields = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Ada Lovelace",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": phone,
        "SmsStatus": "received",
        "Body": "How much is a croissant? € & more",
        "To": f"whatsapp:{tenant.number}",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": tenant.account_sid,
        "From": f"whatsapp:+{phone}",
        "ApiVersion": "2010-04-01",
    }
    return Post(urlencode(fields).encode(), signature(fields, token=tenant.auth_token))


def signature(fields: dict[str, str], *, token: str) -> str:
    """https://www.twilio.com/docs/usage/security#validating-requests"""
    signed = PUBLIC_URL + PATH + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def call(application: Application, post: Post) -> None:
    """One request through a WSGI application, as a server does it. Raises `RuntimeError` unless it is answered 200."""
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": PATH,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(post.body)),
        "HTTP_HOST": urlsplit(PUBLIC_URL).netloc,
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_TWILIO_SIGNATURE": post.signature,
        "HTTP_USER_AGENT": "TwilioProxy/1.1",
        "HTTP_ACCEPT": "*/*",
        "HTTP_I_TWILIO_IDEMPOTENCY_TOKEN": "7d3f6a0e-5c0b-4b7e-9f2a-1f0c5d9e8b7a",
        "wsgi.input": io.BytesIO(post.body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    said: list[str] = []
    answer = application(environ, lambda status, headers, exc_info=None: said.append(status))
    body = b"".join(answer)
    if close := getattr(answer, "close", None):
        close()
    if said != ["200 OK"]:
        raise RuntimeError(f"the webhook answered {said}: {body[:300]!r}")


def as_http(post: Post) -> bytes:
    """The request as it goes through a socket."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {urlsplit(PUBLIC_URL).netloc}\r\nX-Forwarded-Proto: https\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(post.body)}\r\n"
        f"X-Twilio-Signature: {post.signature}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        "I-Twilio-Idempotency-Token: 7d3f6a0e-5c0b-4b7e-9f2a-1f0c5d9e8b7a\r\n\r\n"
    )
    return head.encode() + post.body
