"""Which requests a member wants to see, as it stands in the URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bots.models import WebhookLog
from dashboard import ranges
from dashboard.ranges import Range

#: An accepted message whose answer failed: the one outcome here that is not the request's own.
FAILED = "failed"
OUTCOMES = {
    WebhookLog.Outcome.ACCEPTED.value: "Message kept",
    FAILED: "Answer failed",
    WebhookLog.Outcome.REPEAT.value: "Repeat",
    WebhookLog.Outcome.UPDATED.value: "Status raised",
    WebhookLog.Outcome.IGNORED.value: "Nothing changed",
    WebhookLog.Outcome.FORGED.value: "Signature refused",
    WebhookLog.Outcome.MALFORMED.value: "Malformed",
}
KINDS = {WebhookLog.Kind.MESSAGE.value: "Messages", WebhookLog.Kind.STATUS.value: "Delivery statuses"}
#: What was answered, by the first digit of the HTTP status.
ANSWERS = {"2xx": "2xx, taken", "4xx": "4xx, refused"}
#: Milliseconds; `bots.models.log.SLOW` is the least that an index knows.
DURATIONS = {"500": "500 ms or longer", "1000": "1 s or longer", "3000": "3 s or longer"}
REFUSED = (WebhookLog.Outcome.FORGED, WebhookLog.Outcome.MALFORMED)
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty fields ask for everything. `number`: digits; `slower_than`: milliseconds, 0 for any."""

    range: Range
    outcome: str = ""
    kind: str = ""
    channel: UUID | None = None
    answered: str = ""
    number: str = ""
    words: str = ""
    slower_than: int = 0

    @property
    def is_counted(self) -> bool:
        """Whether the hourly tallies know all that it asks for."""
        return not (self.number or self.words or self.slower_than or self.outcome == FAILED)

    @property
    def is_narrowed(self) -> bool:
        return not self.is_counted or bool(self.outcome or self.kind or self.channel or self.answered)


def parse(given: Mapping[str, str], *, now: datetime) -> Filter:
    """The filter of a query string. What makes no sense in it counts as not said."""
    slower = given.get("slower", "")
    return Filter(
        range=ranges.parse(given, now=now),
        outcome=_one_of(given.get("outcome", ""), OUTCOMES),
        kind=_one_of(given.get("kind", ""), KINDS),
        channel=uuid_of(given.get("channel", "")),
        answered=_one_of(given.get("answered", ""), ANSWERS),
        number=re.sub(r"\D", "", given.get("number", ""))[:20],
        words=words_of(given),
        slower_than=int(slower) if slower in DURATIONS else 0,
    )


def words_of(given: Mapping[str, str]) -> str:
    return " ".join(given.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH]


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _one_of(text: str, allowed: Mapping[str, str]) -> str:
    return text if text in allowed else ""
