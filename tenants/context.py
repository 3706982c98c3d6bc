"""Work inside one tenant's schema, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, InternalError, OperationalError, connection, connections
from django_tenants.utils import schema_context

from tenants.models import Tenant
from tenants.pool import PoolTimeoutError

#: What is raised when PostgreSQL does not answer, is read-only (after a failover: an internal error, by the driver's
#: words), or the process has no connection to spare.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeoutError)


class TenantGoneError(LookupError):
    """The tenant does not exist, or is closed: nothing may be done in its name, least of all in `public`."""


@contextmanager
def tenant_schema(tenant_id: int) -> Iterator[Tenant]:
    """Every query of the block runs in this tenant's schema. Raises `TenantGoneError` before anything runs."""
    tenant = _tenant(tenant_id)
    if tenant is None or tenant.status == Tenant.Status.CLOSED:
        raise TenantGoneError(f"tenant {tenant_id} is gone")
    with schema_context(tenant.schema_name):
        yield tenant


def _tenant(tenant_id: int) -> Tenant | None:
    """By SQL that names its schema, on the connection itself: the ORM, and a search path for one statement, take 0.6 ms
    of CPU more, for each task."""
    statement = "SELECT to_json(tenant) FROM public.tenants_tenant AS tenant WHERE id = %s AND schema_name <> 'public'"
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(statement, [tenant_id])
        row = cursor.fetchone()
    if row is None:
        return None
    fields = Tenant._meta.concrete_fields
    values = [field.to_python(row[0][field.column]) for field in fields]
    return Tenant.from_db("default", [field.attname for field in fields], values)


def release_connection() -> None:
    """Give the thread's database connection back to the pool, before it waits for somebody else's server.

    The next query takes one again, in the same schema. Inside a transaction the connection stays.
    """
    current = connections["default"]
    if current.connection is not None and not current.in_atomic_block:
        current.close()
