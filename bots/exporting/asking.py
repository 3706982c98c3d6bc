"""An export from the member's side: asked for, asked for again, deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from bots import bell
from bots.desk.base import Member
from bots.exporting import keeping
from bots.models import Export
from bots.models.clock import database_time
from tenants.models import AuditEntry, Tenant

TASK = "bots.tasks.write_export"
State = Export.State
PENDING = (State.WAITING, State.WRITING)
#: Exports that a tenant may have on their way at a time; they are written one after the other.
MOST_PENDING = 5
#: How long a file is kept.
KEPT = timedelta(days=7)


class NotNowError(Exception):
    """Nothing was changed. `str(error)` is a plain sentence for the member."""


def ask(
    *, tenant: Tenant, by: Member, scope: Export.Scope, file_format: Export.Format, criteria: dict[str, Any]
) -> Export:
    """Have a file written. `criteria` is as `Export.criteria` has it. Raises `NotNowError`."""
    _refuse_too_many()
    export = Export.objects.create(
        scope=scope,
        format=file_format,
        criteria=criteria,
        asked_by_id=by.id,
        asked_by=by.name[:150],
        expires_at=database_time() + KEPT,
    )
    note(export, verb="created", tenant=tenant, by=by)
    ring(export.pk, tenant=tenant)
    return export


def ask_again(export: Export, *, tenant: Tenant, by: Member) -> None:
    """Have a file written anew that failed or is not kept any more. Raises `NotNowError`."""
    _refuse_too_many()
    over = Export.objects.filter(pk=export.pk, state__in=[State.FAILED, State.EXPIRED])
    fresh = {"done": 0, "total": None, "attempts": 0, "lease_until": None, "error": "", "bytes": 0, "file": ""}
    if over.update(state=State.WAITING, expires_at=database_time() + KEPT, **fresh):
        note(export, verb="created", tenant=tenant, by=by)
        ring(export.pk, tenant=tenant)


def delete(export: Export, *, tenant: Tenant, by: Member) -> None:
    """The file and the row go. Whoever is writing it notices with the next few conversations."""
    if Export.objects.filter(pk=export.pk).delete()[0]:
        keeping.remove(export)
        note(export, verb="deleted", tenant=tenant, by=by)


def note(export: Export, *, verb: str, tenant: Tenant, by: Member) -> None:
    """Who took what along is in the audit."""
    detail = {"export": str(export.pk), "scope": export.scope, "format": export.format, "criteria": export.criteria}
    AuditEntry.objects.create(tenant=tenant, actor_id=by.id, action=f"export.{verb}", detail=detail)


def ring(pk: UUID, *, tenant: Tenant, delay: float = 0.0) -> bool:
    """Ask a worker to write it. False: nobody heard it; whoever looks at the page rings again, and so does beat."""
    return bell.ring_for(TASK, tenant_id=tenant.pk, row_id=pk, delay=delay)


def due(*, at: datetime) -> QuerySet[Export]:
    """What nobody writes and somebody should."""
    return Export.objects.filter(Q(state=State.WAITING) | Q(state=State.WRITING, lease_until__lt=at))


def _refuse_too_many() -> None:
    if Export.objects.filter(state__in=PENDING).count() >= MOST_PENDING:
        raise NotNowError(f"{MOST_PENDING} exports are on their way already. Wait for one of them, or delete one.")
