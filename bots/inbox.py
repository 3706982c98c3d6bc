"""What came in, once: an inbound message becomes rows, in one transaction of the tenant's schema."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection

from bots.models import Channel, Message, Turn, WebhookLog
from bots.whatsapp.base import Incoming

#: A message restarts the wait for the rest of a burst, but nobody waits longer than so many waits.
MOST_WAITS = 4


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an inbound message. `is_new` is False for a repeat, which changes nothing."""

    conversation_id: UUID
    message_id: UUID
    is_new: bool


def receive(*, channel: Channel, incoming: Incoming, delay: float, ttl: float, log: WebhookLog) -> Receipt:
    """Keep the message and its log, and make its conversation due in `delay` seconds.

    `ttl`: after so many seconds of silence a new conversation begins. Once this returns, the message is kept.
    """
    values: dict[str, Any] = {
        "channel": channel.pk,
        "sender": incoming.sender,
        "reply_to": incoming.reply_to,
        "phone": incoming.phone,
        "profile_name": incoming.profile_name,
        "new_contact": uuid4(),
        "new_conversation": uuid4(),
        "new_message": uuid4(),
        "external_id": incoming.external_id,
        "kind": incoming.kind,
        "text": incoming.text,
        "media": json.dumps([asdict(media) for media in incoming.media]),
        "details": json.dumps(incoming.details),
        "delay": delay,
        "longest": delay * MOST_WAITS,
        "ttl": ttl,
        "log": log.pk,
        "method": log.method,
        "headers": json.dumps(log.headers),
        "body": json.dumps(log.body),
        "response_status": log.response_status,
        "processing_time": log.processing_time,
        "log_error": log.error,
        "log_kind": log.kind,
    }
    try:
        return _run(values)
    except IntegrityError:
        # Two messages gave one contact two identities at the same time. The second look finds what the first made.
        return _run(values)


def _run(values: dict[str, Any]) -> Receipt:
    with connection.cursor() as cursor:
        cursor.execute(RECEIVE, values)
        return Receipt(*cursor.fetchone())


def settle(messages: list[Message], *, outcome: str, reason: str, turn: Turn) -> None:
    """Write down what became of inbound messages, in the caller's transaction.

    Of a burst the last message is answered, and the earlier ones are merged into that answer.
    """
    *earlier, last = messages
    shared = {"outcome_reason": reason, "turn": turn}
    Message.objects.filter(pk=last.pk).update(outcome=outcome, **shared)
    if earlier:
        merged = Message.Outcome.MERGED if outcome == Message.Outcome.ANSWERED else outcome
        Message.objects.filter(pk__in=[message.pk for message in earlier]).update(outcome=merged, **shared)


#: One script, one round trip, one transaction (PostgreSQL runs the statements of one query string in one): ORM calls
#: take sixteen round trips for the same, and most of a webhook's CPU. Each statement sees what the ones before it did,
#: and what others committed until it began. A repeat changes nothing: it only gets its log.
RECEIVE = """
-- One known by phone alone, who now comes with a user id as well, stays who they are.
UPDATE bots_contact SET identity = %(sender)s
 WHERE channel_id = %(channel)s AND identity = %(phone)s AND %(phone)s NOT IN ('', %(sender)s)
   AND NOT EXISTS (SELECT FROM bots_contact WHERE channel_id = %(channel)s AND identity = %(sender)s)
   AND NOT EXISTS (SELECT FROM bots_message WHERE external_id = %(external_id)s);

-- From here on the contact's row is locked: their messages get their timestamps one after the other.
INSERT INTO bots_contact AS known
       (id, channel_id, identity, reply_to, phone, profile_name, language, opted_out, created_at)
SELECT %(new_contact)s, %(channel)s, %(sender)s, %(reply_to)s, %(phone)s, %(profile_name)s, '', false, now()
 WHERE NOT EXISTS (SELECT FROM bots_message WHERE external_id = %(external_id)s)
ON CONFLICT (channel_id, identity) DO UPDATE
   SET reply_to = excluded.reply_to,
       phone = coalesce(nullif(excluded.phone, ''), known.phone),
       profile_name = coalesce(nullif(excluded.profile_name, ''), known.profile_name);

-- A conversation that has rested is over, unless something is left to do in it or a human has it.
UPDATE bots_conversation SET is_active = false
 WHERE contact_id = (SELECT id FROM bots_contact WHERE channel_id = %(channel)s AND identity = %(sender)s)
   AND is_active AND mode = 'bot' AND due_at IS NULL
   AND last_activity < clock_timestamp() - make_interval(secs => %(ttl)s)
   AND NOT EXISTS (SELECT FROM bots_message WHERE external_id = %(external_id)s);

INSERT INTO bots_conversation
       (id, contact_id, user_phone, started_at, last_activity, is_active, metadata, mode, fence, attempts,
        history_version)
SELECT %(new_conversation)s, id, phone, clock_timestamp(), clock_timestamp(), true, '{}', 'bot', 0, 0, 0
  FROM bots_contact
 WHERE channel_id = %(channel)s AND identity = %(sender)s
   AND NOT EXISTS (SELECT FROM bots_message WHERE external_id = %(external_id)s)
ON CONFLICT (contact_id) WHERE is_active DO UPDATE SET last_activity = excluded.last_activity;

INSERT INTO bots_message
       (id, conversation_id, role, content, metadata, direction, kind, media, external_id, status, outcome,
        outcome_reason, send_attempts, error_code, error)
SELECT %(new_message)s, conversation.id, 'user', %(text)s, %(details)s, 'in', %(kind)s, %(media)s, %(external_id)s,
       'received', '', '', 0, '', ''
  FROM bots_conversation AS conversation
  JOIN bots_contact AS contact ON contact.id = conversation.contact_id
 WHERE contact.channel_id = %(channel)s AND contact.identity = %(sender)s AND conversation.is_active
ON CONFLICT (external_id) DO NOTHING;

UPDATE bots_conversation
   SET waiting_since = coalesce(waiting_since, clock_timestamp()),
       due_at = least(
           clock_timestamp() + make_interval(secs => %(delay)s),
           coalesce(waiting_since, clock_timestamp()) + make_interval(secs => %(longest)s)
       )
 WHERE id = (SELECT conversation_id FROM bots_message WHERE id = %(new_message)s);

INSERT INTO bots_webhooklog
       (id, timestamp, method, headers, body, response_status, processing_time, error, kind, channel_id, message_id,
        outcome)
SELECT %(log)s, now(), %(method)s, %(headers)s, %(body)s, %(response_status)s, %(processing_time)s, %(log_error)s,
       %(log_kind)s, %(channel)s, id, CASE WHEN id = %(new_message)s THEN 'accepted' ELSE 'repeat' END
  FROM bots_message WHERE external_id = %(external_id)s;

SELECT conversation_id, id, id = %(new_message)s FROM bots_message WHERE external_id = %(external_id)s;
"""
