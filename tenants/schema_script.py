"""A new tenant's schema in one step: what its migrations come to, recorded as SQL in tenants/schema.sql.

Running every migration takes a third of a second, most of it Django's own work; the script takes a tenth. It is used
only while it stands for exactly the migrations that the code has: otherwise a schema is made by migrating it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django_tenants.utils import quote_schema_name, schema_context

FILE = Path(__file__).with_name("schema.sql")
HEADER = "-- Made by `manage.py record_schema`, stands for the migrations "
#: Never committed: the recording is rolled back.
SCRATCH = "recorded_schema"
#: What the migrations only look at, and their transactions: the script runs in one of its own.
LEFT_OUT = (
    "SELECT",
    "SHOW",
    "SET search_path",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "ROLLBACK TO SAVEPOINT",
    'INSERT INTO "django_migrations"',
)


def migrations_digest() -> str:
    """Names this state of Django and of all apps' migrations."""
    digest = hashlib.sha256(django.get_version().encode())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for file in sorted(Path(config.path, "migrations").glob("*.py")):
            digest.update(f"{config.label}/{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def current() -> str | None:
    """The script, if it stands for the migrations of this code."""
    if not FILE.exists():
        return None
    header, _, script = FILE.read_text(encoding="utf-8").partition("\n")
    return script if header == HEADER + migrations_digest() else None


def run(script: str, *, schema_name: str) -> None:
    """Make the schema and all that is in it, or nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {quote_schema_name(schema_name)}")
        with schema_context(schema_name), connection.cursor() as cursor:
            cursor.execute(script)


def recorded() -> str:
    """The text of the file: the statements of migrating an empty schema, and the record that they were run."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {quote_schema_name(SCRATCH)}")
            # The public schema's migrations make it; this database may never have seen them.
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        with _statements() as statements:
            call_command("migrate_schemas", schema_name=SCRATCH, interactive=False, verbosity=0)
        with schema_context(SCRATCH), connection.cursor() as cursor:
            cursor.execute("SELECT format('(%L, %L, now())', app, name) FROM django_migrations ORDER BY id")
            done = [row for (row,) in cursor.fetchall()]
        transaction.set_rollback(True)
    statements.append("INSERT INTO django_migrations (app, name, applied) VALUES\n" + ",\n".join(done))
    return HEADER + migrations_digest() + "\n" + "".join(f"{statement};\n" for statement in statements)


@contextmanager
def _statements() -> Iterator[list[str]]:
    """What the block changes in the database, in order, with its parameters filled in."""
    found: list[str] = []

    def note(execute: Callable[..., Any], statement: Any, parameters: Any, many: bool, context: Any) -> Any:
        text = context["cursor"].mogrify(statement, parameters).decode().strip().rstrip(";")
        if not text.startswith(LEFT_OUT):
            found.append(text)
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(note):
        yield found
