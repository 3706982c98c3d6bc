"""The console's list of requests that reached no tenant."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from dashboard import addresses, keyset, ranges
from dashboard import unrouted as requests
from dashboard.access import StaffRequest, staff_required
from dashboard.logs import masks
from tenants.models import UnroutedWebhook

CHOICES = {
    "statuses": requests.STATUSES.items(),
    "providers": requests.PROVIDERS.items(),
    "ranges": [*ranges.LABELS.items(), (ranges.CUSTOM, "Custom")],
}


@staff_required
def unrouted(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    request.GET = addresses.tidy(request.GET)
    wanted = requests.parse(request.GET, now=now)
    rows = requests.find(wanted).defer("headers", "fields")
    shown = keyset.page(rows, place=keyset.parse(request.GET.get("cursor", "")), among=requests.among(wanted))
    is_first = "cursor" not in request.GET
    chart, note = requests.drawn(wanted, given=request.GET) if is_first else (None, "")
    context = {
        "now": now,
        "wanted": wanted,
        "page": shown,
        "chart": chart,
        "title": f"Unrouted requests, {ranges.in_words(wanted.range)}",
        "note": note,
        "is_first": is_first,
        "choices": CHOICES,
    }
    return addresses.pushed(render(request, "console/unrouted.html", context), request=request)


@staff_required
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(UnroutedWebhook, pk=pk)
    place, everything = keyset.place_of(one), UnroutedWebhook.objects.only("timestamp")
    context = {
        "one": one,
        "headers": masks.masked_headers(one.headers),
        "owners": requests.owners(one),
        "newer": keyset.next_newer(everything, place=place),
        "older": keyset.behind(everything, place).order_by("-timestamp", "-pk").first(),
        "now": timezone.now(),
    }
    return render(request, "console/unrouted_request.html", context)
