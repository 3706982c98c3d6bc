"""A table of comma-separated values as lines that make sense alone: each row says what its columns are."""

from __future__ import annotations

import csv
import re

#: Spreadsheets of other countries write these.
DELIMITERS = ",;\t|"
MOST_COLUMNS = 50
NUMBER = re.compile(r"\d")


def as_lines(text: str) -> str:
    """`name;price\\nBaguette;2.10` as `Baguette: price 2.10`. A first row that holds a number is no heading: then the
    other cells follow the first, divided by commas."""
    rows = [[" ".join(cell.split()) for cell in row[:MOST_COLUMNS]] for row in _rows(text)]
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    if max(map(len, rows)) == 1:
        return "\n".join(row[0] for row in rows)
    heading, body = (rows[0], rows[1:]) if _is_heading(rows) else ([], rows)
    return "\n".join(_line(row, heading=heading) for row in body)


def _rows(text: str) -> list[list[str]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error:  # a cell of more than 128 kB: an open quotation mark
        return [line.split(delimiter) for line in text.splitlines()]


def _is_heading(rows: list[list[str]]) -> bool:
    return len(rows) > 1 and all(cell and not NUMBER.search(cell) for cell in rows[0][:2])


def _line(row: list[str], *, heading: list[str]) -> str:
    """A row as a line; an empty cell is left out."""
    names = heading[1:] + [""] * len(row)
    cells = [f"{name} {cell}".strip() for name, cell in zip(names, row[1:], strict=False) if cell]
    return f"{row[0]}: {', '.join(cells)}" if row[0] and cells else row[0] or ", ".join(cells)
