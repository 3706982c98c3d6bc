"""What a member tells the bot when they give a conversation back: `Conversation.metadata["note_to_bot"]`.

It is told to the model with each answer from then on, not once: an agreement made by a person holds for the whole
matter. It ends when somebody takes over again, and with whatever else the contact lets be forgotten.
"""

from __future__ import annotations

from datetime import datetime

from bots.desk.base import NotPossibleError
from bots.models import Conversation
from bots.models.clock import database_time
from bots.storable import storable

KEY = "note_to_bot"
#: Characters.
LONGEST = 1000


def set_down(conversation: Conversation, *, text: str) -> str:
    """Note it down in the conversation, which the caller has locked and saves; returns what was noted.

    Raises `NotPossibleError` ("too_long")."""
    text = storable(text).strip()
    if len(text) > LONGEST:
        raise NotPossibleError("too_long", f"The note to the bot is too long. It may have {LONGEST} characters.")
    if text:
        conversation.metadata[KEY] = {"text": text, "at": database_time().isoformat()}
    return text


def forget(conversation: Conversation) -> None:
    """In the conversation, which the caller has locked and saves."""
    conversation.metadata.pop(KEY, None)


def of(conversation: Conversation) -> str:
    """What the model is told; empty: nothing."""
    noted = conversation.metadata.get(KEY)
    if not noted:
        return ""
    since = conversation.context_from
    return "" if since and datetime.fromisoformat(noted["at"]) < since else str(noted["text"])
