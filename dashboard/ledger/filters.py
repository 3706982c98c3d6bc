"""Which messages a member wants to see explained, as it stands in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bots.models import Message
from dashboard import ranges, wording
from dashboard.logs.filters import uuid_of, words_of
from dashboard.ranges import Range

WAITING = "waiting"
OUTCOMES = {
    WAITING: "Waiting",
    Message.Outcome.ANSWERED.value: "Answered",
    Message.Outcome.MERGED.value: "Merged into the next",
    Message.Outcome.HUMAN.value: "With a person",
    Message.Outcome.REFUSED.value: "Not answered",
    Message.Outcome.FAILED.value: "Failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty fields ask for everything."""

    range: Range
    outcome: str = ""
    reason: str = ""
    channel: UUID | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.outcome or self.reason or self.channel or self.words)


def parse(given: Mapping[str, str], *, now: datetime) -> Filter:
    """The filter of a query string. What makes no sense in it counts as not said."""
    outcome, reason = given.get("outcome", ""), given.get("reason", "")
    return Filter(
        range=ranges.parse(given, now=now, default="7d"),
        outcome=outcome if outcome in OUTCOMES else "",
        reason=reason if reason in wording.REASONS else "",
        channel=uuid_of(given.get("channel", "")),
        words=words_of(given),
    )


def reasons() -> list[tuple[str, str]]:
    """For the filter: each reason, in its words."""
    return [(word, told[:1].upper() + told[1:]) for word, told in wording.REASONS.items()]
