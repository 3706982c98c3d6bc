"""What came in, once: an inbound message becomes rows, in one transaction of the tenant's schema."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, OperationalError

from bots.destinations import Destination
from bots.group_commit import GroupCommit
from bots.prepared import Work
from bots.receiving import MEET, RENAME, TAKE
from bots.whatsapp.base import Incoming

#: A message restarts the wait for the rest of a burst, but nobody waits longer than so many waits.
MOST_WAITS = 4
_together = GroupCommit()


class StaleError(OperationalError):
    """The destination is not what it was when it was read: nothing was written. Read it again, and decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """The request that brought the message, as `WebhookLog` has it."""

    method: str
    headers: dict[str, str]
    body: dict[str, str]
    response_status: int
    #: Milliseconds.
    processing_time: float
    kind: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an inbound message. `is_new` is False for a repeat, which changes nothing.

    `delay`: seconds until the conversation is due, if nobody writes meanwhile.
    """

    conversation_id: UUID
    message_id: UUID
    is_new: bool
    delay: float


def receive(*, to: Destination, incoming: Incoming, log: LogEntry) -> Receipt:
    """Keep the message and its log, and make its conversation due once the wait for the rest of a burst is over.

    Once this returns, the message is kept. Raises `StaleError`.
    """
    values: dict[str, Any] = {
        "provider": to.channel.provider,
        "address": to.channel.address,
        "tenant": to.tenant.pk,
        "schema": to.tenant.schema_name,
        "status": to.tenant.status,
        "channel": str(to.channel.pk),
        "account": to.channel.account_id,
        "sealed": to.sealed,
        "default_ttl": settings.TENANT_DEFAULTS["CONVERSATION_TTL"],
        "most_waits": MOST_WAITS,
        # PostgreSQL may open a file for each that it makes itself: 3 % of its CPU of a webhook.
        "new_conversation": str(uuid4()),
        "new_message": str(uuid4()),
        "new_log": str(uuid4()),
        "sender": incoming.sender,
        "reply_to": incoming.reply_to,
        "phone": incoming.phone,
        "profile_name": incoming.profile_name,
        "external_id": incoming.external_id,
        "kind": incoming.kind,
        "text": incoming.text,
        "media": json.dumps([asdict(media) for media in incoming.media]),
        "details": json.dumps(incoming.details),
        "method": log.method,
        "headers": json.dumps(log.headers),
        "body": json.dumps(log.body),
        "response_status": log.response_status,
        "processing_time": log.processing_time,
        "error": log.error,
        "log_kind": log.kind,
    }
    try:
        return _run(to, values)
    except IntegrityError:
        # Two copies of one message, or two messages that gave one contact two identities, at the same time. The second
        # look finds what the first made.
        return _run(to, values)


def _run(to: Destination, values: dict[str, Any]) -> Receipt:
    changes_identity = values["phone"] not in ("", values["sender"])
    whoever = [RENAME, MEET, TAKE] if changes_identity else [MEET, TAKE]
    works = [Work.of(statements, values, schema_name=to.tenant.schema_name) for statements in ([TAKE], whoever)]
    # What is locked is the contact's.
    order = f"{to.tenant.schema_name} {values['channel']} {values['sender']}"
    if (said := _together.run(*works, key=values["new_log"], order=order)) is None:
        raise StaleError("the destination changed while a message came")
    conversation_id, message_id, is_new, delay = said
    return Receipt(UUID(conversation_id), UUID(message_id), is_new, delay)
