"""Who writes in a conversation at this moment. Known for some seconds, in Redis: losing it costs nothing."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID

from django.db import connection

from bots import store
from bots.desk.base import Member

#: Seconds. Longer than a composer waits before it says again that somebody writes.
LASTS = 6.0
LONGEST_NAME = 60


def writes(conversation_id: UUID, *, by: Member) -> None:
    """Note that the member writes in it, for `LASTS` seconds."""
    key = _key(conversation_id)
    with store.may_be_away():
        pipeline = store.client().pipeline()
        pipeline.zadd(key, {_entry(by): time.time() + LASTS})
        pipeline.expire(key, int(LASTS) + 1)
        pipeline.execute()


def stopped(conversation_id: UUID, *, by: Member) -> None:
    """The member sent it, or thought better of it."""
    with store.may_be_away():
        store.client().zrem(_key(conversation_id), _entry(by))


def who_writes(conversation_id: UUID, *, besides: int) -> list[str]:
    """The names of the members who write in it now, but for the one who asks."""
    entries: list[Any] = []
    with store.may_be_away():
        entries = list(store.client().zrangebyscore(_key(conversation_id), time.time(), "+inf"))
    people = [json.loads(entry) for entry in entries]
    return [name for member_id, name in people if member_id != besides]


def _entry(member: Member) -> str:
    return json.dumps([member.id, member.name[:LONGEST_NAME]])


def _key(conversation_id: UUID) -> str:
    return f"{connection.schema_name}:writing:{conversation_id}"  # type: ignore[attr-defined]
