"""CSV: a line for each message, for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from bots.exporting.records import About, Record, Spoken

#: By this Excel knows that the rest is UTF-8.
BYTE_ORDER_MARK = "\ufeff"
HEAD = (
    "Conversation",
    "Contact",
    "Number",
    "Time (UTC)",
    "Direction",
    "By",
    "Kind",
    "Text",
    "Files",
    "Status",
    "Outcome",
    "Reason",
    "Error",
)
#: A cell that begins like this is a formula to a spreadsheet, whoever wrote it.
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def pieces(_about: About, conversations: Iterable[Spoken]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + _line(HEAD)
    for one in conversations:
        for message in one.messages:
            yield _line(_cells(one.conversation, message))


def harmless(cell: str) -> str:
    """The cell as text, whatever it begins with."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULAS) or cell.startswith(FORMULAS) else cell


def _cells(conversation: Record, message: Record) -> tuple[str, ...]:
    contact = conversation["contact"]
    return (
        conversation["id"],
        contact["name"],
        contact["number"] or contact["identity"],
        message["at"],
        message["direction"],
        message["by"] or contact["name"],
        message["kind"],
        message["text"],
        ", ".join(map(_file, message["files"])),
        message["status"],
        message["outcome"],
        message["outcome_reason"],
        message["error"],
    )


def _file(file: Record) -> str:
    """Where it is, beside the table; else what it is called, and why it is not there."""
    return file["path"] or f"{file['name'] or file['type'] or 'file'} ({file['left_out']})"


def _line(cells: Iterable[str]) -> str:
    """RFC 4180, every cell quoted."""
    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([harmless(cell) for cell in cells])
    return line.getvalue()
