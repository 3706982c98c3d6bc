"""Answered or explained: each message that came in, and what became of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bots.models import Message
from bots.reprocessing import MOST_AT_ONCE
from dashboard import addresses, keyset, ranges
from dashboard.access import MemberRequest, needs
from dashboard.ledger import alarm, filters, shares
from dashboard.ledger.finding import find, page
from dashboard.ledger.rows import rows_of
from dashboard.logs import numbers

CHOICES = {
    "outcomes": filters.OUTCOMES.items(),
    "ranges": [*ranges.LABELS.items(), (ranges.CUSTOM, "Custom")],
}


@needs("see_conversations")
def ledger(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    request.GET = addresses.tidy(request.GET)
    wanted = filters.parse(request.GET, now=now)
    found = find(wanted)
    shown = page(found, place=keyset.parse(request.GET.get("cursor", "")))
    is_first = "cursor" not in request.GET
    standing = alarm.standing(now=now) if is_first else None
    waiting = alarm.longest(standing) if standing else []
    rows = rows_of([*waiting, *shown.rows], now=now)
    response = render(
        request,
        "ledger/ledger.html",
        {
            "now": now,
            "wanted": wanted,
            "rows": rows[len(waiting) :],
            "page": shown,
            "note": found.note,
            "is_first": is_first,
            "standing": standing,
            "waiting": rows[: len(waiting)],
            "lately": shares.of_the_last_day(now=now) if is_first and not wanted.words else None,
            "channels": numbers.choices(is_whole=request.membership.can("reveal_numbers")),
            "choices": {**CHOICES, "reasons": filters.reasons()},
            "processes_all": shown.rows and wanted.outcome == Message.Outcome.FAILED,
            "most_at_once": MOST_AT_ONCE,
        },
    )
    return addresses.pushed(response, request=request)
