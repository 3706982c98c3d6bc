"""People answer to one message by quoting it: "is this vegan?" means nothing without it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from bots.models import Message

#: Characters: a quote reminds the model of a message, it does not repeat it.
LONGEST = 300


def with_quotes(messages: Sequence[Message], *, contact_id: UUID) -> list[str]:
    """What each of the contact's messages says, behind a quote of the message that it answers to.

    Asks the database only where one quotes. What was said to or by somebody else, and what nobody kept, is not quoted.
    """
    wanted = {name for message in messages if (name := message.metadata.get("replied_to"))}
    kept = Message.objects.filter(external_id__in=wanted, conversation__contact_id=contact_id) if wanted else ()
    words = {message.external_id: message.in_words for message in kept}
    return [quoting(message.in_words, quote=words.get(message.metadata.get("replied_to"), "")) for message in messages]


def quoting(text: str, *, quote: str) -> str:
    """`text` behind one line of quote, as people write it in mails; just `text` where there is nothing to quote."""
    line = " ".join(quote.split())
    if not line:
        return text
    if len(line) > LONGEST:
        line = f"{line[: LONGEST - 1].rstrip()}…"
    return f"> {line}\n\n{text}"
