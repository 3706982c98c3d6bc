"""What the verdict on a tenant's bot is reached from."""

from __future__ import annotations

from datetime import datetime

from bots.channels.findings import Findings
from bots.models import AIConfiguration, Channel
from dashboard import activity
from dashboard.channels.health import at_a_glance
from dashboard.verdict import Facts
from tenants.models import Tenant


def facts(
    tenant: Tenant, *, channel: Channel | None, configuration: AIConfiguration | None, waiting_since: datetime | None
) -> Facts:
    """For `verdict.judge`, of the tenant whose schema the request is in. One query more than its arguments took."""
    received = activity.last_received()
    return Facts(
        suspended=tenant.status == Tenant.Status.SUSPENDED,
        connected=channel is not None,
        configured=configuration is not None,
        channel_error=channel.error if channel else "",
        channel_needs_help=channel is not None and needs_help(channel),
        is_set_up=received is not None or (channel is not None and is_ready(channel)),
        last_inbound=received.timestamp if received else None,
        last_outcome=received.outcome if received else "",
        last_reason=received.outcome_reason if received else "",
        waiting_since=waiting_since,
        fallback_error=received.turn.error if received and received.turn and received.turn.is_fallback else "",
    )


def needs_help(channel: Channel) -> bool:
    """Whether its provider refuses it, by what it said last. No query, and no credentials."""
    findings = Findings.from_json(channel.findings)
    return at_a_glance(findings=findings, kept="readable", error=channel.error, is_signed=True).tone == "bad"


def is_ready(channel: Channel) -> bool:
    """Whether its provider, when it was asked last, had nothing left to set up. No query, and no credentials."""
    findings = Findings.from_json(channel.findings)
    return findings.credentials == "good" and findings.number in ("ready", "shared") and findings.webhook != ""
