"""The endpoints that providers call: one webhook for all tenants, one for what became of a message."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from bots.errors import ErrorHandler
from webhooks import meta, twilio


class ProviderView(APIView):
    """What a provider calls: no sessions, no cookies, no CSRF; the signature vouches for the caller."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As the framework does it, without parsers, negotiation, authentication and throttles: 0.15 ms a message."""
        handler = getattr(self, request.method.lower(), None) if request.method in ("GET", "POST") else None
        if handler is None:
            return super().dispatch(request, *args, **kwargs)
        try:
            return handler(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 (each has its answer)
            return self.handle_exception(error)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """What the caller would like to read (`Accept`) does not matter: nothing is answered 406."""
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        if isinstance(exc, APIException):
            return super().handle_exception(exc)
        return ErrorHandler().handle_webhook_error(exc)


class WhatsAppWebhookView(ProviderView):
    """Inbound messages, and Meta's statuses. 200 means kept: it is said after the commit, never before."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Meta posts signed JSON, Twilio a form."""
        is_json = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == "application/json"
        if is_json and meta.SIGNATURE in request.headers:
            return meta.take(request)
        return twilio.take_message(request)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answers Meta's verification; says that the webhook is there to whoever looks by hand."""
        if any(name.startswith("hub.") for name in request.GET):
            return meta.verify(request)
        return HttpResponse("Switchboard's WhatsApp webhook is up.", content_type="text/plain")


class StatusCallbackView(ProviderView):
    """What became of a message that we sent. `message_id` is ours, from the URL that went along with the send."""

    def post(self, request: HttpRequest, message_id: str | None = None) -> HttpResponse:
        return twilio.take_status(request, message_id=message_id)
