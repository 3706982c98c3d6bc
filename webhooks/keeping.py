"""What every provider's webhook ends in, inside the tenant's schema: the inbox, a status, or a line in the log."""

from __future__ import annotations

from bots import bell, inbox, limits, statuses
from bots.destinations import Destination
from bots.models import WebhookLog
from bots.whatsapp.base import Incoming, MalformedError, StatusUpdate
from webhooks.requests import Received

#: Forged requests are anybody's to send: so many a minute are logged for one tenant, the rest are only refused.
MOST_FORGED_LOGS = 60


def keep_message(received: Received, to: Destination, *, incoming: Incoming) -> None:
    """Once this returns, the message is kept; a repeat only gets its log. Raises `bots.inbox.StaleError`."""
    status = to.tenant.status
    error = "" if status == "active" else f"The tenant is {status}: the message is kept and not answered."
    receipt = inbox.receive(to=to, incoming=incoming, log=received.entry(status=200, error=error))
    if receipt.is_new:
        bell.ring(tenant_id=to.tenant.pk, conversation_id=receipt.conversation_id, delay=receipt.delay)


def keep_status(
    received: Received, to: Destination, *, update: StatusUpdate | None, message_id: str | None, answered: int
) -> None:
    """Raise the status of a message of ours, found by our id where the provider gave it back. `answered`: HTTP."""
    changed = update and statuses.raise_status(
        message_id=message_id,
        external_id=update.external_id,
        status=update.status,
        error_code=update.error_code,
        error_text=update.error_text,
        opted_out=update.opted_out,
    )
    outcome = WebhookLog.Outcome.UPDATED if changed else WebhookLog.Outcome.IGNORED
    log = received.log(to.channel, status=answered, outcome=outcome)
    log.message = changed or None
    log.save(force_insert=True)


def log_ignored(received: Received, to: Destination, *, answered: int) -> None:
    received.log(to.channel, status=answered, outcome=WebhookLog.Outcome.IGNORED).save(force_insert=True)


def log_forged(received: Received, to: Destination, *, why: str) -> None:
    if limits.within(MOST_FORGED_LOGS, "forged", to.tenant.schema_name):
        received.log(to.channel, status=403, outcome=WebhookLog.Outcome.FORGED, error=why).save(force_insert=True)


def log_malformed(received: Received, to: Destination, *, error: MalformedError, status: int) -> None:
    received.log(to.channel, status=status, outcome=WebhookLog.Outcome.MALFORMED, error=str(error)).save()
