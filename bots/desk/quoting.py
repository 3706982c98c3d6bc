"""A reply that answers to one message in particular."""

from __future__ import annotations

from uuid import UUID

from bots.models import Conversation, Message
from bots.quotes import LONGEST
from bots.whatsapp import can_quote


def quoted(text: str, *, message_id: UUID | None, conversation: Conversation) -> tuple[str, dict[str, object]]:
    """The text and the metadata of a reply to this message; unchanged where there is none such in the conversation.

    Where the provider has no quotes (Twilio), the text begins with a line of quote, as WhatsApp shows it.
    """
    message = Message.objects.filter(pk=message_id, conversation=conversation).first() if message_id else None
    if message is None:
        return text, {}
    if can_quote(conversation.contact.channel.provider):
        return text, {"replied_to": message.external_id} if message.external_id else {}
    line = " ".join(message.in_words.split())
    line = f"{line[: LONGEST - 1].rstrip()}…" if len(line) > LONGEST else line
    return (f"> {line}\n{text}" if line else text), {}
