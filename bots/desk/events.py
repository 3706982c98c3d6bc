"""What happened to a conversation besides messages, kept in `Conversation.metadata["events"]` for the thread.

Each is {"at": ISO 8601, "what": ..., "by": how the member is called, and where it helps "note" or "to"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from bots.desk.base import Member
from bots.models import Conversation
from bots.models.clock import database_time

What = Literal[
    "taken_over",
    "given_back",
    "assigned",
    "unassigned",
    "blocked",
    "unblocked",
    "opted_out",
    "opted_in",
]
#: Older ones are forgotten.
MOST = 50


def add(conversation: Conversation, what: What, *, by: Member, **details: str) -> None:
    """Note it down in the conversation, which the caller has locked and saves."""
    add_at(conversation, what, by=by, at=database_time(), details=details)


def add_at(conversation: Conversation, what: What, *, by: Member, at: datetime, details: Mapping[str, str]) -> None:
    """As `add`, where the database's time is known."""
    event = {"at": at.isoformat(), "what": what, "by": by.name, **details}
    conversation.metadata["events"] = [*conversation.metadata.get("events", []), event][-MOST:]
