"""Twilio's requests: route, verify, parse, and one call into the domain."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from bots.connections import credentials_of
from bots.models import WebhookLog
from bots.whatsapp import twilio_fields
from bots.whatsapp.base import MalformedError
from webhooks import keeping
from webhooks.requests import Received, form_of
from webhooks.routing import NoRouteError, Routed, keep_unrouted, routed

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def take_message(request: HttpRequest) -> HttpResponse:
    """An inbound message. Answers after the commit: 200 means kept."""
    return _take(request, kind=WebhookLog.Kind.MESSAGE, address_of=twilio_fields.destination, keep=_keep_message)


def take_status(request: HttpRequest, *, message_id: str | None) -> HttpResponse:
    """A status callback; `message_id` is our own id, where the callback's URL holds it."""

    def keep(received: Received, to: Routed) -> HttpResponse:
        return _keep_status(received, to, message_id=message_id)

    return _take(request, kind=WebhookLog.Kind.STATUS, address_of=twilio_fields.origin, keep=keep)


def _take(
    request: HttpRequest,
    *,
    kind: WebhookLog.Kind,
    address_of: Callable[[dict[str, str]], str],
    keep: Callable[[Received, Routed], HttpResponse],
) -> HttpResponse:
    """Find the tenant by the number of ours that the request names, and let nothing pass that its account did not sign.

    Raises `BadRequest`, `RequestDataTooBig` and what the database raises.
    """
    started, fields = time.monotonic(), {}
    try:
        fields = form_of(request)
        received = Received(request=request, fields=fields, kind=kind, started=started)
        address = address_of(received.storable_fields)
    except RequestDataTooBig:
        keep_unrouted(request, provider="twilio", status=413, reason="the request is too large")
        raise
    except (BadRequest, MalformedError) as error:
        keep_unrouted(request, provider="twilio", status=400, reason=f"malformed: {error}"[:200], fields=fields)
        raise BadRequest(str(error)) from None
    try:
        with routed(provider="twilio", address=address) as to:
            if refusal := _forgery(received, to):
                keeping.log_forged(received, to, why=refusal)
                return _text(403, "The request is not signed by this number's account.")
            try:
                return keep(received, to)
            except MalformedError as error:
                keeping.log_malformed(received, to, error=error, status=400)
                return _text(400, f"The request is malformed: {error}.")
    except NoRouteError:
        why = "nobody claimed the number"
        keep_unrouted(request, provider="twilio", status=404, reason=why, address=address, fields=fields)
        return _text(404, "No bot has this number.")


def _keep_message(received: Received, to: Routed) -> HttpResponse:
    keeping.keep_message(received, to, incoming=twilio_fields.parse(received.storable_fields))
    return HttpResponse(EMPTY_TWIML, content_type="text/xml; charset=utf-8")


def _keep_status(received: Received, to: Routed, *, message_id: str | None) -> HttpResponse:
    update = twilio_fields.parse_status(received.storable_fields)
    keeping.keep_status(received, to, update=update, message_id=message_id, answered=204)
    return HttpResponse(status=204)


def _forgery(received: Received, to: Routed) -> str:
    """Why the request is not the channel's own account speaking; empty: it is.

    The signature is checked over our public URL. Host and X-Forwarded-* are not asked: who forges a request writes
    them too.
    """
    request, fields = received.request, received.fields
    if not request.headers.get("X-Twilio-Signature"):
        return "The request carries no signature."
    if fields.get("AccountSid") != to.channel.account_id:
        return "The request comes from another account than the channel's."
    from bots.whatsapp import twilio

    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    credentials = credentials_of(to.channel)
    if twilio.signature_is_valid(url=url, fields=fields, headers=request.headers, credentials=credentials):
        return ""
    return "The signature is wrong: the stored auth token or PUBLIC_BASE_URL is not what the provider signed with."


def _text(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
