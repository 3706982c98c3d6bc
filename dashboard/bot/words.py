"""What is said about the bot's configuration: pure functions from values to sentences."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from bots.ai.base import AIError
from bots.differences import Difference
from dashboard import diff
from dashboard.bot import lengths
from dashboard.bot.conversation_forms import LANGUAGES, OUTSIDE
from dashboard.wording import provider as name_of

VISION = {"on": "yes", "off": "no", "": "if its name says so"}
ZERO = {"handover_pause_seconds": lengths.NO_END, "reply_delay_seconds": lengths.AT_ONCE}
#: Where keys are made.
KEY_PAGES = {
    "openai": "https://platform.openai.com/api-keys",
    "anthropic": "https://console.anthropic.com/settings/keys",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A difference as it is drawn: short values beside each other, or the lines of a text."""

    label: str
    before: str
    after: str
    lines: list[diff.Line] | None


def change(difference: Difference) -> Change:
    before, after = (value(difference.field, one) for one in (difference.before, difference.after))
    drawn = diff.lines(before=before, after=after) if difference.is_text else None
    return Change(label=difference.label, before=before, after=after, lines=drawn)


def value(field: str, held: str) -> str:
    """What a column holds, as `bots.differences` tells it, in the words of the page on which it is set."""
    match field.rpartition(".")[2]:
        case "provider":
            words = name_of(held)
        case "fallback":
            provider, _, model = held.partition(" ")
            words = f"{name_of(provider)} {model}".strip()
        case "outside_hours":
            words = dict(OUTSIDE).get(held, held)
        case "vision":
            words = VISION.get(held, held)
        case "languages":
            words = ", ".join(LANGUAGES.get(one, one) for one in held.split(", ") if one != "en")
        case "ttl_seconds" | "reply_delay_seconds" | "handover_pause_seconds" as name if held:
            seconds = float(held)
            words = lengths.in_words(seconds) if seconds else ZERO.get(name, held)
        case _:
            words = held
    return words


def incomplete(*, provider: str, has_key: bool, model: str, server: str) -> str:
    """Why the provider could not be asked at all; empty where it could."""
    name = _subject(provider)
    match provider:
        case "builtin":
            return ""
        case "custom":
            missing = [] if server else ["address"]
        case _:
            missing = [] if has_key else ["API key"]
    missing += [] if model else ["model"]
    return f"{name} has no {' and no '.join(missing)} yet." if missing else ""


#: Part of what `AIError` says -> the sentence. {name}: the provider; {model}: the model.
MISTAKES = (
    ("private network", "This address leads into a private network. The platform's owner has to allow it first."),
    ("web address", "The server's address is no web address. Write it like https://llm.example.com/v1."),
    ("no model", "{name} is there. Choose a model now."),
    ("max_tokens", "The longest answer is too short for {model} to say anything: allow more tokens."),
    ("insufficient_quota", "{name} takes the key, but its account has no credit left."),
    ("billing", "{name} takes the key, but its account has not been paid for."),
    ("answered 404", "{name} does not know the model “{model}” at this address. Choose one of its list."),
)
NOT_NOW = {
    "timeout": "{name} did not answer within 12 seconds. Try again in a moment, or choose a faster model.",
    "rate_limited": "{name} says that this account asks too often. Wait a minute, then try again.",
}


def refusal(error: AIError, *, provider: str, model: str) -> str:
    """Why a provider did not answer, and what to do."""
    match error.kind:
        case "credentials":
            sentence = _about_the_key(error)
        case "unavailable":
            sentence = _away(error, provider=provider)
        case "configuration":
            said = str(error)
            refused = "{name} refuses the request" + (": “{detail}”" if error.detail else ".")
            sentence = next((known for part, known in MISTAKES if part in said), refused)
        case kind:
            sentence = NOT_NOW[kind]
    return sentence.format(name=_subject(provider), model=model, detail=error.detail)


def _subject(provider: str) -> str:
    """The provider as a sentence begins with it."""
    return "The server" if provider == "custom" else name_of(provider)


def _about_the_key(error: AIError) -> str:
    if error.status is None:
        return "{name} needs an API key, alone and whole: copy it again."
    if error.status == HTTPStatus.FORBIDDEN:
        return "{name} knows this key, but does not let it do this. Give it the right to use the model."
    return "{name} refuses this key. It may be incomplete, deleted or of another account: set it again."


def _away(error: AIError, *, provider: str) -> str:
    if error.status is not None:
        return f"{{name}} has trouble of its own right now ({error.status}). Try again in a moment."
    if provider == "custom":
        return "{name} could not be reached. Check its address, and that it can be reached from the internet."
    return "{name} could not be reached. Try again in a moment."
