"""What every provider's webhook ends in, inside the tenant's schema: the inbox, a status, or a line in the log."""

from __future__ import annotations

from django.conf import settings

from bots import bell, inbox, limits, outbox
from bots.models import AIConfiguration, WebhookLog
from bots.whatsapp.base import Incoming, MalformedError, StatusUpdate
from webhooks.requests import Received
from webhooks.routing import Routed

#: Forged requests are anybody's to send: so many a minute are logged for one tenant, the rest are only refused.
MOST_FORGED_LOGS = 60


def keep_message(received: Received, to: Routed, *, incoming: Incoming) -> None:
    """Once this returns, the message is kept; a repeat only gets its log."""
    delay, ttl = _pace()
    log = received.log(to.channel, status=200, outcome=WebhookLog.Outcome.ACCEPTED)
    if to.tenant.status != to.tenant.Status.ACTIVE:
        log.error = f"The tenant is {to.tenant.status}: the message is kept and not answered."
    receipt = inbox.receive(channel=to.channel, incoming=incoming, delay=delay, ttl=ttl, log=log)
    if receipt.is_new:
        bell.ring(tenant_id=to.tenant.pk, conversation_id=receipt.conversation_id, delay=delay)


def keep_status(
    received: Received, to: Routed, *, update: StatusUpdate | None, message_id: str | None, answered: int
) -> None:
    """Raise the status of a message of ours, found by our id where the provider gave it back. `answered`: HTTP."""
    changed = update and outbox.raise_status(
        message_id=message_id,
        external_id=update.external_id,
        status=update.status,
        error_code=update.error_code,
        error_text=update.error_text,
    )
    outcome = WebhookLog.Outcome.UPDATED if changed else WebhookLog.Outcome.IGNORED
    log = received.log(to.channel, status=answered, outcome=outcome)
    log.message = changed or None
    log.save(force_insert=True)


def log_ignored(received: Received, to: Routed, *, answered: int) -> None:
    received.log(to.channel, status=answered, outcome=WebhookLog.Outcome.IGNORED).save(force_insert=True)


def log_forged(received: Received, to: Routed, *, why: str) -> None:
    if limits.within(MOST_FORGED_LOGS, "forged", to.tenant.schema_name):
        received.log(to.channel, status=403, outcome=WebhookLog.Outcome.FORGED, error=why).save(force_insert=True)


def log_malformed(received: Received, to: Routed, *, error: MalformedError, status: int) -> None:
    received.log(to.channel, status=status, outcome=WebhookLog.Outcome.MALFORMED, error=str(error)).save()


def _pace() -> tuple[float, float]:
    """Seconds to wait for the rest of a burst, seconds after which a conversation begins anew."""
    found = AIConfiguration.objects.filter(is_active=True).values_list("reply_delay_seconds", "ttl_seconds").first()
    return found or (0.0, float(settings.TENANT_DEFAULTS["CONVERSATION_TTL"]))
