"""WhatsApp's 24 hours: https://developers.facebook.com/docs/whatsapp/pricing#customer-service-windows"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from bots.models.clock import database_time

#: How long after a person's last message a business may write to them freely. Later it may only send templates.
WINDOW = timedelta(hours=24)


def closes_at(conversation_id: UUID) -> datetime | None:
    """When the window closes, or closed: 24 hours after the contact's last message, in whichever of their
    conversations. None: they never wrote."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_HEARD, {"conversation": conversation_id})
        (last,) = cursor.fetchone()
    return last + WINDOW if last else None


def is_open(conversation_id: UUID) -> bool:
    """Whether anything but a template may be sent now."""
    closes = closes_at(conversation_id)
    return closes is not None and closes > database_time()


#: Conversation by conversation, so that each is one look into the index, however long it is. What lies further back
#: than a contact's latest few conversations was said long ago.
LAST_HEARD = """
SELECT max(heard.timestamp)
  FROM (SELECT id FROM bots_conversation
         WHERE contact_id = (SELECT contact_id FROM bots_conversation WHERE id = %(conversation)s)
         ORDER BY last_activity DESC LIMIT 5) AS latest
 CROSS JOIN LATERAL (
       SELECT timestamp FROM bots_message WHERE conversation_id = latest.id AND direction = 'in'
        ORDER BY timestamp DESC LIMIT 1) AS heard
"""
