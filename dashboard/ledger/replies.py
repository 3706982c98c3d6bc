"""What answered the messages of a list, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from bots.desk.one_of import one_of
from bots.models import AIConfiguration, Message
from dashboard.ledger.words import Reply


def of_turns(turns: Iterable[UUID | None]) -> dict[UUID, Reply]:
    """The first reply of each turn. What only asked for patience is none."""
    replies: dict[UUID, Reply] = {}
    keys = {turn for turn in turns if turn}
    written = Message.objects.filter(one_of("turn_id", keys), direction=Message.Direction.OUT)
    shown = written.order_by("timestamp").values_list("turn_id", "status", "timestamp", "sent_at", "metadata__notice")
    for turn, status, timestamp, sent_at, notice in shown:
        if notice == "timeout":
            continue
        first = replies.get(turn)
        if first is None:
            replies[turn] = Reply(at=sent_at or timestamp, status=status)
        else:
            failed = Message.Status.FAILED in (first.status, status)
            told = Message.Status.FAILED.value if failed else first.status
            replies[turn] = Reply(at=first.at, status=told, count=first.count + 1)
    return replies


def limits(messages: Iterable[Message]) -> dict[int, int]:
    """Configuration -> messages a minute, of those that refused one of the messages, which come with their turns."""
    refused = (one.turn.configuration_id for one in messages if one.turn and one.outcome_reason == "rate_limited")
    if not (keys := {key for key in refused if key}):
        return {}
    return dict(AIConfiguration.objects.filter(pk__in=keys).values_list("pk", "rate_limit_per_minute"))
