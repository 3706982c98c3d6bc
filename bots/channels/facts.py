"""What happened on a channel lately: values for the checklist and the health card, read without any secret."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from bots.channels.findings import Findings
from bots.connections import is_platforms_own
from bots.models import Channel, Conversation, Message, WebhookLog
from tenants.secrets import opens

#: The conversations in which the newest message of a channel is looked for.
NEWEST = 20

Kept = Literal["readable", "missing", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A message that was sent, or should have been."""

    at: datetime
    status: str
    error_code: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one channel. `refusal`: why a request was refused since the last message
    that was taken, and since the credentials were given."""

    findings: Findings
    kept: Kept
    error: str
    last_inbound: datetime | None
    #: Whether a message came in since the credentials were given: it proves that they are the account's.
    is_signed: bool
    refusal: str
    refused_at: datetime | None
    last_outbound: Outbound | None
    trial: Outbound | None


def facts(channel: Channel) -> Facts:
    """Six queries at most, each over an index or a bounded number of rows."""
    conversations = list(
        Conversation.objects.filter(contact__channel=channel)
        .order_by("-last_activity")
        .values_list("pk", flat=True)[:NEWEST]
    )
    messages = Message.objects.filter(conversation__in=conversations).order_by("-timestamp")
    received = messages.filter(direction=Message.Direction.IN).values_list("timestamp", flat=True).first()
    refused = _refused(channel, since=max(filter(None, (received, channel.credentials_set_at)), default=None))
    return Facts(
        findings=Findings.from_json(channel.findings),
        kept=kept(channel),
        error=channel.error,
        last_inbound=received,
        is_signed=received is not None
        and (channel.credentials_set_at is None or received > channel.credentials_set_at),
        refusal=(refused.error or "") if refused else "",
        refused_at=refused.timestamp if refused else None,
        last_outbound=_outbound(messages.filter(direction=Message.Direction.OUT)),
        trial=_outbound(Message.objects.filter(pk=channel.test_message_id)) if channel.test_message_id else None,
    )


def kept(channel: Channel) -> Kept:
    """Whether there are credentials to work with, and whether a key of this process opens them."""
    return all_kept([channel])[channel.pk]


def all_kept(channels: Collection[Channel]) -> dict[UUID, Kept]:
    """The same of several, in one query. Nothing of what is opened is handed on."""
    column = Cast("credentials", TextField())
    ciphertexts = dict(Channel.objects.filter(pk__in=[one.pk for one in channels]).values_list("pk", column))
    return {channel.pk: _kept(channel, ciphertext=ciphertexts.get(channel.pk) or "") for channel in channels}


def _kept(channel: Channel, *, ciphertext: str) -> Kept:
    if ciphertext:
        return "readable" if opens(ciphertext) else "unreadable"
    return "readable" if is_platforms_own(channel) else "missing"


def _refused(channel: Channel, *, since: datetime | None) -> WebhookLog | None:
    """The last request in this number's name that nobody vouched for, since a good one or since new credentials."""
    refused = WebhookLog.objects.filter(channel=channel, outcome=WebhookLog.Outcome.FORGED)
    if since is not None:
        refused = refused.filter(timestamp__gt=since)
    return refused.only("timestamp", "error").order_by("-timestamp").first()


def _outbound(messages: QuerySet[Message]) -> Outbound | None:
    row = messages.values("timestamp", "status", "error_code", "error").first()
    if row is None:
        return None
    return Outbound(at=row["timestamp"], status=row["status"], error_code=row["error_code"], error=row["error"])
