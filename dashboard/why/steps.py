"""Where the time went: a turn's steps from the webhook to the blue ticks. Pure: moments in, steps out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.charts.waterfall import Step

#: Why something was not measured.
BEFORE = "This answer is older than the measurement."
UNREPORTED = "Nobody reported it (yet)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What was measured, by the database's clock; None where it was not. `timings` are `Turn.timings`."""

    #: When the first of the messages was kept.
    received: datetime | None
    #: Milliseconds of its webhook request; None: its log is not there (any more).
    webhook: float | None
    timings: Mapping[str, float]
    #: When the turn was committed.
    committed: datetime
    asked_ai: bool
    has_files: bool
    #: Messages that the turn made; and of all of them the first, the last, the last, the last.
    replies: int
    sending: datetime | None
    sent: datetime | None
    delivered: datetime | None
    read: datetime | None


def steps_of(moments: Moments) -> list[Step]:
    """All steps that there were, in order."""
    if moments.received is None:
        return []
    return [*_until_the_claim(moments), *_of_the_turn(moments), *_of_the_reply(moments)]


def seconds_until_sent(moments: Moments) -> float | None:
    """What the contact waited for: from their first message until the last part of the answer was on its way."""
    if moments.received is None or moments.sent is None:
        return None
    return max(0.0, (moments.sent - moments.received).total_seconds())


def _until_the_claim(moments: Moments) -> Iterator[Step]:
    webhook = moments.webhook or 0.0
    yield Step(
        name="Webhook",
        explanation="Checked, and kept",
        tone="2",
        lasts=moments.webhook,
        why="Its log is not kept any more.",
    )
    waited, queued = moments.timings.get("waited"), moments.timings.get("queued")
    if waited is None:
        yield Step(name="Waiting", explanation="For the rest of a burst, and for a worker", why=BEFORE)
    elif queued is None:
        yield Step(
            name="Waiting",
            explanation="For the rest of a burst, and for a worker",
            tone="calm",
            begins=webhook,
            lasts=waited,
        )
    else:
        burst = max(0.0, waited - queued)
        yield Step(name="Burst", explanation="For the rest of a burst", tone="calm", begins=webhook, lasts=burst)
        yield Step(
            name="Queue", explanation="Until a worker was free", tone="calm", begins=webhook + burst, lasts=queued
        )


def _of_the_turn(moments: Moments) -> Iterator[Step]:
    cursor = (moments.webhook or 0.0) + moments.timings.get("waited", 0.0)
    named = [("retrieval", "Retrieval", "The knowledge was searched", "1"), ("ai", "AI", "All calls together", "1")]
    if moments.has_files:
        named.insert(0, ("files", "Files", "What came along was fetched and read", "1"))
    for key, name, explanation, tone in named if moments.asked_ai else ():
        lasts = moments.timings.get(key)
        yield Step(name=name, explanation=explanation, tone=tone, begins=cursor, lasts=lasts, why=BEFORE)
        cursor += lasts or 0.0
    committed = _since(moments, moments.committed)
    yield Step(
        name="Commit",
        explanation="The answer was written down",
        tone="2",
        begins=min(cursor, committed),
        lasts=max(0.0, committed - cursor),
    )


def _of_the_reply(moments: Moments) -> Iterator[Step]:
    if not moments.replies:
        yield Step(name="Send", explanation="Handed to WhatsApp", why="Nothing was sent.")
        return
    legs = [
        ("Send", "Handed to WhatsApp", "2", moments.sending, moments.sent, "It was not sent (yet)."),
        ("Delivered", "To their phone", "calm", moments.sent, moments.delivered, UNREPORTED),
        (
            "Read",
            "The blue ticks",
            "calm",
            moments.delivered or moments.sent,
            moments.read,
            "Nobody reported it (yet).",
        ),
    ]
    for name, explanation, tone, begin, end, why in legs:
        if begin is None or end is None:
            yield Step(name=name, explanation=explanation, why=why)
        else:
            begins = _since(moments, begin)
            lasts = max(0.0, _since(moments, end) - begins)
            is_patient = name != "Send"
            yield Step(name=name, explanation=explanation, tone=tone, begins=begins, lasts=lasts, is_patient=is_patient)


def _since(moments: Moments, moment: datetime) -> float:
    """Milliseconds since the webhook request began."""
    assert moments.received is not None
    return max(0.0, (moment - moments.received).total_seconds() * 1000) + (moments.webhook or 0.0)
