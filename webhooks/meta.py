"""Meta's requests: one post may speak of many numbers, each of which is verified with its own tenant's app secret."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import partial
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django_tenants.utils import schema_context

from bots.destinations import Destination
from bots.models import WebhookLog
from bots.storable import storable
from bots.whatsapp import meta_fields
from bots.whatsapp.base import MalformedError
from tenants.models import Route, Tenant
from webhooks import keeping
from webhooks.requests import Received
from webhooks.routing import NoRouteError, keep_unrouted, routed, until_it_holds_still

SIGNATURE = "X-Hub-Signature-256"
#: The numbers of one app that a single post may name: each costs a look at its route.
MOST_NUMBERS = 100
LONGEST_CHALLENGE = 200
#: A change has some five parts.
MOST_KEPT_PARTS = 20


def verify(request: HttpRequest) -> HttpResponse:
    """Meta asks, when the webhook is set up, whether it leads to somebody who knows the verify token."""
    given = request.GET
    token, challenge = given.get("hub.verify_token", ""), given.get("hub.challenge", "")
    # Found by its hash: how long the search takes tells nothing about the token.
    with schema_context("public"):
        known = (
            Route.objects.filter(provider="meta", verification=meta_fields.verification_of(token))
            .exclude(tenant__status=Tenant.Status.CLOSED)
            .exists()
        )
    if not known or not token or given.get("hub.mode") != "subscribe" or len(challenge) > LONGEST_CHALLENGE:
        return _text(403, "No bot has this verify token.")
    return _text(200, challenge)


def take(request: HttpRequest) -> HttpResponse:
    """Messages and statuses. 200 means that all that was signed and understood is kept.

    Meta repeats for days whatever is answered otherwise, so that a part which nobody can take does not spoil the rest:
    403, 404 and 400 are said when there is no other part. Raises `BadRequest`, `RequestDataTooBig` and what the
    database raises.
    """
    started = time.monotonic()
    try:
        body = request.body
        by_number = _by_number(meta_fields.changes(body))
    except RequestDataTooBig:
        keep_unrouted(request, provider="meta", status=413, reason="the request is too large")
        raise
    except MalformedError as error:
        keep_unrouted(request, provider="meta", status=400, reason=f"malformed: {error}")
        raise BadRequest(str(error)) from None

    def take_number(phone_number_id: str, changes: list[meta_fields.Change]) -> set[int]:
        with routed(provider="meta", address=phone_number_id) as to:
            return _take_number(request, to, body=body, changes=changes, started=started)

    answers = set()
    for phone_number_id, changes in by_number.items():
        try:
            answers |= until_it_holds_still(partial(take_number, phone_number_id, changes))
        except NoRouteError:
            keep_unrouted(
                request,
                provider="meta",
                status=404,
                reason="nobody claimed the number",
                address=phone_number_id,
                fields=islice(changes[0].value, MOST_KEPT_PARTS),
            )
            answers.add(404)
    return next(_text(status, text) for status, text in ANSWERS.items() if status in answers)


#: The first that holds is the answer.
ANSWERS = {
    200: "",
    400: "The request is malformed.",
    403: "The request is not signed by this number's app.",
    404: "No bot has this number.",
}


def _by_number(changes: list[meta_fields.Change]) -> dict[str, list[meta_fields.Change]]:
    """The changes of each number, in order. Raises `MalformedError`."""

    def number(change: meta_fields.Change) -> str:
        return change.phone_number_id

    found = {name: list(same) for name, same in groupby(sorted(changes, key=number), key=number)}
    if len(found) > MOST_NUMBERS:
        raise MalformedError("too many numbers")
    return found


def _take_number(
    request: HttpRequest, to: Destination, *, body: bytes, changes: list[meta_fields.Change], started: float
) -> set[int]:
    """Take what one number's changes hold; returns what each part of it would be answered alone."""

    def received(value: Mapping[str, Any], kind: WebhookLog.Kind) -> Received:
        return Received(request=request, fields=_fields(value), kind=kind, started=started)

    if why := _forgery(request, to, body=body):
        kind = WebhookLog.Kind.MESSAGE if "messages" in changes[0].value else WebhookLog.Kind.STATUS
        keeping.log_forged(received(changes[0].value, kind), to, why=why)
        return {403}
    answers = set()
    for change in changes:
        parts = [
            *((_keep_message, received(value, WebhookLog.Kind.MESSAGE), value) for value in change.each("messages")),
            *((_keep_status, received(value, WebhookLog.Kind.STATUS), value) for value in change.each("statuses")),
        ]
        for keep, part, value in parts:
            try:
                keep(part, to, value)
                answers.add(200)
            except MalformedError as error:
                keeping.log_malformed(part, to, error=error, status=400)
                answers.add(400)
        if not parts:
            # Other fields that the app subscribed to, errors of the account, whatever Meta adds.
            keeping.log_ignored(received(change.value, WebhookLog.Kind.STATUS), to, answered=200)
            answers.add(200)
    return answers


def _keep_message(received: Received, to: Destination, value: dict[str, Any]) -> None:
    keeping.keep_message(received, to, incoming=meta_fields.parse(value))


def _keep_status(received: Received, to: Destination, value: dict[str, Any]) -> None:
    report = meta_fields.parse_status(value)
    try:
        message_id = str(UUID(report.carried)) if report else None
    except ValueError:
        message_id = None
    keeping.keep_status(received, to, update=report, message_id=message_id, answered=200)


def _forgery(request: HttpRequest, to: Destination, *, body: bytes) -> str:
    """Why the request is not the number's own app speaking; empty: it is."""
    if not (signature := request.headers.get(SIGNATURE, "")):
        return "The request carries no signature."
    secret = to.channel.credentials.get("app_secret", "")
    if meta_fields.signature_is_valid(body=body, signature=signature, app_secret=secret):
        return ""
    return "The signature is wrong: the stored app secret is not what the provider signed with."


def _fields(value: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a change as text, for the log."""
    return {storable(name): _as_text(part) for name, part in islice(value.items(), MOST_KEPT_PARTS)}


def _as_text(part: Any) -> str:
    try:
        return storable(part if isinstance(part, str) else json.dumps(part, ensure_ascii=False))
    except RecursionError:
        return "(nested too deeply)"


def _text(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
