"""Have the provider post a number's messages here."""

from __future__ import annotations

from django.utils import timezone

from bots.channels.checking import keep, messages_url, passing, statuses_url, visit
from bots.channels.connecting import record
from bots.channels.findings import Findings, ask
from bots.models import Channel
from tenants.context import release_connection
from tenants.models import Tenant, User


def set_webhook(channel: Channel, *, tenant: Tenant, actor: User) -> Findings:
    """Set it through the provider's API, and read back what is set there now.

    Raises `AccountError` (`cannot_set`: only a person can), `SecretUnreadableError`.
    """
    account = visit(channel)
    release_connection()
    account.set_webhook(messages=messages_url(channel.provider), statuses=statuses_url())
    record(channel, verb="webhook_set", tenant=tenant, actor=actor)
    release_connection()
    visited = ask(account, now=timezone.now())
    if passing(visited.findings) is None:
        keep(channel, visited)
    return visited.findings
