"""Requests that reached no tenant: found, counted, and whose they could be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import QueryDict

from dashboard import keyset, ranges
from dashboard.charts import histogram
from dashboard.charts.bars import BarChart, bar_chart
from dashboard.charts.frame import Series
from dashboard.logs.counting import zoomed
from dashboard.ranges import Range
from tenants.models import AuditEntry, Route, Tenant, UnroutedWebhook

STATUSES = {"400": "400, malformed", "404": "404, nobody's number", "413": "413, too large"}
PROVIDERS = {"twilio": "Twilio", "meta": "Meta"}
LONGEST_SEARCH = 100
#: The newest that are drawn: anybody may send such requests, up to 60 a minute are kept.
MOST_DRAWN = 5_000
#: Entries of the audit that are looked through for a number that was disconnected.
MOST_ENTRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty fields ask for everything. `address`: a part of the destination, `reason`: of why it reached nobody."""

    range: Range
    status: str = ""
    provider: str = ""
    address: str = ""
    reason: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.status or self.provider or self.address or self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A tenant whose the request could be, and why it did not get there."""

    tenant: Tenant
    why: str


def parse(given: Mapping[str, str], *, now: datetime) -> Filter:
    """The filter of a query string. What makes no sense in it counts as not said."""
    status, provider = given.get("status", ""), given.get("provider", "")
    return Filter(
        range=ranges.parse(given, now=now, default="7d"),
        status=status if status in STATUSES else "",
        provider=provider if provider in PROVIDERS else "",
        address=re.sub(r"[^\w.+-]", "", given.get("address", ""))[:LONGEST_SEARCH],
        reason=given.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH],
    )


def find(wanted: Filter) -> QuerySet[UnroutedWebhook]:
    """In no order yet."""
    rows = UnroutedWebhook.objects.filter(timestamp__gte=wanted.range.start, timestamp__lt=wanted.range.end)
    if wanted.status:
        rows = rows.filter(response_status=int(wanted.status))
    if wanted.provider:
        rows = rows.filter(provider=wanted.provider)
    if wanted.address:
        rows = rows.filter(address__icontains=wanted.address)
    if wanted.reason:
        rows = rows.filter(reason__icontains=wanted.reason)
    return rows


def among(wanted: Filter) -> QuerySet[UnroutedWebhook] | None:
    """Where to look through, for a filter that no index knows."""
    return find(Filter(range=wanted.range)) if wanted.is_narrowed else None


def drawn(wanted: Filter, *, given: QueryDict) -> tuple[BarChart, str]:
    """The histogram of the newest that fit, and a word where those are not all."""
    everything = find(Filter(range=wanted.range))
    oldest = keyset.floor(everything, most=keyset.WINDOW)
    rows = find(wanted).filter(timestamp__gte=oldest) if oldest else find(wanted)
    moments = list(rows.order_by("-timestamp").values_list("timestamp", flat=True)[:MOST_DRAWN])
    spans = wanted.range.parts
    chart = bar_chart(
        labels=[ranges.label(span, part=wanted.range.part) for span in spans],
        series=[Series(name="Unrouted", values=histogram.counts(moments, over=spans), tone="bad")],
        links=zoomed(given, spans=spans),
    )
    is_cut = bool(oldest) or len(moments) == MOST_DRAWN
    return chart, "Drawn from the newest requests alone: there are very many." if is_cut else ""


def owners(request: UnroutedWebhook) -> list[Owner]:
    """Whose the destination is now, or was until its number was disconnected. Two queries at the most."""
    if not request.address:
        return []
    route = Route.objects.select_related("tenant").filter(provider=request.provider, address=request.address).first()
    if route is not None:
        since = "after this request came" if route.created_at > request.timestamp else "and had it at that time"
        return [Owner(tenant=route.tenant, why=f"Has this number now, {since}.")]
    gone = AuditEntry.objects.select_related("tenant").filter(
        action="channel.removed", detail__provider=request.provider, detail__number=request.address
    )
    found = {entry.tenant: entry for entry in gone.order_by("-created_at")[:MOST_ENTRIES][::-1] if entry.tenant}
    return [
        Owner(
            tenant=tenant, why=f"Disconnected it on {entry.created_at:%-d %b %Y}, while the provider still posts here."
        )
        for tenant, entry in found.items()
    ]
