"""The shared webhook: every tenant's provider posts here."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.views import APIView

from bots import bell, inbox, outbox
from bots.connections import credentials_of
from bots.errors import ErrorHandler
from bots.models import AIConfiguration, WebhookLog
from bots.whatsapp import twilio_fields
from bots.whatsapp.base import MalformedError
from webhooks.requests import form_of, new_log, storable
from webhooks.routing import NoRouteError, Routed, keep_unrouted, routed

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class ProviderView(APIView):
    """What a provider calls: no sessions, no cookies, no CSRF; the signature vouches for the caller."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = ()

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        if isinstance(exc, APIException):
            return super().handle_exception(exc)
        return ErrorHandler().handle_webhook_error(exc)


class WhatsAppWebhookView(ProviderView):
    """Inbound messages. 200 means kept: it is said after the commit, never before."""

    def post(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        fields = form_of(request)
        try:
            address = twilio_fields.destination(fields)
            with routed(provider="twilio", address=address) as to:
                return _receive(request, fields=fields, to=to, started=started)
        except MalformedError as error:
            raise BadRequest(str(error)) from None
        except NoRouteError:
            keep_unrouted(
                request,
                provider="twilio",
                address=address,
                fields=fields,
                status=404,
                reason="nobody claimed the number",
            )
            return _text(404, "No bot answers at this number.")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Says that the webhook is there, to whoever looks by hand."""
        return _text(200, "Switchboard's WhatsApp webhook is up.")


class StatusCallbackView(ProviderView):
    """What became of a message that we sent. `message_id` is ours, from the URL that went along with the send."""

    def post(self, request: HttpRequest, message_id: str | None = None) -> HttpResponse:
        started = time.monotonic()
        fields = form_of(request)
        try:
            address = twilio_fields.origin(fields)
            with routed(provider="twilio", address=address) as to:
                return _update(request, fields=fields, to=to, started=started, message_id=message_id)
        except MalformedError as error:
            raise BadRequest(str(error)) from None
        except NoRouteError:
            keep_unrouted(
                request,
                provider="twilio",
                address=address,
                fields=fields,
                status=404,
                reason="nobody claimed the number",
            )
            return _text(404, "No bot sends from this number.")


def _receive(request: HttpRequest, *, fields: dict[str, str], to: Routed, started: float) -> HttpResponse:
    if not _is_signed(request, fields=fields, to=to):
        return _refuse(request, fields=fields, to=to, started=started, kind=WebhookLog.Kind.MESSAGE)
    try:
        incoming = twilio_fields.parse(storable(fields))
    except MalformedError as error:
        return _malformed(request, error, fields=fields, to=to, started=started, kind=WebhookLog.Kind.MESSAGE)
    delay, ttl = _pace()
    log = new_log(request, fields=fields, kind=WebhookLog.Kind.MESSAGE, started=started)
    if to.tenant.status != to.tenant.Status.ACTIVE:
        log.error = f"The tenant is {to.tenant.status}: the message is kept and not answered."
    receipt = inbox.receive(channel=to.channel, incoming=incoming, delay=delay, ttl=ttl, log=log)
    if receipt.is_new:
        bell.ring(tenant_id=to.tenant.pk, conversation_id=receipt.conversation_id, delay=delay)
    return HttpResponse(EMPTY_TWIML, content_type="text/xml; charset=utf-8")


def _update(
    request: HttpRequest, *, fields: dict[str, str], to: Routed, started: float, message_id: str | None
) -> HttpResponse:
    kind = WebhookLog.Kind.STATUS
    if not _is_signed(request, fields=fields, to=to):
        return _refuse(request, fields=fields, to=to, started=started, kind=kind)
    try:
        update = twilio_fields.parse_status(storable(fields))
    except MalformedError as error:
        return _malformed(request, error, fields=fields, to=to, started=started, kind=kind)
    changed = update and outbox.raise_status(
        message_id=message_id,
        external_id=update.external_id,
        status=update.status,
        error_code=update.error_code,
        error_text=update.error_text,
    )
    log = new_log(request, fields=fields, kind=kind, started=started)
    log.response_status, log.channel, log.message = 204, to.channel, changed or None
    log.outcome = WebhookLog.Outcome.UPDATED if changed else WebhookLog.Outcome.IGNORED
    log.save(force_insert=True)
    return HttpResponse(status=204)


def _is_signed(request: HttpRequest, *, fields: dict[str, str], to: Routed) -> bool:
    """Whether the channel's own account signed this request for our public URL. Host and X-Forwarded-* are not asked:
    whoever forges a request writes them too."""
    if fields.get("AccountSid") != to.channel.account_id or not request.headers.get("X-Twilio-Signature"):
        return False
    from bots.whatsapp import twilio

    return twilio.signature_is_valid(
        url=settings.PUBLIC_BASE_URL + request.get_full_path(),
        fields=fields,
        headers=request.headers,
        credentials=credentials_of(to.channel),
    )


def _refuse(
    request: HttpRequest, *, fields: dict[str, str], to: Routed, started: float, kind: WebhookLog.Kind
) -> HttpResponse:
    if not request.headers.get("X-Twilio-Signature"):
        why = "The request carries no signature."
    elif fields.get("AccountSid") != to.channel.account_id:
        why = "The request comes from another account than the channel's."
    else:
        why = "The signature is wrong: the stored auth token or PUBLIC_BASE_URL is not what the provider signed with."
    log = new_log(request, fields=fields, kind=kind, started=started)
    log.response_status, log.outcome, log.channel, log.error = 403, WebhookLog.Outcome.FORGED, to.channel, why
    log.save(force_insert=True)
    return _text(403, "The request is not signed by this number's account.")


def _malformed(
    request: HttpRequest,
    error: MalformedError,
    *,
    fields: dict[str, str],
    to: Routed,
    started: float,
    kind: WebhookLog.Kind,
) -> HttpResponse:
    log = new_log(request, fields=fields, kind=kind, started=started)
    log.response_status, log.outcome, log.channel, log.error = 400, WebhookLog.Outcome.MALFORMED, to.channel, str(error)
    log.save(force_insert=True)
    return _text(400, f"The request is malformed: {error}.")


def _pace() -> tuple[float, float]:
    """Seconds to wait for the rest of a burst, seconds after which a conversation begins anew."""
    found = AIConfiguration.objects.filter(is_active=True).values_list("reply_delay_seconds", "ttl_seconds").first()
    return found or (0.0, float(settings.TENANT_DEFAULTS["CONVERSATION_TTL"]))


def _text(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
