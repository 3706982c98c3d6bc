"""What has time: files whose days are over go, and an export that was left lying is rung for again."""

from __future__ import annotations

import logging

from django.db import Error
from django_tenants.utils import schema_context

from bots.exporting import asking, keeping
from bots.models.clock import database_time
from tenants.context import DATABASE_AWAY, release_connection
from tenants.models import Tenant

logger = logging.getLogger(__name__)


def keep_house() -> int:
    """Tenant by tenant; returns how many files were deleted. One broken tenant stops no other.

    Closed tenants' files go too: nobody reaches them, and their time ends like everybody's.
    """
    with schema_context("public"):
        tenants = list(Tenant.objects.exclude(schema_name="public"))
    return sum(_keep(tenant) for tenant in tenants)


def _keep(tenant: Tenant) -> int:
    try:
        with schema_context(tenant.schema_name):
            deleted = keeping.expire() + keeping.delete_orphans()
            lying = list(asking.due(at=database_time()).values_list("pk", flat=True))
    except (Error, OSError, *DATABASE_AWAY) as error:
        logger.error("Exports of tenant %s were not looked at (%s)", tenant.pk, type(error).__name__)
        return 0
    finally:
        release_connection()
    if tenant.status != Tenant.Status.CLOSED:
        for export in lying:
            asking.ring(export, tenant=tenant)
    return deleted
