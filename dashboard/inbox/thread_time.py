"""In whose time a thread is told."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bots.models import AIConfiguration


def time_zone() -> ZoneInfo:
    """The tenant's, as its bot has it."""
    name = AIConfiguration.objects.filter(is_active=True).values_list("time_zone", flat=True).first()
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
