"""What the rows say, in plain words: pure functions from values to sentences."""

from __future__ import annotations

from datetime import datetime, timedelta

from bots.models import Message, WebhookLog
from bots.rules import Reason

PROVIDERS = {
    "twilio": "Twilio",
    "meta": "Meta",
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "custom": "OpenAI-compatible server",
    "builtin": "Built-in answerer",
}

#: Why an inbound message got no answer from the AI.
REASONS: dict[Reason | str, str] = {
    "suspended": "this business was suspended",
    "human": "a person has the conversation",
    "opted_out": "the contact opted out",
    "blocked": "the contact is blocked",
    "rate_limited": "the contact wrote too much at once",
    "reset": "the contact started over",
    "stop": "the contact asked for silence",
    "start": "the contact wants to be answered again",
    "help": "the contact asked what the bot can do",
    "handover": "the contact asked for one",
    "reaction": "a reaction needs no answer",
    "closed": "it came outside the opening hours",
    "no_words": "it held no words",
    "not_opened": "its file could not be opened",
    "poison": "answering it failed again and again",
    "not_configured": "the bot has no AI provider yet",
    "ai_unavailable": "the AI provider could not be reached",
    "ai_timeout": "the AI provider took too long",
    "ai_configuration": "the AI provider refused the bot's key or model",
}

#: What an inbound message was, where it has no words of its own.
KINDS = {
    "image": "Photo",
    "audio": "Voice message",
    "video": "Video",
    "document": "Document",
    "sticker": "Sticker",
    "location": "Location",
    "contacts": "Contact card",
    "reaction": "Reaction",
}


def provider(name: str) -> str:
    """The provider as people call it."""
    return PROVIDERS.get(name, name)


def reason(word: str) -> str:
    """`Message.outcome_reason` as half a sentence; empty for none."""
    return REASONS.get(word, word.replace("_", " "))


def kind(word: str) -> str:
    """A message without words."""
    return KINDS.get(word, "Message without text")


def outcome(message: Message) -> str:
    """What became of an inbound message."""
    because = f": {reason(message.outcome_reason)}" if message.outcome_reason else ""
    match message.outcome:
        case "":
            return "Waits for its answer"
        case Message.Outcome.ANSWERED:
            return f"Answered{because}"
        case Message.Outcome.MERGED:
            return "Answered together with the next message"
        case Message.Outcome.HUMAN:
            return f"Left to a person{because}" if message.outcome_reason == "handover" else "Left to a person"
        case Message.Outcome.REFUSED:
            return f"Not answered{because}"
        case _:
            return f"Failed{because}"


def webhook(log: WebhookLog, *, reported_status: str) -> str:
    """What came of a webhook request. `reported_status`: the delivery status that it told, if it told one."""
    match log.outcome:
        case WebhookLog.Outcome.ACCEPTED:
            return outcome(log.message) if log.message else "Kept; its message was deleted since"
        case WebhookLog.Outcome.REPEAT:
            return "Came before; nothing was done twice"
        case WebhookLog.Outcome.UPDATED:
            return f"Reply is now {reported_status}" if reported_status else "Reply's delivery status was raised"
        case WebhookLog.Outcome.IGNORED:
            return f"Reported “{reported_status}”; nothing changed" if reported_status else "Nothing changed"
        case WebhookLog.Outcome.FORGED:
            return f"Refused. {log.error}" if log.error else "Refused: the signature or the account is wrong"
        case _:
            return f"Malformed: {log.error}" if log.error else "Malformed"


def span(length: timedelta) -> str:
    """A length of time in one unit: `8 s`, `3 min`, `5 h`, `2 days`."""
    seconds = max(0.0, length.total_seconds())
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"{int(seconds)} s"


def ago(moment: datetime, *, now: datetime) -> str:
    """`just now`, `3 min ago`; what is older than a week as its date."""
    if now - moment < timedelta(seconds=10):
        return "just now"
    if now - moment < timedelta(days=7):
        return f"{span(now - moment)} ago"
    return moment.strftime("%-d %b %Y")


def duration(milliseconds: float) -> str:
    """`640 ms`, `2.4 s`, `3 min`."""
    length = timedelta(milliseconds=milliseconds)
    if length < timedelta(seconds=1):
        return f"{milliseconds:.0f} ms"
    if length < timedelta(minutes=1):
        return f"{length.total_seconds():.1f} s"
    return span(length)
