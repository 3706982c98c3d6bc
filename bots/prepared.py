"""Statements that PostgreSQL keeps parsed and planned, for what runs with every message, in any tenant's schema."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

#: Of so many schemas a connection keeps a statement's plan, unless the statement says another number.
SCHEMAS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """SQL with parameters in order: `$1` is the first of `parameters`."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    #: In brackets, as PREPARE and EXECUTE take them; empty where there is no parameter.
    types: str
    placeholders: str
    schemas: int

    @classmethod
    def of(cls, name: str, *parts: str, types: Mapping[str, str], schemas: int = SCHEMAS) -> Statement:
        """From parts of SQL with parameters as in `%(sender)s`; `types` are PostgreSQL's, by parameter. A connection
        keeps the plans of so many `schemas`, each in some 10 to 300 KiB of PostgreSQL's memory."""
        sql = "".join(parts)
        parameters = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
        numbered = sql % {parameter: f"${number}" for number, parameter in enumerate(parameters, 1)}
        return cls(
            name=name,
            sql=numbered,
            parameters=parameters,
            types=_listed(types[parameter] for parameter in parameters),
            placeholders=_listed("%s" for _ in parameters),
            schemas=schemas,
        )


def _listed(words: Iterable[str]) -> str:
    return f"({', '.join(words)})".replace("()", "")


@dataclass(slots=True)
class Plans:
    """What one of the driver's connections has prepared. A schema's plan of a statement is in a slot; where the slots
    are all taken, a new schema gets that of the one that was longest away.

    PostgreSQL itself plans again where the search path is not the one that a plan was made in: a slot's next schema
    costs time, never rows. https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
    """

    names: set[str] = field(default_factory=set)
    #: By statement and schema; the schema that was used last comes last.
    slots: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def name(self, statement: Statement, schema_name: str) -> str:
        """What the statement is called in this schema."""
        slots = self.slots[statement.name]
        slot = slots.pop(schema_name, None)
        if slot is None:
            slot = len(slots) if len(slots) < statement.schemas else slots.pop(next(iter(slots)))
        slots[schema_name] = slot
        return f"{statement.name}_{slot}"


_plans: WeakKeyDictionary[Any, Plans] = WeakKeyDictionary()


def run(statements: Sequence[Statement], values: Mapping[str, Any], *, schema_name: str) -> tuple[Any, ...] | None:
    """Run the statements in a schema, in one transaction and one round trip; returns the last one's row, if any.

    Against the same SQL as text: PostgreSQL's CPU 0.5 ms instead of 1.8 ms, ours 0.17 ms instead of 0.3 ms.
    """
    connection: Any = connections["default"]
    settings = _settings(schema_name)
    if connection.connection is None:
        return _lent(connection, statements, values, schema_name=schema_name, settings=settings)
    try:
        return execute(statements, values, schema_name=schema_name, settings=settings)
    finally:
        # Inside a transaction the path outlives this: Django has to set its own again.
        connection.search_path_set_schemas = None


def execute(
    statements: Sequence[Statement], values: Mapping[str, Any], *, schema_name: str, settings: str
) -> tuple[Any, ...] | None:
    """Run the statements one after the other, each with a snapshot of its own, in one query string behind `settings`:
    SQL that makes the schema the search path. Outside a transaction they are one of their own."""
    connection: Any = connections["default"]
    # Not `connection.cursor()`, which sends SET search_path first, a round trip of its own.
    with BaseDatabaseWrapper._cursor(connection) as cursor:  # type: ignore[attr-defined]
        return _said(statements, values, cursor=cursor, schema_name=schema_name, settings=settings)


def _lent(
    connection: Any, statements: Sequence[Statement], values: Mapping[str, Any], *, schema_name: str, settings: str
) -> tuple[Any, ...] | None:
    """On a connection that the pool lends for these statements, of which Django need not make its own:
    0.97 of a webhook's CPU."""
    with connection.wrap_database_errors:
        driver = connection.pool.getconn()
    try:
        with connection._prepare_cursor(driver.cursor()) as cursor:
            return _said(statements, values, cursor=cursor, schema_name=schema_name, settings=settings)
    finally:
        connection.pool.putconn(driver)


@lru_cache(maxsize=1024)
def _settings(schema_name: str) -> str:
    # A plan made while a table was small reads the whole of it for one row, and is kept while the table grows.
    path = connections["default"].ops.quote_name(schema_name)
    return f"SET LOCAL search_path = {path}, public; SET LOCAL enable_seqscan = off; "


def _said(
    statements: Sequence[Statement], values: Mapping[str, Any], *, cursor: Any, schema_name: str, settings: str
) -> tuple[Any, ...] | None:
    driver = cursor.connection
    given = [values[parameter] for statement in statements for parameter in statement.parameters]
    plans = _plans.get(driver) or _plans.setdefault(driver, Plans())
    calls = _calls(statements, cursor=cursor, plans=plans, schema_name=schema_name, settings=settings)
    try:
        cursor.execute(settings + calls, given)
    except NotSupportedError:
        # "cached plan must not change result type": a migration gave a column that is returned another type.
        if driver.get_transaction_status() != TRANSACTION_STATUS_IDLE:
            raise
        cursor.execute("DEALLOCATE ALL")
        plans.names.clear()
        calls = _calls(statements, cursor=cursor, plans=plans, schema_name=schema_name, settings=settings)
        cursor.execute(settings + calls, given)
    row: tuple[Any, ...] | None = cursor.fetchone() if cursor.description else None
    return row


def _calls(statements: Sequence[Statement], *, cursor: Any, plans: Plans, schema_name: str, settings: str) -> str:
    """The EXECUTE of each statement, prepared now where it is not yet."""
    calls = []
    for statement in statements:
        if (name := plans.name(statement, schema_name)) not in plans.names:
            cursor.execute(f"{settings}PREPARE {name} {statement.types} AS {statement.sql}")
            plans.names.add(name)
        calls.append(f"EXECUTE {name} {statement.placeholders}")
    return "; ".join(calls)
