"""API keys belong to a provider at a server: a key never goes anywhere else, however the rest is edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q

from bots.models import AIConfiguration
from bots.versions import value_of, versions

#: Rows that are looked through for a key that was used before.
REMEMBERED = 50


def that_follow(row: AIConfiguration, *, changed: Collection[str]) -> dict[str, str]:
    """The keys of an edited draft that do not fit its new providers any more, and what takes their place."""
    keys = {}
    if "api_key" not in changed and not {"provider", "base_url"}.isdisjoint(changed):
        keys["api_key"] = _last_used(provider=row.provider, base_url=row.base_url)
    if "transcription_api_key" not in changed and "transcription_base_url" in changed:
        keys["transcription_api_key"] = _last_heard_with(row.transcription_base_url)
    return keys


def of_fallback(values: Mapping[str, Any], *, before: AIConfiguration | None) -> dict[str, str]:
    """The key for a fallback with these columns, that takes the place of another one."""
    if before and (before.provider, before.base_url) == (values["provider"], values["base_url"]):
        return {"api_key": value_of(before, "api_key")}
    return {"api_key": _last_used(provider=values["provider"], base_url=values["base_url"])}


def still_in_use(values: dict[str, Any], *, now: AIConfiguration | None) -> dict[str, Any]:
    """An old configuration's columns with the keys that are in use now at the same providers and servers.

    The old ones may have been replaced because they were no longer good.
    """
    if now is None or not values:
        return values
    kept = dict(values)
    if (now.provider, now.base_url) == (values["provider"], values["base_url"]):
        kept["api_key"] = value_of(now, "api_key")
    # A fallback has none.
    if values.get("transcription_base_url") == now.transcription_base_url and "transcription_api_key" in values:
        kept["transcription_api_key"] = value_of(now, "transcription_api_key")
    return kept


def _last_used(*, provider: str, base_url: str) -> str:
    return _last("api_key", Q(provider=provider, base_url=base_url))


def _last_heard_with(base_url: str) -> str:
    return _last("transcription_api_key", Q(transcription_base_url=base_url))


def _last(name: str, which: Q) -> str:
    rows = versions().filter(which).order_by("-updated_at")[:REMEMBERED]
    return next((key for row in rows if (key := value_of(row, name))), "")
