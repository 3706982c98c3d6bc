"""Is it working? One verdict over plain facts, for the head of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboard import wording

#: Longer than any answer should take, the second try after a timeout included.
LONGEST_WAIT = timedelta(minutes=2)

Tone = Literal["good", "warn", "bad", "calm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a tenant's bot. Times are aware."""

    suspended: bool
    connected: bool
    configured: bool
    channel_error: str
    last_inbound: datetime | None
    #: What became of the last inbound message, and why, as `Message` has it.
    last_outcome: str
    last_reason: str
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tone` is never the only sign: the title says the same."""

    tone: Tone
    title: str
    detail: str


def verdict(facts: Facts, *, now: datetime) -> Verdict:
    """The worst of what is wrong; else that it works, or what it waits for."""
    if facts.suspended:
        return Verdict("bad", "Suspended", "Messages are kept, and nobody is answered.")
    if not facts.connected:
        return Verdict("warn", "No number connected", "Connect a WhatsApp number by an onboarding file.")
    if facts.channel_error:
        return Verdict("bad", "Replies cannot be sent", "The number's provider refuses our credentials.")
    if not facts.configured:
        return Verdict("warn", "The bot is not set up", "Choose an AI provider in the onboarding file.")
    if facts.waiting_since and now - facts.waiting_since > LONGEST_WAIT:
        waited = wording.span(now - facts.waiting_since)
        return Verdict("bad", "Messages are waiting", f"The oldest has waited for {waited}. The worker may be down.")
    if facts.last_outcome == "failed":
        return Verdict("bad", "The last message got no answer", f"{_sentence(wording.reason(facts.last_reason))}")
    if facts.last_inbound is None:
        return Verdict("calm", "Ready for the first message", "Everything is connected; nobody has written yet.")
    return Verdict("good", "Working", f"The last message came {wording.ago(facts.last_inbound, now=now)}.")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else "It failed."
