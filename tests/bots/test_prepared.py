"""A plan that tenants share never leads into another tenant's schema."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import DataError, ProgrammingError, connection, transaction
from django_tenants.utils import schema_context

from bots import prepared
from bots.models import Channel
from tenants.context import release_connection
from tenants.models import Tenant

NUMBER = prepared.Statement.of(
    "channels_address",
    "SELECT address FROM bots_channel WHERE provider = %(provider)s",
    types={"provider": "text"},
    schemas=1,
)
RENAME = prepared.Statement.of(
    "channels_account", "UPDATE bots_channel SET account_id = %(account)s", types={"account": "text"}, schemas=1
)
ADDRESSES = {"acme": "+14155238886", "bravo": "+14155550199"}


def run(statements: list[prepared.Statement], values: dict[str, Any], *, schema_name: str) -> tuple[Any, ...] | None:
    return prepared.run([prepared.Work.of(statements, values, schema_name=schema_name)])


def address(schema_name: str) -> str:
    row = run([NUMBER], {"provider": "twilio"}, schema_name=schema_name)
    assert row
    return row[0]


@pytest.mark.django_db
def test_tenants_that_share_a_plan_each_see_their_own_rows() -> None:
    for schema_name in ("acme", "bravo", "bravo", "acme", "bravo") * 4:
        assert address(schema_name) == ADDRESSES[schema_name]


@pytest.mark.django_db
def test_a_statement_goes_to_the_schema_that_it_names_whatever_django_works_in() -> None:
    with schema_context("bravo"):
        assert address("acme") == ADDRESSES["acme"]
        assert Channel.objects.get().address == ADDRESSES["bravo"]
        assert address("bravo") == ADDRESSES["bravo"]


@pytest.mark.django_db
def test_several_statements_are_one_transaction() -> None:
    """The last one fails: the first one did nothing."""
    broken = prepared.Statement.of("fails", "SELECT 1 / %(zero)s", types={"zero": "integer"})
    with pytest.raises(Exception, match="division by zero"), transaction.atomic():
        run([RENAME, broken], {"account": "AC-another", "zero": 0}, schema_name="acme")
    with schema_context("acme"):
        assert Channel.objects.get().account_id != "AC-another"
    assert address("acme") == ADDRESSES["acme"]


@pytest.mark.django_db
def test_a_connection_is_told_of_a_statement_once() -> None:
    address("acme")
    said = []
    with connection.execute_wrapper(lambda run, sql, *rest: (said.append(sql), run(sql, *rest))[1]):
        address("acme")
        address("bravo")
    assert len(said) == 2
    assert not [sql for sql in said if "PREPARE" in sql]


@pytest.mark.django_db
def test_a_schema_that_is_not_there_is_an_error_and_never_another_one() -> None:
    with pytest.raises(Exception, match="bots_channel"), transaction.atomic():
        address("nobody")


def test_a_column_that_a_migration_adds_breaks_no_statement_that_is_kept(tenant: Tenant) -> None:
    """What is returned as JSON has the new column, at the next call."""
    rows = prepared.Statement.of(
        "channels_row",
        "WITH held AS (UPDATE bots_channel SET error = error RETURNING *) SELECT to_json(held) FROM held",
        types={},
    )
    before = run([rows], {}, schema_name=tenant.schema_name)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE bots_channel ADD COLUMN added text DEFAULT 'new'")
    after = run([rows], {}, schema_name=tenant.schema_name)
    assert before
    assert after
    assert after[0] == {**before[0], "added": "new"}


@pytest.mark.django_db(transaction=True)
def test_a_statement_whose_result_has_another_type_since_is_prepared_anew() -> None:
    with schema_context("acme"), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE retyped AS SELECT 7 AS number")
        row = prepared.Statement.of("retyped", "SELECT number FROM retyped", types={})
        try:
            assert run([row], {}, schema_name="acme") == (7,)
            cursor.execute("ALTER TABLE acme.retyped ALTER number TYPE text")
            assert run([row], {}, schema_name="acme") == ("7",)
        finally:
            cursor.execute("DROP TABLE acme.retyped")


def test_the_schema_that_was_longest_away_loses_its_plan() -> None:
    two = prepared.Statement.of("two", "SELECT 1", types={}, schemas=2)
    plans = prepared.Plans()
    first, second = plans.name(two, "acme"), plans.name(two, "bravo")
    assert first != second
    assert plans.name(two, "acme") == first
    assert plans.name(two, "charlie") == second
    assert [plans.name(two, "acme"), plans.name(two, "charlie")] == [first, second]
    assert plans.name(NUMBER, "delta") != plans.name(two, "delta")


@pytest.mark.django_db(transaction=True)
def test_where_django_holds_no_connection_one_is_lent_for_the_statement_and_given_back() -> None:
    release_connection()
    assert [address("acme"), address("bravo")] == [ADDRESSES["acme"], ADDRESSES["bravo"]]
    assert connection.connection is None
    with schema_context("bravo"):
        assert Channel.objects.get().address == ADDRESSES["bravo"]


@pytest.mark.django_db(transaction=True)
def test_what_fails_on_a_lent_connection_did_nothing_and_leaves_the_connection_good(tenant: Tenant) -> None:
    release_connection()
    broken = prepared.Statement.of("fails", "SELECT 1 / %(zero)s", types={"zero": "integer"})
    with pytest.raises(DataError, match="division by zero"):
        run([RENAME, broken], {"account": "AC-another", "zero": 0}, schema_name=tenant.schema_name)
    assert connection.connection is None
    with schema_context(tenant.schema_name):
        assert Channel.objects.get().account_id != "AC-another"


@pytest.mark.django_db(transaction=True)
def test_lent_connections_come_back_to_the_pool_whatever_happens() -> None:
    """More failures than the pool has connections."""
    release_connection()
    for _ in range(settings.DATABASES["default"]["POOL_OPTIONS"]["SIZE"] + 1):
        with pytest.raises(ProgrammingError, match="bots_channel"):
            address("nobody")
    assert address("acme") == ADDRESSES["acme"]
