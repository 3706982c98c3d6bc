"""The tenant's own numbers, in lists and filters that agents see too."""

from __future__ import annotations

from bots.models import Channel
from dashboard import masking
from dashboard.channels.page import title_of


def called(channel: Channel | None, *, is_whole: bool) -> str:
    """By its name, else its number: whole for whoever may see numbers."""
    if channel is None:
        return "Deleted"
    return title_of(channel) if is_whole else channel.name or masking.masked_number(channel.address)


def choices(*, is_whole: bool) -> list[tuple[str, str]]:
    """(key, name) of each, those that were disconnected too: their requests are still there."""
    channels = Channel.objects.defer("credentials").order_by("created_at")
    return [(str(one.pk), called(one, is_whole=is_whole)) for one in channels]
