"""From a destination to the tenant that claimed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import HttpRequest
from django_tenants.utils import schema_context

from bots import limits
from bots.models import Channel
from tenants.models import Route, Tenant, UnroutedWebhook
from webhooks.requests import LARGEST_FORM, body_bytes, kept_headers

#: A minute.
MOST_UNROUTED = 60


class NoRouteError(LookupError):
    """Nobody claimed the destination."""


@dataclass(frozen=True, slots=True)
class Routed:
    """A tenant, inside whose schema the caller now works, and the channel that was addressed."""

    tenant: Tenant
    channel: Channel


@contextmanager
def routed(*, provider: str, address: str) -> Iterator[Routed]:
    """Work in the schema of the tenant that claimed `address`. Raises `NoRouteError`; a closed tenant has no routes."""
    with schema_context("public"):
        route = (
            Route.objects.select_related("tenant")
            .filter(provider=provider, address=address)
            .exclude(tenant__status=Tenant.Status.CLOSED)
            .first()
        )
    if route is None:
        raise NoRouteError
    with schema_context(route.tenant.schema_name):
        yield Routed(tenant=route.tenant, channel=Channel.objects.get(pk=route.channel_id))


def keep_unrouted(
    request: HttpRequest, *, provider: str, status: int, reason: str, address: str = "", fields: Iterable[str] = ()
) -> None:
    """Note, for the platform's owners, a request that reached no tenant. The names of its fields, not their values.

    Anybody may send such requests: so many a minute are noted, the rest are only refused.
    """
    if not limits.within(MOST_UNROUTED, "unrouted"):
        return
    with schema_context("public"):
        UnroutedWebhook.objects.create(
            method=request.method or "",
            path=request.path[:200],
            provider=provider,
            address=address.replace("\0", "")[:160],
            headers=kept_headers(request),
            fields=sorted(name.replace("\0", "")[:100] for name in fields),
            body_bytes=min(body_bytes(request), LARGEST_FORM),
            response_status=status,
            reason=reason,
        )
