"""One round trip, in the tenant's schema, whatever the connection was used for before."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bots import script
from bots.models import Contact
from tenants.context import release_connection, tenant_schema
from tenants.models import Tenant

PATH = "SELECT current_schema()"


def current_schema() -> Any:
    row = script.run(PATH, {})
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
    assert [query["sql"].startswith("SET") for query in queries] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_the_schema_holds_after_a_script_that_failed_and_took_its_own_setting_back(tenant: Tenant) -> None:
    with tenant_schema(tenant.pk):
        release_connection()
        with pytest.raises(DatabaseError):
            script.run("SELECT 1 / 0", {})
        assert Contact.objects.count() == 0
        release_connection()
        with transaction.atomic():
            current_schema()
            transaction.set_rollback(True)
        assert Contact.objects.count() == 0


def test_it_returns_the_last_statements_first_row_or_none(tenant: Tenant) -> None:
    with tenant_schema(tenant.pk):
        assert script.run("SELECT 1; SELECT %(number)s::int UNION SELECT 8 ORDER BY 1", {"number": 7}) == (7,)
        assert script.run("SELECT 1 WHERE false", {}) is None
        assert script.run("SET LOCAL statement_timeout = 1000", {}) is None
