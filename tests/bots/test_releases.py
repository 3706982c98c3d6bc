"""While a release goes on, the schemas are a step ahead of the processes: what the new code adds, the old one bears."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

TABLES = sorted(model._meta.db_table for model in apps.get_app_config("bots").get_models())


@pytest.mark.parametrize("table", TABLES)
def test_a_column_with_a_default_that_a_migration_adds_keeps_nobody_from_an_answer(talk, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} ADD COLUMN added text NOT NULL DEFAULT ''")

    assert talk.say("hello") == ["echo: hello"]
    assert talk.say("stop") == ["You won't hear from us again. Write START whenever you want to talk again."]
    assert talk.outcomes == [("answered", ""), ("answered", "stop")]
