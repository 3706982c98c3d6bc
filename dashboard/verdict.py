"""Is it working? One verdict over plain facts, for the head of the overview."""

from __future__ import annotations

from collections.abc import Iterator
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
    #: The provider, asked about the number, found something wrong with it.
    channel_needs_help: bool = False
    #: Messages came in, or the provider said that they will.
    is_set_up: bool = True
    last_inbound: datetime | None
    #: What became of the last inbound message, and why, as `Message` has it.
    last_outcome: str
    last_reason: str
    waiting_since: datetime | None
    #: Why the last message was answered by the fallback: what the bot's own provider said. Empty where it was not.
    fallback_error: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tone` is never the only sign: the title says the same."""

    tone: Tone
    title: str
    detail: str
    #: The label of the place in dashboard/navigation.py where it is set right; empty: nowhere.
    place: str = ""


def judge(facts: Facts, *, now: datetime) -> Verdict:
    """The worst of what is wrong; else that it works, or what it waits for."""
    return next(_wrong(facts, now=now), None) or _right(facts, now=now)


def _wrong(facts: Facts, *, now: datetime) -> Iterator[Verdict]:
    """Everything that is wrong, the worst first."""
    if facts.suspended:
        yield Verdict("bad", "Suspended", "Messages are kept, and nobody is answered.")
    if not facts.connected:
        yield Verdict("warn", "No number connected", "Connect a WhatsApp number.", "Numbers")
    if facts.channel_error:
        yield Verdict("bad", "Replies cannot be sent", "The number's provider refuses our credentials.", "Numbers")
    elif facts.channel_needs_help:
        yield Verdict("bad", "The number needs attention", "Its provider found something wrong with it.", "Numbers")
    elif facts.connected and not facts.is_set_up:
        yield Verdict("warn", "Set-up is not finished", "Finish connecting your number.", "Numbers")
    if not facts.configured:
        yield Verdict("warn", "The bot is not set up", "Choose an AI provider and publish it.", "Bot")
    if facts.waiting_since and now - facts.waiting_since > LONGEST_WAIT:
        waited = wording.span(now - facts.waiting_since)
        yield Verdict(
            "bad",
            "Messages are waiting",
            f"The oldest has waited for {waited}. If this lasts, tell the platform's owners.",
            "Ledger",
        )
    if facts.last_outcome == "failed":
        yield Verdict("bad", "The last message got no answer", _sentence(wording.reason(facts.last_reason)), "Ledger")
    if facts.fallback_error:
        yield Verdict(
            "warn",
            "The fallback answers",
            f"The bot's own AI provider failed at the last message: {facts.fallback_error.partition(': ')[2]}.",
            "Bot",
        )


def _right(facts: Facts, *, now: datetime) -> Verdict:
    if facts.last_inbound is None:
        return Verdict("calm", "Ready for the first message", "Everything is connected; nobody has written yet.")
    return Verdict("good", "Working", f"The last message came {wording.ago(facts.last_inbound, now=now)}.")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else "It failed."
