"""`migrate_schemas` touches the schemas that lack a migration, and only those."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.migration_executors.base import run_migrations
from django_tenants.utils import schema_context

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
