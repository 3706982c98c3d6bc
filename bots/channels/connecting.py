"""Connect a number, change what it is reached with, remove it: the channel, its route and the audit in one commit.

A destination is claimed only when its provider says that it belongs to the account whose credentials were given:
nobody takes a number that is not theirs.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.utils import timezone

from bots.channels.findings import Visited, ask
from bots.connections import api_base_url_of
from bots.models import Channel, Message
from bots.outbox import UNSENT
from bots.whatsapp import meta_fields
from bots.whatsapp.accounts import Problem, account_of
from tenants.context import release_connection
from tenants.models import AuditEntry, Route, Tenant, User
from tenants.onboarding import claim_route
from tenants.secrets import SecretUnreadableError

Refusal = Problem | Literal["not_in_account", "held_by_another", "connected_already", "removed_before"]
REMOVED = "The number was removed"


class ConnectError(Exception):
    """The number cannot be connected like this; nothing was changed. `code`: the provider's own word for why."""

    def __init__(self, refusal: Refusal, *, code: str = "") -> None:
        super().__init__(refusal)
        self.refusal: Refusal = refusal
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a number is reached: the columns of a channel, with the secrets in the clear."""

    provider: str
    address: str
    account_id: str
    credentials: Mapping[str, str]


def connect(line: Line, *, name: str, tenant: Tenant, actor: User) -> Channel:
    """A new channel, or one that was removed brought back with its conversations. Raises `ConnectError`."""
    if Channel.objects.filter(provider=line.provider, address=line.address, removed_at=None).exists():
        raise ConnectError("connected_already")
    line = _with_verify_token(line)
    visited = _prove(line, tenant=tenant)
    with transaction.atomic():
        channel, is_new = Channel.objects.defer("credentials").get_or_create(
            provider=line.provider, address=line.address, defaults={"account_id": line.account_id}
        )
        if not is_new and channel.removed_at is None:
            raise ConnectError("connected_already")
        _put(channel, line, name=name, visited=visited)
        _claim(channel, line, tenant=tenant)
        record(channel, verb="connected", tenant=tenant, actor=actor)
    return channel


def replace_credentials(
    channel: Channel, *, account_id: str, credentials: Mapping[str, str], tenant: Tenant, actor: User
) -> None:
    """New secrets, which the provider takes for this very number. Those not given stay. Raises `ConnectError`."""
    kept: Mapping[str, str] = {}
    with suppress(SecretUnreadableError):
        kept = channel.credentials
    line = Line(
        provider=channel.provider,
        address=channel.address,
        account_id=account_id,
        credentials={**kept, **{name: secret for name, secret in credentials.items() if secret}},
    )
    line = _with_verify_token(line)
    visited = _prove(line, tenant=tenant)
    with transaction.atomic():
        _put(channel, line, name=channel.name, visited=visited)
        _claim(channel, line, tenant=tenant)
        record(channel, verb="credentials_replaced", tenant=tenant, actor=actor, changed=["credentials"])


def rename(channel: Channel, *, name: str, tenant: Tenant, actor: User) -> None:
    """What the tenant calls it."""
    if channel.name == name:
        return
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(name=name)
        record(channel, verb="renamed", tenant=tenant, actor=actor, changed=["name"])


def move(channel: Channel, *, address: str, tenant: Tenant, actor: User) -> None:
    """Another number of the same account takes the place of this one, conversations and all.

    The old destination is given up in the same commit. Raises `ConnectError`, `SecretUnreadableError`.
    """
    if channel.address == address:
        return
    if other := Channel.objects.filter(provider=channel.provider, address=address).defer("credentials").first():
        raise ConnectError("removed_before" if other.removed_at else "connected_already")
    line = Line(
        provider=channel.provider, address=address, account_id=channel.account_id, credentials=channel.credentials
    )
    visited = _prove(line, tenant=tenant)
    with transaction.atomic():
        _put(channel, line, name=channel.name, visited=visited)
        _claim(channel, line, tenant=tenant)
        record(channel, verb="moved", tenant=tenant, actor=actor, changed=["address"])


def remove(channel: Channel, *, tenant: Tenant, actor: User) -> None:
    """Give up the destination and forget the secrets. Conversations stay; what was not sent yet never is."""
    with transaction.atomic():
        Route.objects.filter(tenant=tenant, channel_id=channel.pk).delete()
        unsent = Message.objects.filter(conversation__contact__channel=channel, status__in=UNSENT)
        unsent.update(status=Message.Status.FAILED, error=REMOVED)
        now = timezone.now()
        forgotten: dict[str, Any] = {
            "credentials": {},
            "credentials_set_at": None,
            "findings": {},
            "error": "",
            "updated_at": now,
        }
        Channel.objects.filter(pk=channel.pk).update(**forgotten, removed_at=now)
        record(channel, verb="removed", tenant=tenant, actor=actor)


def renew_verify_token(channel: Channel, *, tenant: Tenant, actor: User) -> str:
    """A new verify token, to be pasted at Meta now: it is not shown again. Raises `SecretUnreadableError`."""
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(credentials={**channel.credentials, "verify_token": token})
        Route.objects.filter(tenant=tenant, channel_id=channel.pk).update(
            verification=meta_fields.verification_of(token)
        )
        record(channel, verb="verify_token_renewed", tenant=tenant, actor=actor, changed=["verify_token"])
    return token


def record(channel: Channel, *, verb: str, tenant: Tenant, actor: User, changed: list[str] | None = None) -> None:
    """Write down who did what; of secrets the name alone."""
    detail: dict[str, Any] = {"channel": str(channel.pk), "provider": channel.provider, "number": channel.address}
    if changed:
        detail["changed"] = changed
    AuditEntry.objects.create(tenant=tenant, actor=actor, action=f"channel.{verb}", detail=detail)


def _with_verify_token(line: Line) -> Line:
    """Meta asks for a token of ours while its webhook is set up; nobody has to think of one."""
    if line.provider != "meta" or line.credentials.get("verify_token"):
        return line
    given = {**line.credentials, "verify_token": secrets.token_urlsafe(24)}
    return Line(provider=line.provider, address=line.address, account_id=line.account_id, credentials=given)


def _prove(line: Line, *, tenant: Tenant) -> Visited:
    """What the provider says of the number, once it is sure that the account has it. Raises `ConnectError`."""
    held = Route.objects.filter(provider=line.provider, address=line.address).exclude(tenant=tenant)
    if held.exists():
        raise ConnectError("held_by_another")
    account = account_of(
        provider=line.provider,
        address=line.address,
        account_id=line.account_id,
        credentials=line.credentials,
        api_base_url=api_base_url_of(line.provider),
    )
    release_connection()
    visited = ask(account, now=timezone.now())
    found = visited.findings
    if found.credentials and found.credentials != "good":
        raise ConnectError(found.credentials, code=found.code)
    if found.number_problem:
        raise ConnectError(found.number_problem, code=found.code)
    if found.number == "not_in_account":
        raise ConnectError("not_in_account")
    return visited


def _put(channel: Channel, line: Line, *, name: str, visited: Visited) -> None:
    """The row is all of the line, whatever it was before. Its old secrets are not read: they may be unreadable."""
    now = timezone.now()
    Channel.objects.filter(pk=channel.pk).update(
        name=name,
        address=line.address,
        account_id=line.account_id,
        credentials=dict(line.credentials),
        credentials_set_at=now,
        phone=visited.phone,
        findings=visited.findings.as_json(),
        error="",
        removed_at=None,
        updated_at=now,
    )


def _claim(channel: Channel, line: Line, *, tenant: Tenant) -> None:
    """Raises `ConnectError` where another tenant was quicker."""
    token = line.credentials.get("verify_token", "")
    try:
        with transaction.atomic():
            claim_route(
                tenant=tenant,
                provider=line.provider,
                address=line.address,
                channel_id=channel.pk,
                changes=[],
                verification=meta_fields.verification_of(token) if token else "",
            )
    except IntegrityError:
        raise ConnectError("held_by_another") from None
