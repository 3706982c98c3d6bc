"""`migrate_schemas` touches the schemas that lack a migration, and only those."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django_tenants.migration_executors.base import run_migrations
from django_tenants.utils import schema_context
from psycopg2 import errorcodes

from tenants import migrating
from tenants.models import Tenant
from tests.tenants.conftest import Manage

Migrated = Callable[..., list[str]]


def execute(statement: str, schema: str) -> None:
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch, db: None) -> Migrated:
    """Runs `migrate_schemas` and tells which schemas went through Django's `migrate`."""
    touched: list[str] = []

    def noted(args: Any, options: Any, codename: str, schema: str, **rest: Any) -> None:
        touched.append(schema)
        run_migrations(args, options, codename, schema, **rest)

    monkeypatch.setattr(migrating, "run_migrations", noted)

    def migrated(**options: Any) -> list[str]:
        touched.clear()
        with schema_context("public"):
            call_command("migrate_schemas", interactive=False, verbosity=0, **options)
        return list(touched)

    return migrated


def test_a_schema_that_is_up_to_date_is_not_touched(migrated: Migrated) -> None:
    assert migrated() == ["public"]


def test_a_schema_that_lacks_a_migration_gets_it_and_the_others_stay(migrated: Migrated) -> None:
    execute("DELETE FROM django_migrations WHERE app = 'sessions'", "bravo")
    assert migrated() == ["public", "bravo"]
    assert migrated() == ["public"]


def test_a_migration_that_the_code_does_not_know_is_no_reason(migrated: Migrated) -> None:
    execute("INSERT INTO django_migrations (app, name, applied) VALUES ('bots', '9999_future', now())", "acme")
    assert migrated() == ["public"]


def test_a_record_of_as_many_migrations_that_are_others_is_not_enough(migrated: Migrated) -> None:
    execute("UPDATE django_migrations SET name = '0009_other' WHERE app = 'sessions'", "acme")
    assert migrated() == ["public", "acme"]


def test_a_schema_without_a_record_is_migrated_from_the_start(migrated: Migrated) -> None:
    execute("CREATE SCHEMA carol", "public")
    tenant = Tenant(slug="carol", schema_name="carol", name="Carol")
    tenant.auto_create_schema = False
    with schema_context("public"):
        tenant.save()
    assert migrated() == ["public", "carol"]
    execute("SELECT id FROM carol.bots_message", "carol")


def test_a_new_tenant_is_up_to_date_at_once(migrated: Migrated) -> None:
    with schema_context("public"):
        Tenant(slug="carol", schema_name="carol", name="Carol").save(verbosity=0)
    assert migrated() == ["public"]


@pytest.mark.parametrize(
    ("options", "touched"),
    [
        ({"schema_name": "acme"}, ["acme"]),
        ({"tenant": True}, ["acme", "bravo"]),
        ({"shared": True}, ["public"]),
        ({"fake": True}, ["public", "acme", "bravo"]),
        ({"executor": "standard"}, []),
    ],
)
def test_who_asks_for_more_gets_the_ordinary_way(
    migrated: Migrated, options: dict[str, Any], touched: list[str]
) -> None:
    """The library's own executor does not pass here."""
    assert migrated(**options) == touched


def test_many_schemas_are_asked_in_batches(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(migrating, "AT_ONCE", 1)
    with schema_context("public"):
        assert migrating.behind(["acme", "nowhere", "bravo"]) == ["nowhere"]


def test_a_schema_that_is_dropped_while_it_is_asked_counts_as_behind(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(migrating, "_recording", lambda: {"acme", "dropped"})
    with schema_context("public"):
        assert migrating.behind(["acme", "dropped"]) == ["acme", "dropped"]


def test_in_a_transaction_the_first_failure_is_the_last(db: None, caplog: pytest.LogCaptureFixture) -> None:
    execute("DELETE FROM django_migrations WHERE app = 'bots'", "acme")
    with caplog.at_level(logging.ERROR), pytest.raises(Exception, match="already exists") as raised:
        call_command("migrate_schemas", interactive=False, verbosity=0)
    assert not isinstance(raised.value, CommandError)


def test_a_tenant_that_fails_is_named_and_the_others_are_migrated(manage: Manage, own_database: str) -> None:
    with psycopg2.connect(own_database) as one, one.cursor() as cursor:
        # Its tables are there, and no record of the migration that made them.
        cursor.execute("DELETE FROM acme.django_migrations WHERE app = 'bots'")
        cursor.execute("DELETE FROM bravo.django_migrations WHERE app = 'sessions'")
    run = manage("migrate_schemas")
    assert run.returncode == 1
    assert "1 of 2 tenants are not migrated: acme" in run.stderr
    assert "already exists" in run.stderr
    with psycopg2.connect(own_database) as one, one.cursor() as cursor:
        cursor.execute("SELECT count(*) > 0 FROM bravo.django_migrations WHERE app = 'sessions'")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT count(*) FROM acme.django_migrations WHERE app = 'bots'")
        assert cursor.fetchone() == (0,)


def until_somebody_waits_for(table: str, database: str) -> None:
    deadline = time.monotonic() + 60
    asking = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    with closing(psycopg2.connect(database)) as one, one.cursor() as cursor:
        one.autocommit = True
        while cursor.execute(asking, [table]) or cursor.fetchall() == [(0,)]:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_table_that_is_read_all_the_time_is_waited_for_without_keeping_anybody_out(
    own_database: str, manage: Manage
) -> None:
    """As by a backup. Who waits for the table's lock keeps out whoever comes after, and so does not wait for long."""
    reading = "SELECT count(*) FROM acme.bots_turn"
    with (
        closing(psycopg2.connect(own_database)) as backup,
        closing(psycopg2.connect(own_database, options="-c lock_timeout=30s")) as tenant,
    ):
        tenant.autocommit = True
        # As before the migration that adds the column.
        tenant.cursor().execute(
            "ALTER TABLE acme.bots_turn DROP COLUMN cost;"
            "DELETE FROM acme.django_migrations WHERE app = 'bots' AND name >= '0013'"
        )
        backup.cursor().execute(reading)
        with ThreadPoolExecutor(1) as thread:
            run = thread.submit(manage, "migrate_schemas")
            until_somebody_waits_for("acme.bots_turn", own_database)
            # Served, while the backup still reads: the migration has given way.
            tenant.cursor().execute(reading)
            assert not run.done()
            backup.rollback()
            assert run.result().returncode == 0
        tenant.cursor().execute("SELECT cost FROM acme.bots_turn")


class InUseError(psycopg2.errors.LockNotAvailable):
    pgcode = errorcodes.LOCK_NOT_AVAILABLE


@pytest.mark.django_db(transaction=True)
def test_tables_that_are_in_use_for_too_long_are_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = []

    def in_use(args: Any, options: Any, codename: str, schema: str, **rest: Any) -> None:
        tried.append(schema)
        if schema != "bravo":
            raise OperationalError("canceling statement due to lock timeout") from InUseError()

    monkeypatch.setattr(migrating, "run_migrations", in_use)
    monkeypatch.setattr(migrating, "behind", list)
    monkeypatch.setattr(migrating, "PAUSE", 0.0)
    with (
        caplog.at_level(logging.ERROR),
        pytest.raises(CommandError, match="2 of 3 tenants are not migrated: acme, cafe"),
    ):
        migrating.BehindOnly((), {"verbosity": 0}).run_migrations(["acme", "bravo", "cafe"])
    assert tried == ["acme", "bravo", "cafe"] + ["acme", "cafe"] * (migrating.ROUNDS - 1)
    assert "Somebody uses the tables of acme, cafe" in caplog.text
    assert "Traceback" not in caplog.text
