"""A text becomes messages that wait to be sent: as many as WhatsApp needs for it, in the order of its parts."""

from __future__ import annotations

from datetime import timedelta

from bots import formatting
from bots.models import Conversation, Message, Turn
from bots.models.clock import database_time
from bots.whatsapp import max_length


def compose(conversation: Conversation, *, text: str, turn: Turn | None = None, notice: str = "") -> list[Message]:
    """`text` (Markdown) as one or more messages that wait to be sent; the caller gives them their times and saves them.

    `notice` names a fixed text; notices are no part of what a model remembers.
    """
    limit = max_length(conversation.contact.channel.provider)
    return [
        Message(
            conversation=conversation,
            role=Message.Role.ASSISTANT,
            direction=Message.Direction.OUT,
            status=Message.Status.QUEUED,
            content=part,
            turn=turn,
            metadata={"notice": notice} if notice else {},
        )
        for part in formatting.split(formatting.to_whatsapp(text), limit=limit)
    ]


def queue(conversation: Conversation, *, text: str, turn: Turn | None = None, notice: str = "") -> list[Message]:
    """Queue `text` as one or more messages, in the caller's transaction."""
    return save(compose(conversation, text=text, turn=turn, notice=notice))


def save(messages: list[Message]) -> list[Message]:
    """Parts are sent in the order of their timestamps."""
    now = database_time()
    for place, message in enumerate(messages):
        message.timestamp = now + timedelta(microseconds=place)
    return Message.objects.bulk_create(messages)
