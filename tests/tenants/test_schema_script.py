"""A tenant made from the recorded script is the tenant that its migrations would have made."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.utils import ProgrammingError
from django_tenants.utils import schema_context, schema_exists

from tenants import schema_script
from tenants.models import Tenant
from tests.tenants.catalog import catalog

pytestmark = pytest.mark.django_db


def made(slug: str) -> Tenant:
    tenant = Tenant(slug=slug, schema_name=slug, name=slug)
    with schema_context("public"):
        tenant.save(verbosity=0)
    return tenant


def recorded_migrations(schema: str) -> list[tuple[str, str]]:
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return list(cursor.fetchall())


def rows(schema: str) -> dict[str, int]:
    """How many rows each table holds, without the record of migrations."""
    found = {}
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        for (table,) in cursor.fetchall():
            if table != "django_migrations":
                cursor.execute(f"SELECT count(*) FROM {table}")
                found[table] = cursor.fetchone()[0]
    return found


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch) -> str:
    """The schema of a tenant that was made without the script."""
    with monkeypatch.context() as patch:
        patch.setattr(schema_script, "current", lambda: None)
        return made("migrated").schema_name


def test_the_script_stands_for_the_migrations_of_this_code() -> None:
    assert schema_script.current() is not None, "run manage.py record_schema: a migration was added or changed"


def test_a_schema_from_a_fresh_recording_is_the_one_that_migrations_make(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = schema_script.recorded().partition("\n")[2]
    monkeypatch.setattr(schema_script, "current", lambda: script)
    scripted = made("scripted").schema_name
    ours, theirs = catalog(scripted), catalog(migrated)
    assert len(theirs["columns"]) > 50
    for kind, things in theirs.items():
        assert ours[kind] == things, kind
    assert recorded_migrations(scripted) == recorded_migrations(migrated)
    assert rows(scripted) == rows(migrated)


def test_the_script_in_the_repository_makes_the_schema_that_migrations_make(migrated: str) -> None:
    ours, theirs = catalog(made("scripted").schema_name), catalog(migrated)
    for kind, things in theirs.items():
        assert ours[kind] == things, kind


def test_a_recording_leaves_nothing_behind() -> None:
    schema_script.recorded()
    assert not schema_exists(schema_script.SCRATCH)


def test_a_script_of_other_migrations_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "schema.sql"
    file.write_text(f"{schema_script.HEADER}{'0' * 64}\nRAISE;\n")
    monkeypatch.setattr(schema_script, "FILE", file)
    schema_script.current.cache_clear()
    try:
        assert schema_script.current() is None
        assert rows(made("scripted").schema_name)["bots_message"] == 0
    finally:
        schema_script.current.cache_clear()


def test_a_changed_migration_makes_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema_script.migrations_digest()
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b" " if path.name == "0001_initial.py" else b""))
    assert schema_script.migrations_digest() != before


def test_a_script_that_fails_leaves_neither_tenant_nor_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_script, "current", lambda: "CREATE TABLE one (id int); CREATE TABLE one (id int)")
    with pytest.raises(ProgrammingError):
        made("scripted")
    assert not schema_exists("scripted")
    assert not Tenant.objects.filter(slug="scripted").exists()


def test_a_schema_that_exists_is_not_written_to() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA scripted")
    made("scripted")
    assert rows("scripted") == {}


def test_migrations_go_on_from_where_the_script_ends() -> None:
    schema = made("scripted").schema_name
    before = recorded_migrations(schema)
    call_command("migrate_schemas", schema_name=schema, interactive=False, verbosity=0)
    assert recorded_migrations(schema) == before


def test_the_command_writes_what_it_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(schema_script, "FILE", tmp_path / "schema.sql")
    call_command("record_schema", stdout=StringIO())
    assert (tmp_path / "schema.sql").read_text().startswith(schema_script.HEADER + schema_script.migrations_digest())
