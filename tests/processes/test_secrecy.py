"""What must not be found where nobody needs it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.processes.businesses import BOOKS, EVERYONE, FERRIES
from tests.processes.platform import Platform

pytestmark = pytest.mark.process


def secrets(platform: Platform) -> set[str]:
    """The literals of every key, token and password."""
    named = {value for business in EVERYONE for value in business.secrets().values()}
    own = {platform.environment["SECRET_KEY"], platform.environment["FIELD_ENCRYPTION_KEY"]}
    servers = {urlsplit(url).password or "" for url in (platform.database.url, platform.redis.url)}
    return named | own | servers


def things_go_wrong(platform: Platform) -> None:
    """Everything that makes processes talk: refusals by both far ends, nonsense from them, forgeries."""
    user = platform.somebody()
    platform.ask(BOOKS, "A quiet question about lighthouses", user=user)
    platform.write(BOOKS, "A forged order for harpoons", user=user, signature="wrong")
    platform.far_end.fails_with("status", status=401, message=f"No such key: {BOOKS.api_key}", key=BOOKS.api_key)
    platform.ask(BOOKS, "A question for a refused key", user=user)
    platform.far_end.fails_with("malformed", times=3, key=BOOKS.api_key)
    platform.ask(BOOKS, "A question answered by nonsense", user=user)
    platform.phone.fault(on="messages.create", mode="status", status=400, code=63016, times=1)
    platform.ask(BOOKS, "A question whose answer cannot be sent", user=user)
    platform.ask(BOOKS, f"Who is {platform.somebody()} and what is \0 about?", user=user)


def test_logs_hold_no_phone_number_text_key_token_or_traceback(platform: Platform) -> None:
    before = platform.logs().count("Traceback")  # of what other tests broke
    things_go_wrong(platform)
    logs = platform.logs()
    assert "The AI gave no answer" in logs, "the processes log nothing"
    numbers = {business.number for business in EVERYONE} | {user for _, user, _ in platform.written}
    # A command is one word, which logs may hold for reasons of their own.
    texts = {text for _, _, text in platform.written if " " in text}
    literals = {number.removeprefix("+") for number in numbers} | texts | secrets(platform)
    assert [literal for literal in literals if literal in logs] == []
    assert logs.count("Traceback") == before


def test_the_database_holds_no_key_or_token_in_plain_text(platform: Platform) -> None:
    user = platform.somebody()
    platform.ask(FERRIES, "A question to be found again", user=user)
    tables = platform.database.query(
        "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    rows = "\n".join(row for [table] in tables for [row] in platform.database.query(f"SELECT t::text FROM {table} t"))
    assert "A question to be found again" in rows, "the rows are not all there"
    assert [secret for secret in secrets(platform) if secret in rows] == []
