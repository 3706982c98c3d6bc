"""Connect a number, change what it is reached with, remove it: the channel, its route and the audit in one commit."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.channels.findings import Visited
from bots.channels.proof import ConnectError, Line, claim, prove
from bots.models import Channel, Message
from bots.outbox import UNSENT
from bots.whatsapp import meta_fields
from tenants.models import AuditEntry, Route, Tenant, User
from tenants.secrets import SecretUnreadableError

REMOVED = "The number was removed"


def connect(line: Line, *, name: str, tenant: Tenant, actor: User) -> Channel:
    """A new channel, or one that was removed brought back with its conversations. Raises `ConnectError`."""
    if Channel.objects.filter(provider=line.provider, address=line.address, removed_at=None).exists():
        raise ConnectError("connected_already")
    line = _with_verify_token(line)
    visited = prove(line, tenant=tenant)
    with transaction.atomic():
        channel, is_new = Channel.objects.defer("credentials").get_or_create(
            provider=line.provider, address=line.address, defaults={"account_id": line.account_id}
        )
        if not is_new and channel.removed_at is None:
            raise ConnectError("connected_already")
        _put(channel, line, visited=visited, name=name)
        claim(line, channel_id=channel.pk, tenant=tenant)
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
    visited = prove(line, tenant=tenant)
    with transaction.atomic():
        _lock(channel)
        _put(channel, line, visited=visited)
        claim(line, channel_id=channel.pk, tenant=tenant)
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
    visited = prove(line, tenant=tenant)
    with transaction.atomic():
        _lock(channel)
        _put(channel, line, visited=visited)
        claim(line, channel_id=channel.pk, tenant=tenant)
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


def _lock(channel: Channel) -> None:
    """Raises `ConnectError` for one that somebody removed while its provider was asked."""
    there = Channel.objects.select_for_update().filter(pk=channel.pk, removed_at=None)
    if there.values_list("pk").first() is None:
        raise ConnectError("removed_before")


def _put(channel: Channel, line: Line, *, visited: Visited, name: str | None = None) -> None:
    """The row is all of the line, whatever it was before. Its old secrets are not read: they may be unreadable."""
    now = timezone.now()
    Channel.objects.filter(pk=channel.pk).update(
        **({} if name is None else {"name": name}),
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


def _with_verify_token(line: Line) -> Line:
    """Meta asks for a token of ours while its webhook is set up; nobody has to think of one."""
    if line.provider != "meta" or line.credentials.get("verify_token"):
        return line
    return replace(line, credentials={**line.credentials, "verify_token": secrets.token_urlsafe(24)})
