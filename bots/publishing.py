"""Versions of the bot: publishing makes one that never changes, and the next message is answered by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots import keys
from bots.differences import differences
from bots.drafts import delete, draft, one_at_a_time, refuse_unseen
from bots.models import AIConfiguration
from bots.models.clock import database_time
from bots.versions import FALLBACK, active, differs, fallback_row, fallback_values, value_of, values_of, versions
from tenants.models import AuditEntry, Tenant, User

__all__ = ["NothingToPublishError", "active", "draft", "publish", "publish_values", "roll_back"]


class NothingToPublishError(Exception):
    """The draft holds what is published already."""


def publish(*, revision: int, note: str, tenant: Tenant, by: User) -> AIConfiguration:
    """Make the draft what answers the next message; returns the new version. `revision` is the draft's that was seen.

    Raises `ChangedMeanwhileError` when the draft was edited since, `NothingToPublishError` when it changes nothing.
    """
    with one_at_a_time():
        row = versions().filter(is_draft=True).first()
        if row is None:
            raise NothingToPublishError
        refuse_unseen(row, revision=revision)
        now = active()
        changes = differences(before=now, after=row)
        if now and not changes:
            raise NothingToPublishError
        made = _publish(values_of(row), fallback=fallback_values(row.fallback), note=note, by=by.email)
        delete(row)
        _record("published", made, tenant=tenant, actor=by, changed=[change.field for change in changes])
    return made


def publish_values(values: Mapping[str, Any], *, fallback: Mapping[str, Any] | None, note: str, by: str) -> list[str]:
    """Publish a version with these columns where they differ from what is published; returns the names that did.

    A draft stays as it is. `fallback`: its columns; empty: there is none any more; None: it stays.
    """
    with one_at_a_time():
        now = active()
        kept, old = values_of(now) if now else {}, fallback_values(now.fallback if now else None)
        changed = [name for name, value in values.items() if now is None or value_of(now, name) != value]
        if fallback is not None and differs(now.fallback if now else None, dict(fallback)):
            changed.append(FALLBACK)
        if changed:
            _publish({**kept, **values}, fallback=old if fallback is None else dict(fallback), note=note, by=by)
    return changed


def roll_back(*, version: int, note: str, tenant: Tenant, by: User) -> AIConfiguration:
    """Publish what an earlier version held, as a new version. Raises `AIConfiguration.DoesNotExist`.

    Keys that are in use now stay where they fit (`keys.still_in_use`). The draft is left alone.
    """
    with one_at_a_time():
        old, now = versions().get(version=version), active()
        values = keys.still_in_use(values_of(old), now=now)
        fallback = fallback_values(old.fallback)
        if fallback and now and now.fallback:
            fallback = keys.still_in_use(fallback, now=now.fallback)
        made = _publish(values, fallback=fallback, note=note, by=by.email)
        _record("rolled_back", made, tenant=tenant, actor=by, to=version)
    return made


def _publish(values: Mapping[str, Any], *, fallback: dict[str, Any], note: str, by: str) -> AIConfiguration:
    newest = (
        AIConfiguration.objects.filter(version__isnull=False).order_by("-version").values_list("version", flat=True)
    ).first()
    AIConfiguration.objects.filter(is_active=True).update(is_active=False)
    return AIConfiguration.objects.create(
        **values,
        version=(newest or 0) + 1,
        is_active=True,
        note=note,
        published_by=by,
        published_at=database_time(),
        fallback=fallback_row(fallback),
    )


def _record(verb: str, made: AIConfiguration, *, tenant: Tenant, actor: User, **detail: Any) -> None:
    told = {"version": made.version, "note": made.note, **detail}
    AuditEntry.objects.create(tenant=tenant, actor=actor, action=f"bot.{verb}", detail=told)
