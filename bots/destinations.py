"""A connected number: whose it is, and what its provider's requests are verified with."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextField
from django.db.models.functions import Cast
from django_tenants.utils import schema_context

from bots.models import Channel
from tenants.models import Route, Tenant


@dataclass(frozen=True, slots=True)
class Destination:
    """The rows as they stood when they were read; `sealed`: the channel's credentials as they are stored.

    It may be kept: what is decided from it holds only where the write makes sure that the rows still say the same
    (`bots.inbox.receive`).
    """

    tenant: Tenant
    channel: Channel
    sealed: str


def find(*, provider: str, address: str) -> Destination | None:
    """Who claimed the address, as it stands now; None: nobody, or a tenant that is closed."""
    with schema_context("public"):
        route = (
            Route.objects.select_related("tenant")
            .filter(provider=provider, address=address)
            .exclude(tenant__status=Tenant.Status.CLOSED)
            .first()
        )
    if route is None:
        return None
    with schema_context(route.tenant.schema_name):
        channel = Channel.objects.annotate(sealed=Cast("credentials", TextField())).get(pk=route.channel_id)
    return Destination(tenant=route.tenant, channel=channel, sealed=channel.sealed)
