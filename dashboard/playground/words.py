"""What the playground says: why there is no answer and what to do, and what an answer took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bots.models import PlaygroundAnswer
from bots.playground.playing import Why
from bots.playground.writing import Problem
from dashboard.spending import UNKNOWN, cost, tokens
from dashboard.wording import duration, provider

TOO_SOON = "An answer is still being written. Wait for it, or stop it."
TOO_MANY = "You asked a lot just now. Wait a minute, then ask again."
EMPTY = "Write a question first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no answer. `{provider}` stands for its name; `mend`: whether the bot's settings are where to go."""

    title: str
    text: str
    mend: bool = False


LOST = Trouble(title="The answer was broken off.", text="Whoever was writing it is gone. Nothing is lost: ask again.")
TROUBLES: Mapping[Problem, Trouble] = {
    "credentials": Trouble(
        title="{provider} does not take the API key.", text="Check the key, or replace it.", mend=True
    ),
    "configuration": Trouble(
        title="{provider} cannot do what the bot asks of it.",
        text="The model, the address or the account with the provider needs a change.",
        mend=True,
    ),
    "rate_limited": Trouble(
        title="{provider} gets too many requests with this key.", text="Wait a minute, then ask again."
    ),
    "timeout": Trouble(
        title="{provider} did not answer in time.",
        text="Ask again. A smaller model, or a shorter answer, comes sooner.",
    ),
    "unavailable": Trouble(
        title="{provider} could not be reached, or broke off.", text="It may be down. Ask again in a moment."
    ),
    "refused": Trouble(title="{provider} will not speak about this.", text="Put the question differently."),
    "missing": Trouble(
        title="The bot has no AI provider that could answer.",
        text="Choose one, and give it its model and its key.",
        mend=True,
    ),
    "suspended": Trouble(title="This business is suspended.", text="Its bot answers nobody until that ends."),
    "unheard": Trouble(title="Nobody could be asked to answer.", text="It is our fault. Ask again in a moment."),
    "internal": Trouble(title="Something went wrong here.", text="It has been noted. Ask again."),
}


#: Why something is said without the AI, or nothing is.
SAID: Mapping[Why, str] = {
    "stop": "The answer to STOP. From then on they hear nothing more, until they write START.",
    "start": "The answer to START: the bot answers them again.",
    "help": "The answer to HELP. The AI is not asked.",
    "reset": "The answer to RESET: the bot forgets what was said before.",
    "handover": "The answer to HUMAN. The bot is silent until one of you answers.",
    "greeting": "Your greeting, once to somebody new.",
    "closed": "It is outside your opening hours, so the AI is not asked. They are told once an hour.",
    "closed_note": "It is outside your opening hours. They are told once an hour, before the answer.",
    "opted_out": "Nothing would be sent: you wrote STOP in this chat. Write START to be answered again.",
    "human": "Nothing would be sent: you asked for a person in this chat. Write START to talk with the bot again.",
    "no_words": "A message without words is not put to the AI.",
}
CLOSED_AGAIN = "Nothing would be sent: it is outside your opening hours, and they were told so within the last hour."


def why_said(why: str, *, text: str) -> str:
    """Why the bot says this; with an empty text, why it says nothing."""
    return CLOSED_AGAIN if why == "closed" and not text else SAID[why]  # type: ignore[index]


def trouble_of(answer: PlaygroundAnswer) -> Trouble:
    """Of a failed answer, with the provider's name in it."""
    found = TROUBLES[answer.problem]  # type: ignore[index]
    name = {"": "The provider", "custom": "The server"}.get(answer.provider) or provider(answer.provider)
    return Trouble(title=found.title.format(provider=name), text=found.text, mend=found.mend)


def figures(answer: PlaygroundAnswer) -> str:
    """Tokens, cost and time in one line; empty while nobody knows them."""
    parts = [took(answer)]
    if _counts(answer):
        known = cost(answer)
        parts = [tokens(answer, unit=" tokens"), f"cost {known}" if known == UNKNOWN else known, *parts]
    return " · ".join(part for part in parts if part)


def took(answer: PlaygroundAnswer) -> str:
    milliseconds = sum(answer.timings.get(step, 0.0) for step in ("retrieval", "ai"))
    return duration(milliseconds) if milliseconds else ""


def _counts(answer: PlaygroundAnswer) -> bool:
    return bool(answer.input_tokens or answer.output_tokens or (answer.text and answer.provider == "builtin"))


def source_words(source: str, *, version: int | None) -> str:
    """Who speaks."""
    if source == PlaygroundAnswer.Source.PUBLISHED:
        return f"Published, version {version}" if version else "Published"
    return "Draft"
