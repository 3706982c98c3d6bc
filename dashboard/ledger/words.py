"""What became of an inbound message, in plain words: pure functions from values to sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bots.models import Message
from dashboard import wording

Tone = Literal["good", "warn", "bad", "calm"]
#: Why nobody was answered, where a sentence of its own says it better than "Not answered: ...".
REFUSALS = {
    "opted_out": "Opted out: the contact asked for silence",
    "closed": "Closed: it came outside the opening hours",
    "suspended": "Suspended: this business answered nobody",
    "blocked": "Blocked by a member",
    "reaction": "A reaction, which needs no answer",
    "reset": "Forgotten: the contact started over",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and its tone, which is never the only sign."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The first message that answered, and how many there were. `at`: when it was sent, else when it was written."""

    at: datetime
    status: str
    count: int = 1


def outcome(message: Message, *, reply: Reply | None, per_minute: int | None, now: datetime) -> Said:
    """`per_minute`: the limit that held when it was refused, where that is known."""
    match message.outcome:
        case "":
            return Said(f"Waiting for {wording.span(now - waits_since(message.timestamp, message.metadata))}", "warn")
        case Message.Outcome.ANSWERED:
            return _answered(message, reply=reply)
        case Message.Outcome.MERGED:
            return Said("Merged into the next message, and answered with it", "good")
        case Message.Outcome.HUMAN:
            asked = message.outcome_reason == "handover"
            return Said("With a person: the contact asked for one" if asked else "With a person", "calm")
        case Message.Outcome.REFUSED:
            return Said(_refused(message.outcome_reason, per_minute=per_minute), "warn")
        case _:
            return Said(f"Failed: {wording.reason(message.outcome_reason) or 'nobody knows why'}", "bad")


def waits_since(timestamp: datetime, metadata: Mapping[str, Any]) -> datetime:
    """Since the message came, or since a member had it processed again."""
    again = metadata.get("processed_again", {}).get("at")
    return max(timestamp, datetime.fromisoformat(again)) if again else timestamp


def was_processed_again(message: Message) -> bool:
    return "processed_again" in message.metadata


def took(length: timedelta) -> str:
    """`640 ms`, `1.8 s`, `3 min`."""
    return wording.duration(max(0.0, length.total_seconds() * 1000))


def _answered(message: Message, *, reply: Reply | None) -> Said:
    because = f": {wording.reason(message.outcome_reason)}" if message.outcome_reason else ""
    if reply is None:
        return Said(f"Answered{because}", "good")
    if reply.status in (Message.Status.QUEUED, Message.Status.SENDING):
        return Said(f"Answered, and the reply is being sent{because}", "calm")
    if reply.status == Message.Status.FAILED:
        return Said(f"Answered, but the reply was not delivered{because}", "bad")
    return Said(f"Answered in {took(reply.at - message.timestamp)}{because}", "good")


def _refused(reason: str, *, per_minute: int | None) -> str:
    if reason == "rate_limited":
        return f"Over the limit of {per_minute} a minute" if per_minute else "Over the limit of messages a minute"
    return REFUSALS.get(reason) or f"Not answered: {wording.reason(reason) or 'nobody knows why'}"
