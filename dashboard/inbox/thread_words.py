"""What a thread says besides the messages: who spoke, what became of a message, what a member did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from bots.models import Message, Turn
from dashboard import wording

#: What helps: send again, send a template, mend the number, mend the AI provider, answer oneself; nothing does.
Way = Literal["retry", "template", "channel", "provider", "take_over", ""]
#: Who spoke: the contact, the bot's AI, a fixed text of the bot's, a member.
Speaker = Literal["contact", "bot", "notice", "member"]

#: Twilio's and Meta's codes: https://www.twilio.com/docs/api/errors,
#: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
WINDOW_CLOSED = frozenset({"63016", "131047", "470"})
OPTED_OUT = frozenset({"21610"})
#: Meta's own switch beside a business's name: they take no offers any more; answers still reach them.
NO_MARKETING = frozenset({"131050"})
NOT_ON_WHATSAPP = frozenset({"63003", "63024", "21211", "21614", "131026"})

#: Reasons of an inbound message whose outcome is no news to who reads the thread.
UNSAID = frozenset({"", "human", "reaction"})
#: Failures of an answer that a change of the bot's settings mends.
SETTINGS = frozenset({"ai_configuration", "not_configured"})

#: `Conversation.metadata["events"]`; {by}: who did it, {to}: to whom.
EVENTS: Mapping[str, str] = {
    "taken_over": "{by} took over. The bot is silent.",
    "given_back": "{by} gave it back to the bot.",
    "assigned": "{by} assigned it to {to}.",
    "assigned_to_self": "{by} made it theirs.",
    "unassigned": "{by} assigned it to nobody.",
    "blocked": "{by} blocked this contact.",
    "unblocked": "{by} unblocked this contact.",
    "opted_out": "{by} noted that they want to hear nothing.",
    "opted_in": "{by} noted that they may be written to again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for the conversation now, as far as it decides on what helps."""

    is_with_a_person: bool
    window_is_open: bool
    opted_out: bool
    blocked: bool
    channel_error: bool
    channel_removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What went wrong with a message, and the one thing that helps. `detail`: the provider's own words."""

    text: str
    way: Way = ""
    detail: str = ""


def speaker(message: Message) -> Speaker:
    if message.direction == Message.Direction.IN:
        return "contact"
    if message.author_id is not None:
        return "member"
    is_fixed = message.metadata.get("notice") or (message.turn and message.turn.outcome != Turn.Outcome.ANSWERED)
    return "notice" if is_fixed else "bot"


def who(message: Message) -> str:
    """Above a run of messages, as `thread_rows` reads them: who spoke. Empty for the contact: everybody sees that it is
    them."""
    match speaker(message):
        case "contact":
            return ""
        case "member":
            return message.author or "A member"
        case "notice":
            return "Bot · automatic text"
        case _:
            version: int | None = message.version  # type: ignore[attr-defined]
            words = f"Bot · version {version}" if version else "Bot"
            return f"{words} · fallback" if message.turn and message.turn.is_fallback else words


def outcome(message: Message) -> str:
    """What became of an inbound message, where that is not plain to see."""
    if message.direction != Message.Direction.IN or message.outcome == Message.Outcome.FAILED:
        return ""
    if not message.outcome:
        return "Waits for its answer"
    if message.outcome_reason == "handover":
        return "Asked for a person"
    return "" if message.outcome_reason in UNSAID else wording.outcome(message)


def trouble(message: Message, *, standing: Standing, provider: str) -> Trouble | None:
    """What is wrong with the message; None: nothing."""
    if message.direction == Message.Direction.IN:
        return _not_answered(message, standing=standing) if message.outcome == Message.Outcome.FAILED else None
    return _not_sent(message, standing=standing, provider=provider) if message.status == "failed" else None


def _not_answered(message: Message, *, standing: Standing) -> Trouble:
    text = f"Not answered: {wording.reason(message.outcome_reason) or 'something went wrong'}."
    if message.outcome_reason in SETTINGS:
        return Trouble(text=text, way="provider")
    return Trouble(text=text, way="" if standing.is_with_a_person else "take_over")


def _not_sent(message: Message, *, standing: Standing, provider: str) -> Trouble:
    """The first line that holds: what cannot be helped, then what can."""
    again: Way = "retry" if standing.window_is_open or message.kind == "template" else "template"
    late = "Not delivered: more than 24 hours had passed since their last message."
    credentials = f"Not sent: {provider} does not take the number’s credentials."
    lines = (
        (
            standing.opted_out or message.error_code in OPTED_OUT,
            Trouble(text="Not sent: they asked to hear nothing more."),
        ),
        (
            message.error_code in NO_MARKETING,
            Trouble(
                text="Not delivered: they turned off your marketing messages in WhatsApp. Answers still reach them."
            ),
        ),
        (standing.blocked, Trouble(text="Not sent: this contact is blocked.")),
        (standing.channel_removed, Trouble(text="Not sent: the number that it was to come from was removed.")),
        (message.error_code in WINDOW_CLOSED, Trouble(text=late, way=again)),
        (
            message.error_code in NOT_ON_WHATSAPP,
            Trouble(text="Not delivered: they cannot be reached on WhatsApp.", detail=message.error),
        ),
        (standing.channel_error, Trouble(text=credentials, way="channel")),
    )
    holds = next((trouble for is_so, trouble in lines if is_so), None)
    return holds or Trouble(text="Not delivered.", way=again, detail=message.error)


def event(entry: Mapping[str, Any]) -> str:
    """One line of what members did, in words; what is new to us as it is called."""
    what = str(entry.get("what", ""))
    if what == "assigned" and entry.get("to") == entry.get("by"):
        what = "assigned_to_self"
    known = {"by": entry.get("by") or "Somebody", "to": entry.get("to") or "somebody"}
    return EVENTS.get(what, f"{{by}}: {what.replace('_', ' ')}").format_map(known)


def day(shown: date, *, today: date) -> str:
    """`Today`, `Yesterday`, `Tuesday`, `3 November`, `3 November 2025`."""
    match (today - shown).days:
        case 0:
            return "Today"
        case 1:
            return "Yesterday"
        case ago if 1 < ago < DAYS_OF_A_WEEK:
            return f"{shown:%A}"
        case _:
            return f"{shown:%-d %B}" if shown.year == today.year else f"{shown:%-d %B %Y}"


def preview(message: Message) -> str:
    """A message in one short line, as it is quoted."""
    words = " ".join(message.content.split())
    return (words if len(words) <= LONGEST_PREVIEW else f"{words[: LONGEST_PREVIEW - 1].rstrip()}…") or wording.kind(
        message.kind
    )


#: Characters.
LONGEST_PREVIEW = 140
DAYS_OF_A_WEEK = 7
