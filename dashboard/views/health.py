"""The dot beside the navigation: is the bot well?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard import activity, health
from dashboard.access import MemberRequest, needs
from dashboard.verdict import judge


@needs("see_overview")
def health_dot(request: MemberRequest) -> HttpResponse:
    """Asked by HTMX every half minute; opened as a page it is the dot alone."""
    facts = health.facts(
        request.tenant,
        channel=activity.channel(),
        configuration=activity.configuration(),
        waiting_since=activity.waiting()["waiting_since"],
    )
    verdict = judge(facts, now=timezone.now())
    return render(request, "components/status.html", {"tone": verdict.tone, "text": verdict.title})
