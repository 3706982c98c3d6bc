"""Ask a channel's provider how things stand, and write down what it said."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from bots.channels.findings import Findings, Visited, ask
from bots.connections import api_base_url_of, credentials_of
from bots.models import Channel
from bots.whatsapp.accounts import AccountError, Problem, ProviderAccount, account_of
from tenants.context import release_connection

PASSING: tuple[Problem, ...] = ("unreachable", "too_many_requests")
#: The fragment makes Twilio repeat whatever fails, five times within 15 s; it is neither sent nor signed.
#: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
PATIENT = {"twilio": "#rc=5&rp=all"}


def check(channel: Channel) -> Findings:
    """What the provider says now. Holds no database connection while it asks.

    Raises `AccountError` where it could not be asked, and what is known stays; `SecretUnreadableError`.
    """
    account = visit(channel)
    release_connection()
    visited = ask(account, now=timezone.now())
    if problem := passing(visited.findings):
        raise AccountError(problem)
    keep(channel, visited)
    return visited.findings


def passing(found: Findings) -> Problem | None:
    """What kept the provider from answering, if that is all that is wrong: it says nothing of the number."""
    problems = (found.credentials, found.number_problem, found.webhook_problem)
    return next((problem for problem in PASSING if problem in problems), None)


def visit(channel: Channel) -> ProviderAccount:
    """A visit to the provider with what the channel has. Raises `SecretUnreadableError`."""
    return account_of(
        provider=channel.provider,
        address=channel.address,
        account_id=channel.account_id,
        credentials=credentials_of(channel),
        api_base_url=api_base_url_of(channel.provider),
    )


def keep(channel: Channel, visited: Visited) -> None:
    """Write down what was found, unless the channel was given other credentials or another number meanwhile."""
    found = visited.findings
    changes = {"findings": found.as_json(), **({"phone": visited.phone} if visited.phone else {})}
    if found.credentials == "good":
        changes["error"] = ""
    asked_for = {"credentials_set_at": channel.credentials_set_at, "address": channel.address}
    Channel.objects.filter(pk=channel.pk, **asked_for).update(**changes)


def messages_url(provider: str) -> str:
    """Where the provider is to post messages, as it is pasted into the provider's own form."""
    return f"{settings.PUBLIC_BASE_URL}/api/whatsapp/webhook/{PATIENT.get(provider, '')}"


def statuses_url() -> str:
    """Where reports of messages go that name no address of their own."""
    return f"{settings.PUBLIC_BASE_URL}/api/whatsapp/status/"


def leads_here(url: str | None) -> bool:
    """Whether what is set at the provider is this platform's webhook, with or without Twilio's retry settings."""
    return (url or "").partition("#")[0] == messages_url("").partition("#")[0]
