"""Prepared statements of one query string, in the schema that Django works in: one round trip, and outside a
transaction one transaction of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections

from bots import prepared
from bots.prepared import Statement, Work


def run(statements: Sequence[Statement], values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run them in the tenant's schema; returns the last statement's first row, if any.

    On a connection that was taken from the pool just now, `SET search_path` goes in front of them, in the same string.
    By `connection.cursor()` it goes ahead, a round trip more: three for each turn, 2 % of its CPU.
    """
    current: Any = connections["default"]
    paths: list[str] | None = None if current.search_path_set_schemas else current._get_cursor_search_paths()
    settings = f"SET search_path = {', '.join(map(current.ops.quote_name, paths))}; " if paths else ""
    if not current.in_atomic_block:
        # As `Work.of` does; the other statements of somebody's transaction would be planned by it too.
        settings += "SET LOCAL enable_seqscan = off; "
    work = Work(statements=statements, values=values, schema_name=current.schema_name, settings=settings)
    row = prepared.execute([work])
    if paths:
        current.search_path_set_schemas = paths
    return row
