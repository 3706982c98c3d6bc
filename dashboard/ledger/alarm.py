"""Who still waits, and whether the longest waits longer than the tenant allows. Three queries at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bots.models import InboxSettings, Message
from dashboard import wording
from dashboard.ledger import words
from dashboard.ledger.finding import shown, waiting_conversations

#: The longest waiting that are shown, and the conversations among which they are looked for.
MOST_SHOWN, MOST_LOOKED_AT = 5, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`waiting`: the keys of a few, the longest first. `waited`: how long the first has; None: nobody waits."""

    waiting: list[UUID]
    waited: timedelta | None
    allowed: timedelta

    @property
    def is_alarm(self) -> bool:
        return self.waited is not None and self.waited > self.allowed

    @property
    def sentence(self) -> str:
        return f"The oldest message has waited for {wording.span(self.waited)}" if self.waited else ""


def standing(*, now: datetime) -> Standing:
    waiting = _waiting()
    waited = now - waiting[0][0] if waiting else None
    return Standing(waiting=[key for _, key in waiting[:MOST_SHOWN]], waited=waited, allowed=allowed())


def longest(standing: Standing) -> list[Message]:
    """Those of `waiting`, as a line of the ledger needs them. One query."""
    found = shown(Message.objects.filter(pk__in=standing.waiting)).in_bulk() if standing.waiting else {}
    return [found[key] for key in standing.waiting if key in found]


def allowed() -> timedelta:
    kept = InboxSettings.objects.values_list("waiting_alarm_seconds", flat=True).first()
    return timedelta(seconds=kept if kept is not None else InboxSettings().waiting_alarm_seconds)


def _waiting() -> list[tuple[datetime, UUID]]:
    """Since when, and which message: the longest first."""
    if not (conversations := waiting_conversations(most=MOST_LOOKED_AT)):
        return []
    waiting = Message.objects.filter(conversation__in=conversations, direction=Message.Direction.IN, outcome="")
    looked_at = waiting.order_by("timestamp").values_list("timestamp", "metadata", "pk")[:MOST_LOOKED_AT]
    return sorted((words.waits_since(timestamp, metadata), key) for timestamp, metadata, key in looked_at)
