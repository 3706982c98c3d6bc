"""Whether a tenant's bot may speak."""

from __future__ import annotations

from django.db import transaction

from tenants.models import AuditEntry, Tenant


def suspend(slug: str, *, reason: str = "") -> None:
    """From now on the tenant's bot answers nobody. Raises `Tenant.DoesNotExist`, also for one that is closed."""
    _set(slug, status=Tenant.Status.SUSPENDED, reason=reason)


def resume(slug: str) -> None:
    """The tenant's bot answers what comes from now on. Raises `Tenant.DoesNotExist`, also for one that is closed."""
    _set(slug, status=Tenant.Status.ACTIVE, reason="")


def _set(slug: str, *, status: Tenant.Status, reason: str) -> None:
    with transaction.atomic():
        tenants = Tenant.objects.select_for_update().exclude(schema_name="public")
        tenant = tenants.exclude(status=Tenant.Status.CLOSED).get(slug=slug)
        if (tenant.status, tenant.status_reason) == (status, reason[:300]):
            return
        Tenant.objects.filter(pk=tenant.pk).update(status=status, status_reason=reason[:300])
        AuditEntry.objects.create(tenant=tenant, action=f"tenant.{status}", detail={"reason": reason[:300]})
