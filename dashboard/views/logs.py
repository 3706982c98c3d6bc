"""The webhook log: a histogram over a list, both of the filter in the URL."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard import addresses, keyset, ranges
from dashboard.access import MemberRequest, needs
from dashboard.logs import counting, filters, numbers
from dashboard.logs.finding import find, page
from dashboard.logs.rows import rows_of

#: New requests are counted up to here.
MOST_NEW = 100


@needs("see_logs")
def logs(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    request.GET = addresses.tidy(request.GET)
    wanted = filters.parse(request.GET, now=now)
    found = find(wanted)
    shown = page(found, place=keyset.parse(request.GET.get("cursor", "")))
    is_first = "cursor" not in request.GET
    newest = keyset.place_of(shown.rows[0]) if shown.rows else keyset.Place(now, "")
    response = render(
        request,
        "logs/list.html",
        {
            "now": now,
            "wanted": wanted,
            "histogram": counting.of(wanted, found=found, given=request.GET) if is_first else None,
            "rows": rows_of(shown.rows, now=now),
            "page": shown,
            "note": found.note,
            "is_first": is_first,
            "newest": newest if is_first and wanted.range.is_live and not found.note else None,
            "channels": numbers.choices(is_whole=request.membership.can("reveal_numbers")),
            "choices": CHOICES,
        },
    )
    return addresses.pushed(response, request=request)


CHOICES = {
    "outcomes": filters.OUTCOMES.items(),
    "kinds": filters.KINDS.items(),
    "answers": filters.ANSWERS.items(),
    "durations": filters.DURATIONS.items(),
    "ranges": [*ranges.LABELS.items(), (ranges.CUSTOM, "Custom")],
}


@needs("see_logs")
def news(request: MemberRequest) -> HttpResponse:
    """How many requests of the filter came since the newest that is shown; 204 where none did."""
    since = keyset.parse(request.GET.get("since", ""))
    wanted = filters.parse(request.GET, now=timezone.now())
    if since is None or wanted.words or wanted.number:
        return HttpResponse(status=204)
    count = keyset.before(find(wanted).rows, since).order_by()[:MOST_NEW].count()
    if not count:
        return HttpResponse(status=204)
    told = f"{MOST_NEW - 1}+ new" if count == MOST_NEW else f"{count} new"
    return render(request, "logs/_news.html", {"newest": since, "told": told})
