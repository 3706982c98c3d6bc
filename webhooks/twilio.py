"""Twilio's requests: route, verify, parse, and one call into the domain."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import ProgrammingError
from django.http import HttpRequest, HttpResponse

from bots.connections import credentials_of
from bots.destinations import Destination
from bots.inbox import StaleError
from bots.models import WebhookLog
from bots.whatsapp import twilio_fields
from bots.whatsapp.base import MalformedError
from bots.whatsapp.twilio_signature import signature_is_valid
from webhooks import keeping
from webhooks.requests import Received, form_of
from webhooks.routing import NoRouteError, keep_unrouted, remembered, routed, until_it_holds_still

#: By their names in WSGI: see `webhooks.requests.kept_headers`.
SIGNATURE_HEADERS = {
    "HTTP_X_TWILIO_SIGNATURE": "X-Twilio-Signature",
    "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS": "X-Twilio-Webhooks-Signature-Settings",
}
EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def take_message(request: HttpRequest) -> HttpResponse:
    """An inbound message. Answers after the commit: 200 means kept."""
    started = time.monotonic()
    received, address = _read(request, WebhookLog.Kind.MESSAGE, started=started, address_of=twilio_fields.destination)
    # The plain case is decided from memory; whatever is not plain, from the rows as they stand.
    if (to := remembered(provider="twilio", address=address)) and not _forgery(received, to):
        # A programming error: the schema was dropped since.
        with suppress(StaleError, MalformedError, ProgrammingError):
            return _keep_message(received, to)
    return _take(received, address=address, keep=_keep_message)


def take_status(request: HttpRequest, *, message_id: str | None) -> HttpResponse:
    """A status callback; `message_id` is our own id, where the callback's URL holds it."""
    started = time.monotonic()
    received, address = _read(request, WebhookLog.Kind.STATUS, started=started, address_of=twilio_fields.origin)
    return _take(received, address=address, keep=partial(_keep_status, message_id=message_id))


def _read(
    request: HttpRequest, kind: WebhookLog.Kind, *, started: float, address_of: Callable[[dict[str, str]], str]
) -> tuple[Received, str]:
    """The request, and the number of ours that it names. Raises `BadRequest` and `RequestDataTooBig`."""
    fields: dict[str, str] = {}
    try:
        fields = form_of(request)
        received = Received(request=request, fields=fields, kind=kind, started=started)
        return received, address_of(received.storable_fields)
    except RequestDataTooBig:
        keep_unrouted(request, provider="twilio", status=413, reason="the request is too large")
        raise
    except (BadRequest, MalformedError) as error:
        keep_unrouted(request, provider="twilio", status=400, reason=f"malformed: {error}"[:200], fields=fields)
        raise BadRequest(str(error)) from None


def _take(received: Received, *, address: str, keep: Callable[[Received, Destination], HttpResponse]) -> HttpResponse:
    """Find the tenant by its number, and let nothing pass that its account did not sign. Raises what the database
    raises."""

    def take() -> HttpResponse:
        with routed(provider="twilio", address=address) as to:
            if refusal := _forgery(received, to):
                keeping.log_forged(received, to, why=refusal)
                return _text(403, "The request is not signed by this number's account.")
            try:
                return keep(received, to)
            except MalformedError as error:
                keeping.log_malformed(received, to, error=error, status=400)
                return _text(400, f"The request is malformed: {error}.")

    try:
        return until_it_holds_still(take)
    except NoRouteError:
        why = "nobody claimed the number"
        keep_unrouted(
            received.request, provider="twilio", status=404, reason=why, address=address, fields=received.fields
        )
        return _text(404, "No bot has this number.")


def _keep_message(received: Received, to: Destination) -> HttpResponse:
    keeping.keep_message(received, to, incoming=twilio_fields.parse(received.storable_fields))
    return HttpResponse(EMPTY_TWIML, content_type="text/xml; charset=utf-8")


def _keep_status(received: Received, to: Destination, *, message_id: str | None) -> HttpResponse:
    update = twilio_fields.parse_status(received.storable_fields)
    keeping.keep_status(received, to, update=update, message_id=message_id, answered=204)
    return HttpResponse(status=204)


def _forgery(received: Received, to: Destination) -> str:
    """Why the request is not the channel's own account speaking; empty: it is.

    The signature is checked over our public URL. Host and X-Forwarded-* are not asked: who forges a request writes
    them too.
    """
    request, fields = received.request, received.fields
    headers = {name: request.META[key] for key, name in SIGNATURE_HEADERS.items() if key in request.META}
    if not headers.get("X-Twilio-Signature"):
        return "The request carries no signature."
    if fields.get("AccountSid") != to.channel.account_id:
        return "The request comes from another account than the channel's."
    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    credentials = credentials_of(to.channel)
    if signature_is_valid(url=url, fields=fields, headers=headers, credentials=credentials):
        return ""
    return "The signature is wrong: the stored auth token or PUBLIC_BASE_URL is not what the provider signed with."


def _text(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
