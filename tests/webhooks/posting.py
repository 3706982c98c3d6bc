"""Requests to the webhook as Twilio makes them, and what is left of them afterwards."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import redis
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django_tenants.utils import schema_context
from twilio.request_validator import RequestValidator

from bots.models import Message, WebhookLog
from tenants.models import UnroutedWebhook
from tests.databases import PROJECT, SECRETS

ORIGIN = "https://bots.example.com"
WEBHOOK = "/api/whatsapp/webhook/"
STATUS = "/api/whatsapp/status/"
FORM = "application/x-www-form-urlencoded"
ACME_TOKEN = SECRETS["ACME_TWILIO_TOKEN"]
BRAVO_TOKEN = SECRETS["BRAVO_TWILIO_TOKEN"]
BRAVO_ACCOUNT = "AC0000000000000000000000000000bravo"
BRAVO_NUMBER = "whatsapp:+14155550199"


def payload(name: str, **changes: str) -> dict[str, str]:
    """The fields of a fixture, some of them changed."""
    fields = json.loads((PROJECT / f"tests/fixtures/webhooks/edge_{name}.json").read_text())
    return {**fields, **changes}


def without(fields: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in names}


def signature(
    fields: Mapping[str, str], *, token: str = ACME_TOKEN, url: str = ORIGIN + WEBHOOK, algorithm: str | None = None
) -> str:
    """What Twilio's own code computes for these fields, sent to this URL."""
    return RequestValidator(token).compute_signature(url, dict(fields), algorithm)


#: One for all: it sets up the middleware once.
BROWSER = Client()


def post(
    body: bytes,
    *,
    path: str = WEBHOOK,
    signed: str | None = None,
    content_type: str = FORM,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Post `body` as it is, through the proxy that ends TLS."""
    given = {"host": "bots.example.com", "x-forwarded-proto": "https", **(headers or {})}
    if signed is not None:
        given["x-twilio-signature"] = signed
    return BROWSER.generic("POST", path, body, content_type=content_type, headers=given)


def deliver(
    fields: Mapping[str, str],
    *,
    token: str = ACME_TOKEN,
    path: str = WEBHOOK,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Post the fields, signed by `token` for the public URL of `path`."""
    signed = signature(fields, token=token, url=ORIGIN + path)
    return post(urlencode(fields).encode(), path=path, signed=signed, headers=headers)


def messages(schema: str = "acme") -> list[Message]:
    with schema_context(schema):
        return list(Message.objects.select_related("conversation__contact").order_by("timestamp"))


def logs(schema: str = "acme") -> list[WebhookLog]:
    """In no certain order where requests of one transaction, such as a test's, made them."""
    with schema_context(schema):
        return list(WebhookLog.objects.select_related("message").order_by("timestamp"))


def unrouted() -> list[UnroutedWebhook]:
    with schema_context("public"):
        return list(UnroutedWebhook.objects.order_by("timestamp"))


def bells() -> list[Any]:
    """The arguments of each bell that waits in the broker's queue, oldest first."""
    waiting = redis.Redis.from_url(settings.REDIS_URL).lrange("switchboard", 0, -1)
    letters = [json.loads(letter) for letter in reversed(waiting)]
    return [
        json.loads(base64.b64decode(letter["body"]))[0]
        for letter in letters
        if letter["headers"]["task"] == "bots.tasks.take_turn"
    ]


def nothing_kept() -> bool:
    """No message of either tenant, and no bell."""
    return not messages("acme") and not messages("bravo") and not bells()
