"""Statements that PostgreSQL keeps parsed and planned, for what runs with every message, in any tenant's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary
from zlib import crc32

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: Plans of one statement that a connection keeps, some 350 KiB of the server's memory each. Tenants share them:
#: PostgreSQL itself plans again where the search path is not the one that a plan was made in.
#: https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
SLOTS = 16
#: The plans that each of the driver's connections has.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """SQL with parameters in order: `$1` is the first of `parameters`."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    types: tuple[str, ...]
    placeholders: str

    @classmethod
    def of(cls, name: str, *parts: str, types: Mapping[str, str]) -> Statement:
        """From parts of SQL with parameters as in `%(sender)s`; `types` are PostgreSQL's, by parameter."""
        sql = "".join(parts)
        parameters = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
        numbered = sql % {parameter: f"${number}" for number, parameter in enumerate(parameters, 1)}
        return cls(
            name=name,
            sql=numbered,
            parameters=parameters,
            types=tuple(types[parameter] for parameter in parameters),
            placeholders=", ".join(["%s"] * len(parameters)),
        )


def run(statements: Sequence[Statement], values: Mapping[str, Any], *, schema_name: str) -> tuple[Any, ...] | None:
    """Run the statements in a schema, in one transaction and one round trip; returns the last one's row, if any.

    Against the same SQL as text: PostgreSQL's CPU 0.5 ms instead of 1.8 ms, ours 0.17 ms instead of 0.3 ms.
    """
    connection = connections["default"]
    slot = crc32(schema_name.encode()) % SLOTS
    # A plan made while a table was small reads the whole of it for one row, and is kept while the table grows.
    path = f"SET LOCAL search_path = {connection.ops.quote_name(schema_name)}, public; SET LOCAL enable_seqscan = off; "
    try:
        # Not `connection.cursor()`, which sends SET search_path first, a round trip of its own.
        with BaseDatabaseWrapper._cursor(connection) as cursor:  # type: ignore[attr-defined]
            prepared = _prepared.setdefault(connection.connection.driver_connection, set())
            for statement in statements:
                if (name := f"{statement.name}_{slot}") not in prepared:
                    types = ", ".join(statement.types)
                    cursor.execute(f"{path}PREPARE {name} ({types}) AS {statement.sql}")
                    prepared.add(name)
            calls = [f"EXECUTE {statement.name}_{slot} ({statement.placeholders})" for statement in statements]
            given = [values[parameter] for statement in statements for parameter in statement.parameters]
            cursor.execute(path + "; ".join(calls), given)
            return cursor.fetchone()
    finally:
        # Inside a transaction the path outlives this: Django has to set its own again.
        connection.search_path_set_schemas = None  # type: ignore[attr-defined]
