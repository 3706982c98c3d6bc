"""Migrating the tenants' schemas: only those that lack a migration are touched, and one that fails stops no other.

settings.GET_EXECUTOR_FUNCTION points `migrate_schemas` here. The library's own way runs Django's `migrate` in every
schema, which costs tens of milliseconds a tenant even where there is nothing to do.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management import CommandError
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django_tenants.migration_executors import get_executor
from django_tenants.migration_executors.base import MigrationExecutor, run_migrations
from psycopg2 import errorcodes, sql

logger = logging.getLogger(__name__)

#: Schemas that one query asks: each costs it a lock or two.
AT_ONCE = 100
#: A change of a table waits for whoever reads it, a backup for hours, and everybody who comes later waits behind it: a
#: tenant's webhooks, its pages, its bot. So it waits no longer than this, and is tried again so often, seconds apart.
PATIENCE = "2s"
ROUNDS, PAUSE = 5, 5.0
#: Options of `migrate_schemas` that ask for more than "whatever is missing", or for named schemas: every schema that
#: they speak of goes through Django's `migrate`.
ORDINARY = (
    "app_label",
    "check_unapplied",
    "fake",
    "fake_initial",
    "migration_name",
    "plan",
    "prune",
    "run_syncdb",
    "schema_name",
    "tenant",
)


def executor(codename: str | None = None) -> type[MigrationExecutor]:
    """What runs the migrations: ours, unless `--executor` or the variable EXECUTOR asks for one of the library's."""
    return get_executor(codename or os.environ.get("EXECUTOR") or BehindOnly.codename)


class BehindOnly(MigrationExecutor):
    """Runs Django's `migrate` in `public`, and in each tenant's schema that lacks a migration that the code has."""

    codename = "behind"

    def run_migrations(self, tenants: Iterable[str] | None = None) -> None:
        """Raises `CommandError` that names the schemas that failed, once all the others are migrated."""
        schemas = list(tenants or [])
        is_public = schemas == [self.PUBLIC_SCHEMA_NAME]
        due = schemas if is_public or any(self.options.get(name) for name in ORDINARY) else behind(schemas)
        if not is_public and int(self.options.get("verbosity", 1)) >= 1:
            sys.stdout.write(f"{len(schemas) - len(due)} of {len(schemas)} tenants are up to date\n")
        failed = self._migrate(due)
        if not connection.in_atomic_block:
            # Nobody else gets a connection that is as impatient.
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]
        if failed:
            raise CommandError(f"{len(failed)} of {len(schemas)} tenants are not migrated: {', '.join(failed)}")

    def _migrate(self, due: Sequence[str]) -> list[str]:
        """Returns the schemas that are not migrated. Those whose tables are in use are tried again once all the others
        had their turn."""
        failed: list[str] = []
        for number in range(ROUNDS):
            if number:
                logger.warning("Somebody uses the tables of %s: waiting", ", ".join(due))
                time.sleep(PAUSE)
            in_use = []
            for index, schema in enumerate(due):
                try:
                    self._run(schema, index=index, count=len(due))
                except Exception as error:
                    if connection.in_atomic_block:
                        # Nothing more can be done in a transaction that has failed.
                        raise
                    connection.close()
                    connection.set_schema_to_public()  # type: ignore[attr-defined]
                    if getattr(error.__cause__, "pgcode", None) == errorcodes.LOCK_NOT_AVAILABLE:
                        in_use.append(schema)
                    else:
                        logger.exception("Schema %s is not migrated", schema)
                        failed.append(schema)
            if not (due := in_use):
                return failed
        logger.error("Somebody uses the tables of %s, a backup perhaps: run it again afterwards", ", ".join(due))
        return [*failed, *due]

    def _run(self, schema: str, *, index: int, count: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET {'LOCAL ' if connection.in_atomic_block else ''}lock_timeout = '{PATIENCE}'")
        run_migrations(self.args, self.options, self.codename, schema, idx=index, count=count)


def behind(schemas: Sequence[str]) -> list[str]:
    """Which of the schemas lack one of the code's migrations, in the order given; one without a record lacks all.

    Migrations that a schema has and the code does not are no reason to touch it: Django leaves those alone as well.
    """
    wanted = sorted(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    recording = _recording()
    asked = [schema for schema in schemas if schema in recording]
    current: set[str] = set()
    for start in range(0, len(asked), AT_ONCE):
        current |= _current(asked[start : start + AT_ONCE], wanted=wanted)
    return [schema for schema in schemas if schema not in current]


def _recording() -> set[str]:
    """The schemas that hold a record of their migrations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE relname = 'django_migrations' AND relkind = 'r'"
        )
        return {name for (name,) in cursor.fetchall()}


def _current(schemas: Sequence[str], *, wanted: Sequence[tuple[str, str]]) -> set[str]:
    """Those of the schemas that hold every wanted migration; none of them where the question itself fails, as it does
    when a schema is dropped in this moment."""
    asking = sql.SQL(
        "WITH wanted AS (SELECT * FROM unnest(%(apps)s::text[], %(names)s::text[]) AS one (app, name)) {}"
    ).format(
        sql.SQL(" UNION ALL ").join(
            sql.SQL(
                "SELECT {name} WHERE NOT EXISTS"
                " (SELECT app, name FROM wanted EXCEPT SELECT app, name FROM {schema}.django_migrations)"
            ).format(name=sql.Literal(schema), schema=sql.Identifier(schema))
            for schema in schemas
        )
    )
    parameters: dict[str, Any] = {"apps": [app for app, _ in wanted], "names": [name for _, name in wanted]}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(asking, parameters)
            return {name for (name,) in cursor.fetchall()}
    except ProgrammingError:
        return set()
