"""A message whose webhook was refused, taken in after all: as its provider tells it, never as the request told it.

The token that we had stored was not the account's, so that nothing vouched for the request. Now that the token is
right, the provider is asked for the message by its id, and only what it confirms becomes a message.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bots import bell, destinations, inbox
from bots.connections import client_of
from bots.destinations import Destination
from bots.inbox import LogEntry, Receipt, StaleError
from bots.models import Channel, WebhookLog
from bots.reprocessing import WINDOW, NotAgainError, Why
from bots.whatsapp.base import Incoming, WhatsAppError
from tenants.models import AuditEntry, Tenant, User
from tenants.secrets import SecretUnreadableError

#: The field of a provider's webhook that names the message, for those that can be asked for it; and the header, in
#: small letters, by which it signs.
NAMES = {"twilio": "MessageSid"}
SIGNATURES = {"twilio": "x-twilio-signature"}
FETCHED = "Not a request: fetched from the provider after its webhook had been refused."


def take_in(log_id: UUID, *, tenant: Tenant, by: User) -> UUID:
    """Ask the provider for the message of a refused request, and keep it; returns the message's id.

    Runs inside the tenant's schema. Raises `NotAgainError`.
    """
    log = WebhookLog.objects.select_related("channel").filter(pk=log_id).first()
    if log is None:
        raise NotAgainError("gone")
    if reason := hindrance(log, tenant=tenant):
        raise NotAgainError(reason)
    assert log.channel is not None
    began = time.monotonic()
    to = destinations.find(provider=log.channel.provider, address=log.channel.address)
    if to is None or to.tenant.pk != tenant.pk:
        raise NotAgainError("removed")
    incoming = _asked(to, external_id=_external_id(log))
    receipt = _kept(to, incoming=incoming, milliseconds=round((time.monotonic() - began) * 1000, 3))
    with transaction.atomic():
        WebhookLog.objects.filter(pk=log.pk).update(processed_again_at=timezone.now(), message=receipt.message_id)
        detail = {"log": str(log.pk), "messages": [str(receipt.message_id)]}
        AuditEntry.objects.create(tenant=tenant, actor=by, action="message.processed_again", detail=detail)
    if not receipt.is_new:
        raise NotAgainError("kept")
    bell.ring(tenant_id=tenant.pk, conversation_id=receipt.conversation_id, delay=receipt.delay)
    return receipt.message_id


def hindrance(log: WebhookLog, *, tenant: Tenant) -> Why | None:
    """Why a refused request's message is not asked for; None: it may be tried. Takes the log with its channel."""
    if log.kind != WebhookLog.Kind.MESSAGE:
        return "status"
    if log.message_id is not None:
        return "kept"
    if log.channel is None or log.channel.removed_at is not None:
        return "removed"
    if log.channel.provider not in NAMES:
        return "meta"
    is_over = timezone.now() - log.timestamp > WINDOW
    hindrances: dict[Why, bool] = {
        "unsigned": SIGNATURES[log.channel.provider] not in {name.lower() for name in log.headers},
        "malformed": not _external_id(log),
        "suspended": tenant.status != Tenant.Status.ACTIVE,
        "old": is_over,
    }
    return next((why for why, holds in hindrances.items() if holds), None)


def _external_id(log: WebhookLog) -> str:
    channel: Channel | None = log.channel
    return str(log.body.get(NAMES[channel.provider], "")) if channel else ""


def _asked(to: Destination, *, external_id: str) -> Incoming:
    """The message as its provider has it."""
    try:
        found = client_of(to.channel).find_received(external_id)
    except (WhatsAppError, SecretUnreadableError) as error:
        raise NotAgainError("provider") from error
    if found is None:
        raise NotAgainError("unconfirmed")
    if timezone.now() - found.created_at > WINDOW + timedelta(minutes=1):
        raise NotAgainError("old")
    return found.incoming


def _kept(to: Destination, *, incoming: Incoming, milliseconds: float) -> Receipt:
    entry = LogEntry(
        method="GET",
        headers={},
        body={"MessageSid": incoming.external_id},
        response_status=200,
        processing_time=milliseconds,
        kind=WebhookLog.Kind.MESSAGE,
        error=FETCHED,
    )
    try:
        return inbox.receive(to=to, incoming=incoming, log=entry)
    except StaleError as error:
        raise NotAgainError("changed") from error
