"""Who acts, on what, and why it may not be possible now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce, Least

from bots.models import Conversation
from bots.models.clock import ClockTimestamp

Reason = Literal[
    "bot_speaks",
    "window_closed",
    "opted_out",
    "blocked",
    "no_channel",
    "empty",
    "too_long",
    "too_large",
    "unknown_kind",
    "not_failed",
    "suspended",
    "busy",
    "over",
]
#: What the member is told: what is in the way, and what to do about it.
SENTENCES: dict[Reason, str] = {
    "bot_speaks": "The bot has this conversation. Take it over first, then write.",
    "window_closed": "Their last message is more than 24 hours old, so WhatsApp only takes approved templates now.",
    "opted_out": "They asked not to be written to. They can write START whenever they want to hear from you.",
    "blocked": "This person is blocked. Unblock them first, then write.",
    "no_channel": "This number is not connected any more. Connect it again to write from it.",
    "empty": "There is nothing to send yet. Write something, or attach a file.",
    "too_long": "This is too long for a message. Shorten it, or send it in two.",
    "too_large": "This file is too large for WhatsApp. Send a smaller one.",
    "unknown_kind": "WhatsApp does not take files of this kind. Send a JPEG, PNG, MP4, voice file, PDF or Office file.",
    "not_failed": "This message has not failed, or it is being sent again already.",
    "suspended": "This business is suspended, so nothing is sent.",
    "busy": "A draft is being written already. It takes a few seconds.",
    "over": "This conversation has ended. Go on in the newer one with the same person.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who acts: the key of a user, who is in the public schema, and how they are called now."""

    id: int
    name: str


class NotPossibleError(Exception):
    """Nothing was changed. `str(error)` is a plain sentence for the member; `reason` is for whoever decides by it."""

    def __init__(self, reason: Reason, sentence: str = "") -> None:
        super().__init__(sentence or SENTENCES[reason])
        self.reason: Reason = reason


def locked(conversation_id: UUID) -> Conversation:
    """The conversation with its contact and channel, locked until the transaction ends: whatever a worker commits, it
    commits before or after. Raises `Conversation.DoesNotExist`."""
    return (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("contact__channel")
        .defer("contact__channel__credentials")
        .get(pk=conversation_id)
    )


def at_once() -> Least:
    """What `Conversation.due_at` becomes when there is something to do now."""
    return Least(Coalesce(F("due_at"), ClockTimestamp()), ClockTimestamp())
