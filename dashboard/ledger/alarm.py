"""Who still waits, and whether the longest waits longer than the tenant allows. Two or three queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.models import InboxSettings, Message
from dashboard import wording
from dashboard.ledger import words
from dashboard.ledger.finding import shown, waiting_conversations

#: The longest waiting that are shown, and the conversations among which they are looked for.
MOST_SHOWN, MOST_LOOKED_AT = 5, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`waiting`: the longest first, a few of them. `waited`: how long the first has; None: nobody waits."""

    waiting: list[Message]
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
    waited = now - words.waits_since(waiting[0]) if waiting else None
    return Standing(waiting=waiting[:MOST_SHOWN], waited=waited, allowed=allowed())


def allowed() -> timedelta:
    kept = InboxSettings.objects.values_list("waiting_alarm_seconds", flat=True).first()
    return timedelta(seconds=kept if kept is not None else InboxSettings().waiting_alarm_seconds)


def _waiting() -> list[Message]:
    """The longest first."""
    if not (conversations := waiting_conversations(most=MOST_LOOKED_AT)):
        return []
    waiting = Message.objects.filter(conversation__in=conversations, direction=Message.Direction.IN, outcome="")
    return sorted(shown(waiting).order_by("timestamp")[:MOST_LOOKED_AT], key=words.waits_since)
