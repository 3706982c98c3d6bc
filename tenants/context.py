"""Work inside one tenant's schema, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection
from django_tenants.utils import schema_context
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tenants.models import Tenant

#: What is raised when PostgreSQL does not answer, or the process has no connection to spare.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)


class TenantGoneError(LookupError):
    """The tenant does not exist, or is closed: nothing may be done in its name, least of all in `public`."""


@contextmanager
def tenant_schema(tenant_id: int) -> Iterator[Tenant]:
    """Every query of the block runs in this tenant's schema. Raises `TenantGoneError` before anything runs."""
    with schema_context("public"):
        tenant = Tenant.objects.filter(pk=tenant_id).exclude(schema_name="public").first()
    if tenant is None or tenant.status == Tenant.Status.CLOSED:
        raise TenantGoneError(f"tenant {tenant_id} is gone")
    with schema_context(tenant.schema_name):
        yield tenant


def release_connection() -> None:
    """Give the thread's database connection back to the pool, before it waits for somebody else's server.

    The next query takes one again, in the same schema. Inside a transaction the connection stays.
    """
    if not connection.in_atomic_block:
        connection.close()
