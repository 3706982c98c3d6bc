"""One round trip, in the tenant's schema, whatever the connection was used for before."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bots import script
from bots.models import Contact
from bots.prepared import Statement
from tenants.context import release_connection, tenant_schema
from tenants.models import Tenant


def statement(sql: str, **types: str) -> Statement:
    return Statement.of(f"test_{crc32(sql.encode())}", sql, types=types)


PATH = statement("SELECT current_schema()")


def current_schema() -> Any:
    row = script.run([PATH], {})
    assert row
    return row[0]


def test_it_runs_in_the_tenants_schema_and_in_the_next_tenants_after_that(tenant: Tenant, other_tenant: Tenant) -> None:
    for one in (tenant, other_tenant, tenant):
        with tenant_schema(one.pk):
            assert current_schema() == one.schema_name


@pytest.mark.django_db(transaction=True)
def test_on_a_connection_taken_just_now_it_is_one_query_and_the_orm_finds_the_same_schema(tenant: Tenant) -> None:
    with tenant_schema(tenant.pk):
        release_connection()
        with CaptureQueriesContext(connection) as queries:
            assert current_schema() == tenant.schema_name
            assert Contact.objects.count() == 0
    asked = [query["sql"] for query in queries if "PREPARE" not in query["sql"]]
    assert [sql.startswith("SET search_path") for sql in asked] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_the_schema_holds_after_a_script_that_failed_and_took_its_own_setting_back(tenant: Tenant) -> None:
    with tenant_schema(tenant.pk):
        release_connection()
        with pytest.raises(DatabaseError):
            script.run([statement("SELECT 1 / %(zero)s", zero="integer")], {"zero": 0})
        assert Contact.objects.count() == 0
        release_connection()
        with transaction.atomic():
            current_schema()
            transaction.set_rollback(True)
        assert Contact.objects.count() == 0


def test_it_returns_the_last_statements_first_row_or_none(tenant: Tenant) -> None:
    several = statement("SELECT %(number)s UNION SELECT 8 ORDER BY 1", number="integer")
    with tenant_schema(tenant.pk):
        assert script.run([PATH, several], {"number": 7}) == (7,)
        assert script.run([PATH, statement("SELECT 1 WHERE false")], {}) is None
        assert script.run([statement("UPDATE bots_contact SET language = '' WHERE false")], {}) is None
