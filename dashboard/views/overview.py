"""A tenant's front page: where am I, is it working, what happened lately."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard import activity, health
from dashboard.access import MemberRequest, needs
from dashboard.ledger import alarm
from dashboard.verdict import judge


@needs("see_overview")
def overview(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    channel = activity.channel()
    configuration = activity.configuration()
    numbers = activity.numbers(now=now)
    facts = health.facts(
        request.tenant, channel=channel, configuration=configuration, waiting_since=numbers.waiting_since
    )
    return render(
        request,
        "overview/overview.html",
        {
            "now": now,
            "membership": request.membership,
            "sees_numbers": request.membership.can("reveal_numbers"),
            "verdict": judge(facts, now=now),
            "numbers": numbers,
            "standing": alarm.standing(now=now),
            "channel": channel,
            "last": activity.last_times(channel) if channel else None,
            "channel_needs_help": facts.channel_needs_help,
            "channel_is_set_up": facts.is_set_up,
            "configuration": configuration,
            "sources": activity.knowledge_sources(),
            "conversations": activity.conversations(),
            "webhooks": activity.webhooks(),
        },
    )
