"""Everything that the page about one number shows, and the part of it that changes by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone

from bots.channels.checking import messages_url
from bots.channels.facts import Facts, facts
from bots.models import Channel
from dashboard import masking
from dashboard.channels import words
from dashboard.channels.health import Health, health
from dashboard.channels.steps import Step, steps, waits
from dashboard.channels.verdicts import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPage:
    """What is shown of one number. `version` changes when something else than the time of day has."""

    channel: Channel
    line: Line
    provider: str
    title: str
    facts: Facts
    steps: list[Step]
    health: Health
    waits: bool
    version: str
    messages_url: str
    now: datetime


def channel_of(pk: UUID) -> Channel:
    """The number, without its secrets. Raises `Http404` for one that is removed, or another tenant's."""
    return get_object_or_404(Channel.objects.defer("credentials").filter(removed_at=None), pk=pk)


def page_of(pk: UUID) -> ChannelPage:
    """Read anew, so that what was just done is seen. Raises `Http404`."""
    channel = channel_of(pk)
    known, line = facts(channel), line_of(channel)
    found = steps(known, line)
    how = health(known, line, steps=found)
    return ChannelPage(
        channel=channel,
        line=line,
        provider=words.NAMES[channel.provider],
        title=title_of(channel),
        facts=known,
        steps=found,
        health=how,
        waits=waits(found),
        version=hashlib.sha256(repr((found, how, known.last_inbound, known.trial)).encode()).hexdigest()[:16],
        messages_url=messages_url(channel.provider),
        now=timezone.now(),
    )


def line_of(channel: Channel) -> Line:
    known = channel.address if channel.provider == "twilio" else channel.phone
    return Line(provider=channel.provider, number=masking.whole_number(known) if known else "")


def title_of(channel: Channel) -> str:
    """What people call it: its name, its number, or its id at the provider."""
    return channel.name or line_of(channel).number or f"{words.NAMES[channel.provider]} {channel.address}"
