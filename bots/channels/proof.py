"""A number is somebody's when its provider says that it belongs to the account whose credentials they gave: nobody
takes a number that is not theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from bots.channels.findings import Visited, ask
from bots.connections import api_base_url_of
from bots.whatsapp import meta_fields
from bots.whatsapp.accounts import Problem, account_of
from tenants.context import release_connection
from tenants.models import Route, Tenant
from tenants.onboarding import claim_route

Refusal = Problem | Literal["not_in_account", "held_by_another", "connected_already", "removed_before"]


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
    credentials: Mapping[str, str] = field(repr=False)


def prove(line: Line, *, tenant: Tenant) -> Visited:
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


def claim(line: Line, *, channel_id: UUID, tenant: Tenant) -> None:
    """The line's destination leads to this channel, in the caller's transaction; its earlier ones are given up.

    Raises `ConnectError` where another tenant was quicker.
    """
    token = line.credentials.get("verify_token", "")
    try:
        with transaction.atomic():
            claim_route(
                tenant=tenant,
                provider=line.provider,
                address=line.address,
                channel_id=channel_id,
                changes=[],
                verification=meta_fields.verification_of(token) if token else "",
            )
    except IntegrityError:
        raise ConnectError("held_by_another") from None
