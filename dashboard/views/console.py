"""The platform's front page: who its tenants are, and what arrived for none of them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bots import unreadable
from dashboard.access import StaffRequest, staff_required
from dashboard.hosts import host_url
from tenants.models import Domain, Tenant, UnroutedWebhook

PAGE = 50
MOST_UNROUTED = 20
#: What the console calls the secrets that tenants may have.
SECRETS = {
    "AIConfiguration.api_key": "the AI key",
    "AIConfiguration.transcription_api_key": "the transcription key",
    "Channel.credentials": "the channel's credentials",
}


@staff_required
def console(request: StaffRequest) -> HttpResponse:
    tenants = (
        Tenant.objects.exclude(schema_name="public")
        .annotate(route_count=Count("routes"))
        .prefetch_related(Prefetch("domains", Domain.objects.order_by("-is_primary", "domain")))
        .order_by("name", "slug")
    )
    page = Paginator(tenants, PAGE).get_page(request.GET.get("page"))
    unread = unreadable.found() or {}
    rows = []
    for tenant in page:
        domain = next((one.domain for one in tenant.domains.all()), "")
        rows.append(
            {
                "tenant": tenant,
                "domain": domain,
                "url": host_url(request, domain=domain),
                "unreadable": [SECRETS.get(field, field) for field in unread.get(tenant.slug, [])],
            }
        )
    return render(
        request,
        "console/console.html",
        {"now": timezone.now(), "page": page, "rows": rows, "unrouted": UnroutedWebhook.objects.all()[:MOST_UNROUTED]},
    )
