"""A message found `sending` was begun by a worker that never came back: whether the provider took it.

The provider's own list tells. Where it has none (Meta), a status callback does, or its absence.
"""

from __future__ import annotations

from datetime import timedelta

from bots.models import Contact, Message
from bots.models.clock import database_time
from bots.whatsapp.base import WhatsAppClient, WhatsAppError
from tenants.context import release_connection

#: Seconds to wait for the status callback of an uncertain send, where there is no list to ask. It takes a few; a send
#: that is not reported by then is taken for lost and made again: an answer twice is better than none.
CALLBACK_WAIT = 30.0
#: The provider's clock may differ from ours.
CLOCK_TOLERANCE = timedelta(seconds=60)


def wait_for_callback(message: Message) -> None:
    """Raises `WhatsAppError` until the status callback of the last send has had its time."""
    begun = message.sending_at or message.timestamp
    if (left := CALLBACK_WAIT - (database_time() - begun).total_seconds()) > 0:
        raise WhatsAppError("Waiting for the report of a send without an answer", uncertain=True, retry_after=left)


def found_at_provider(message: Message, *, contact: Contact, client: WhatsAppClient) -> str | None:
    """The id under which the provider already has this message: one with its text that no other row of ours names."""
    since = (message.sending_at or message.timestamp) - CLOCK_TOLERANCE
    release_connection()
    try:
        with_file = {"with_file": True} if message.media else {}
        found = client.find_sent(contact.reply_to, message.content, since=since, **with_file)
    except WhatsAppError as error:
        # Nobody knows yet: it stays `sending`, so that it is looked for again before it is sent again.
        error.uncertain = True
        raise
    ours = set(Message.objects.filter(external_id__in=found).values_list("external_id", flat=True))
    ours.update(message.metadata.get("earlier_ids", ()))
    return next((external_id for external_id in found if external_id not in ours), None)
