"""Whether the bot speaks at all: pure decisions over plain facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bots import texts

RESET_COMMAND = "/reset"

#: Why a message's outcome is what it is; the dashboard puts it into a sentence.
Reason = Literal[
    "",
    "suspended",
    "human",
    "opted_out",
    "rate_limited",
    "reset",
    "reaction",
    "no_words",
    "poison",
    "not_configured",
    "ai_unavailable",
    "ai_timeout",
    "ai_configuration",
]
Outcome = Literal["answered", "human", "refused", "failed"]
#: Kinds of messages that nobody answers, whatever else holds, and why: a thumb up is no question.
NEVER_ANSWERED: dict[str, Reason] = {"reaction": "reaction"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when a turn begins."""

    tenant_status: str
    mode: str
    opted_out: bool
    configured: bool
    #: Claims of this conversation that never came to an end.
    failed_claims: int
    most_failed_claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the AI is not asked, what the messages' outcome is, and the text that the contact gets (empty: silence)."""

    outcome: Outcome
    reason: Reason
    text: str = ""


def refusal(facts: Facts) -> Refusal | None:
    """The first rule that keeps the bot from answering; None: it may."""
    if facts.tenant_status != "active":
        return Refusal(outcome="refused", reason="suspended")
    if facts.mode == "human":
        return Refusal(outcome="human", reason="human")
    if facts.opted_out:
        return Refusal(outcome="refused", reason="opted_out")
    if facts.failed_claims >= facts.most_failed_claims:
        return Refusal(outcome="failed", reason="poison", text=texts.AI_UNAVAILABLE)
    if not facts.configured:
        return Refusal(outcome="failed", reason="not_configured", text=texts.INVALID_CONFIGURATION)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One waiting message, as the rules see it."""

    text: str
    within_limit: bool


@dataclass(slots=True)
class Sorting:
    """Which of the waiting messages (by index) get what."""

    limited: list[int] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    reset: int | None = None
    wordless: list[int] = field(default_factory=list)
    to_answer: list[int] = field(default_factory=list)


def sort(waiting: list[Written]) -> Sorting:
    """Sort a burst. The last /reset counts: what came before it is forgotten unanswered, what follows is answered.

    A message without words (an image, a voice note) is answered together with the words around it; alone, it is
    wordless.
    """
    sorting = Sorting()
    for index, message in enumerate(waiting):
        if not message.within_limit:
            sorting.limited.append(index)
        elif message.text.strip().casefold() == RESET_COMMAND:
            if sorting.reset is not None:
                sorting.forgotten.append(sorting.reset)
            sorting.forgotten += sorting.to_answer
            sorting.to_answer, sorting.reset = [], index
        else:
            sorting.to_answer.append(index)
    if sorting.to_answer and not any(waiting[index].text.strip() for index in sorting.to_answer):
        sorting.wordless, sorting.to_answer = sorting.to_answer, []
    return sorting
