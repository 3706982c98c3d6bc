"""docs/reliability.md names a test for each promise."""

from __future__ import annotations

import re

from tests.databases import PROJECT


def test_every_test_that_the_promises_rest_on_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (PROJECT / "docs" / "reliability.md").read_text())
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (PROJECT / path).exists() or f"def {name}(" not in (PROJECT / path).read_text()
    ]
    assert len(named) > 20
    assert missing == []


def test_every_promise_has_a_test() -> None:
    rows = [row for row in (PROJECT / "docs" / "reliability.md").read_text().splitlines() if row.startswith("| **")]
    assert len(rows) > 10
    assert [row for row in rows if "::test_" not in row] == []
