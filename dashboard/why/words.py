"""What an explanation says of a turn: pure functions from a turn to sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots import tokens
from bots.models import Message, Turn
from dashboard import wording

#: Who wrote, where the provider's name alone does not make a sentence.
WHO = {"builtin": "The built-in answerer", "custom": "The server", "": "The provider"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What is known of a turn's calls. A provider that did not count is counted for: an estimate."""

    provider: str
    model_name: str
    input_tokens: int
    output_tokens: int
    is_estimate: bool


def spending_of(turn: Turn) -> Spending:
    is_counted = bool(turn.input_tokens or turn.output_tokens)
    is_estimate = not is_counted and bool(turn.answer) and turn.provider not in ("", "builtin")
    read = sum(tokens.estimate(str(message.get("content", ""))) for message in turn.prompt) if is_estimate else 0
    return Spending(
        provider=turn.provider,
        model_name=turn.model_name,
        input_tokens=read if is_estimate else turn.input_tokens,
        output_tokens=tokens.estimate(turn.answer) if is_estimate else turn.output_tokens,
        is_estimate=is_estimate,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The first line: what kind of an answer this is. `detail` is what the provider said."""

    tone: str
    title: str
    text: str
    detail: str = ""


def verdict_of(turn: Turn, *, asked: Sequence[Message], is_withheld: bool, waited: float | None) -> Verdict:
    """`waited`: seconds from the first message to the send, where it was sent."""
    after = f" after {wording.duration(waited * 1000)}" if waited is not None else ""
    who = WHO.get(turn.provider) or wording.provider(turn.provider)
    if turn.outcome == Turn.Outcome.NOTICE:
        return Verdict(tone="info", title=f"A fixed text{after}", text=f"The AI was not asked: {_reasons(asked)}.")
    if turn.outcome == Turn.Outcome.APOLOGISED:
        return Verdict(tone="bad", title=f"An apology{after}", text=f"{who} gave no answer.", detail=turn.error)
    if is_withheld:
        return Verdict(
            tone="info", title="Written, and not sent", text="A person took the conversation over while it was made."
        )
    if turn.is_fallback:
        text = f"The bot's own provider gave no answer, so its fallback was asked. {who} wrote it."
        return Verdict(tone="warn", title=f"Answered by the fallback{after}", text=text, detail=turn.error)
    return Verdict(tone="good", title=f"Answered{after}", text=f"{who} wrote it.")


def _reasons(asked: Sequence[Message]) -> str:
    reasons = dict.fromkeys(wording.reason(message.outcome_reason) for message in asked if message.outcome_reason)
    return " and ".join(reasons) or "nothing wanted its answer"


def calls(turn: Turn) -> str:
    """How often the AI was asked, where that was more than once."""
    return f"{turn.attempts} calls: what came before the last one failed" if turn.attempts > 1 else ""
