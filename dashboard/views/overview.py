"""A tenant's front page: where am I, is it working, what happened lately."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard import activity
from dashboard.access import TRUSTED_ROLES, MemberRequest, member_required
from dashboard.verdict import Facts, judge
from tenants.models import Tenant


@member_required
def overview(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    channel = activity.channel()
    configuration = activity.configuration()
    numbers = activity.numbers(now=now)
    received = activity.last_received()
    verdict = judge(
        Facts(
            suspended=request.tenant.status == Tenant.Status.SUSPENDED,
            connected=channel is not None,
            configured=configuration is not None,
            channel_error=channel.error if channel else "",
            last_inbound=received.timestamp if received else None,
            last_outcome=received.outcome if received else "",
            last_reason=received.outcome_reason if received else "",
            waiting_since=numbers.waiting_since,
        ),
        now=now,
    )
    return render(
        request,
        "overview/overview.html",
        {
            "now": now,
            "membership": request.membership,
            "sees_numbers": request.membership.role in TRUSTED_ROLES,
            "verdict": verdict,
            "numbers": numbers,
            "channel": channel,
            "configuration": configuration,
            "sources": activity.knowledge_sources(),
            "conversations": activity.conversations(),
            "webhooks": activity.webhooks(),
        },
    )
