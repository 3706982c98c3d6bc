"""What was done with many conversations at once can be taken back for an hour, by whoever did it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.db import connection

from bots import store

#: Seconds.
KEPT = 3_600


def keep(how: dict[str, Any], *, member_id: int) -> str:
    """Remember how it was, as JSON can say it; the word by which it is taken back, empty if that is not possible."""
    word = secrets.token_urlsafe(12)
    kept = False
    with store.may_be_away():
        kept = bool(store.client().set(_key(word, member_id=member_id), json.dumps(how), ex=KEPT))
    return word if kept else ""


def take(word: str, *, member_id: int) -> dict[str, Any] | None:
    """How it was; once. None: nobody knows any more."""
    text = None
    with store.may_be_away():
        text = store.client().getdel(_key(word, member_id=member_id))
    return json.loads(text) if text else None


def _key(word: str, *, member_id: int) -> str:
    return f"{connection.schema_name}:taking-back:{member_id}:{word}"  # type: ignore[attr-defined]
