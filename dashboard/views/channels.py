"""The tenant's WhatsApp numbers: all of them, and one with its checklist and its health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bots.channels.facts import all_kept
from bots.channels.findings import Findings
from bots.models import Channel, Conversation
from dashboard.access import MemberRequest, needs
from dashboard.channels import words
from dashboard.channels.forms import TrialForm
from dashboard.channels.health import Health, at_a_glance
from dashboard.channels.page import ChannelPage, line_of, page_of, title_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A number in the list. `number` is empty where the title says it already."""

    channel: Channel
    title: str
    number: str
    provider: str
    health: Health
    last_activity: datetime | None


@needs("edit_channel")
def overview(request: MemberRequest) -> HttpResponse:
    """Two queries, however many numbers there are."""
    talked = Conversation.objects.filter(contact__channel=OuterRef("pk")).order_by("-last_activity", "-id")
    channels = list(
        Channel.objects.defer("credentials")
        .filter(removed_at=None)
        .annotate(last_activity=Subquery(talked.values("last_activity")[:1]))
        .order_by("created_at")
    )
    kept = all_kept(channels)
    rows = []
    for channel in channels:
        at, title, number = channel.last_activity, title_of(channel), line_of(channel).number
        health = at_a_glance(
            findings=Findings.from_json(channel.findings),
            kept=kept[channel.pk],
            error=channel.error,
            is_signed=at is not None,
        )
        rows.append(
            Row(
                channel=channel,
                title=title,
                number="" if number == title else number,
                provider=words.NAMES[channel.provider],
                health=health,
                last_activity=at,
            )
        )
    return render(request, "channel/list.html", {"rows": rows, "now": timezone.now()})


@needs("edit_channel")
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    return render(request, "channel/detail.html", {"page": page_of(pk), "trial_form": TrialForm()})


@needs("edit_channel")
def progress(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The checklist and the health, for whoever shows an older `seen`; 204 when that is still how things stand."""
    page = page_of(pk)
    if request.GET.get("seen") == page.version:
        return HttpResponse(status=204)
    return live(request, page)


def live(request: MemberRequest, page: ChannelPage, *, trial_form: TrialForm | None = None) -> HttpResponse:
    """The part of the page that changes by itself, with what is to be said about what was just done."""
    return render(
        request, "channel/_live.html", {"page": page, "trial_form": trial_form or TrialForm(), "is_swap": True}
    )
