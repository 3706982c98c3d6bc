"""The statements that make rows of an inbound message. Most take `TAKE` alone; somebody new takes `MEET` before it.

One statement is one round trip, one snapshot and one plan: ORM calls take sixteen round trips for the same, and most of
a webhook's CPU. What PostgreSQL promises of statements with several writes, and what is built on here: each part sees
the rows as they stood when the statement began, a row that somebody else changed meanwhile is locked and read again by
`ON CONFLICT DO UPDATE` and `UPDATE`, and parts that name one another run in that order.
https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
"""

from __future__ import annotations

from bots.group_commit import saying
from bots.prepared import Statement

TYPES = {
    "provider": "text",
    "address": "text",
    "tenant": "bigint",
    "schema": "text",
    "status": "text",
    "channel": "uuid",
    "account": "text",
    "sealed": "text",
    "default_ttl": "double precision",
    "most_waits": "double precision",
    "new_conversation": "uuid",
    "new_message": "uuid",
    "new_log": "uuid",
    "sender": "text",
    "reply_to": "text",
    "phone": "text",
    "profile_name": "text",
    "external_id": "text",
    "kind": "text",
    "text": "text",
    "media": "jsonb",
    "details": "jsonb",
    "method": "text",
    "headers": "jsonb",
    "body": "jsonb",
    "response_status": "integer",
    "processing_time": "double precision",
    "error": "text",
    "log_kind": "text",
}

#: A row while the destination that the request was verified against is what the rows say; it holds how the tenant wants
#: messages to be taken. Without this row nothing is written.
STANDING = """
WITH standing AS MATERIALIZED (
    SELECT coalesce(pace.reply_delay_seconds, 0) AS delay, coalesce(pace.ttl_seconds, %(default_ttl)s) AS ttl
      FROM public.tenants_route AS route
      JOIN public.tenants_tenant AS tenant ON tenant.id = route.tenant_id
      JOIN bots_channel AS channel ON channel.id = route.channel_id
      LEFT JOIN bots_aiconfiguration AS pace ON pace.is_active
     WHERE route.provider = %(provider)s AND route.address = %(address)s
       AND tenant.id = %(tenant)s AND tenant.schema_name = %(schema)s AND tenant.status = %(status)s
       AND channel.id = %(channel)s AND channel.account_id = %(account)s AND channel.credentials = %(sealed)s
),
kept_before AS MATERIALIZED (
    SELECT id, conversation_id FROM bots_message WHERE external_id = %(external_id)s
)"""

#: Of a conversation: over, unless something is left to do in it or a human has it.
RESTED = """(
        mode = 'bot' AND due_at IS NULL
        AND last_activity < clock_timestamp() - make_interval(secs => (SELECT ttl FROM standing))
    )"""

#: One known by phone alone, who now comes with a user id as well, stays who they are.
RENAME = Statement.of(
    "rename_contact",
    STANDING,
    """
UPDATE bots_contact SET identity = %(sender)s
 WHERE channel_id = %(channel)s AND identity = %(phone)s
   AND NOT EXISTS (SELECT FROM bots_contact WHERE channel_id = %(channel)s AND identity = %(sender)s)
   AND NOT EXISTS (SELECT FROM kept_before) AND EXISTS (SELECT FROM standing)
""",
    types=TYPES,
)

#: Whoever writes becomes a contact, called and reached as they say now, with a conversation that goes on: what `TAKE`
#: needs.
MEET = Statement.of(
    "meet",
    STANDING,
    """,
contact AS (
    INSERT INTO bots_contact AS known
           (id, channel_id, identity, reply_to, phone, profile_name, language, opted_out, created_at)
    SELECT gen_random_uuid(), %(channel)s, %(sender)s, %(reply_to)s, %(phone)s, %(profile_name)s, '', false, now()
      FROM standing WHERE NOT EXISTS (SELECT FROM kept_before)
    ON CONFLICT (channel_id, identity) DO UPDATE
       SET reply_to = excluded.reply_to,
           phone = coalesce(nullif(excluded.phone, ''), known.phone),
           profile_name = coalesce(nullif(excluded.profile_name, ''), known.profile_name)
    RETURNING id, phone
),
-- A conversation that has rested is over.
rested AS (
    UPDATE bots_conversation SET is_active = false
     WHERE contact_id = (SELECT id FROM contact) AND is_active AND """,
    RESTED,
    """
    RETURNING id
)
INSERT INTO bots_conversation AS known
       (id, contact_id, user_phone, started_at, last_activity, is_active, metadata, mode, fence, attempts,
        history_version)
SELECT %(new_conversation)s, id, phone, clock_timestamp(), clock_timestamp(), true, '{}', 'bot', 0, 0, 0
  FROM contact
 -- Always true; makes the end of the old conversation come first.
 WHERE (SELECT count(*) FROM rested) >= 0
-- Somebody else began it meanwhile: from here on it is locked, and goes on.
ON CONFLICT (contact_id) WHERE is_active DO UPDATE SET last_activity = excluded.last_activity
""",
    types=TYPES,
)

#: Most messages are of somebody who wrote before, in a conversation that goes on: this alone keeps them. A repeat only
#: gets its log. Returns the conversation, the message, whether it is new, and the delay in seconds. No row, and nothing
#: is written, where there is somebody to `MEET` first, or the destination is no longer what it was. Two of the same id
#: at the same time: the later one fails at the unique id of messages and changes nothing.
TAKE = Statement.of(
    "take",
    STANDING,
    """,
-- From here on the conversation's row is locked: its messages get their timestamps one after the other.
conversation AS (
    UPDATE bots_conversation
       SET last_activity = clock_timestamp(),
           waiting_since = coalesce(waiting_since, clock_timestamp()),
           due_at = least(
               clock_timestamp() + make_interval(secs => delay),
               coalesce(waiting_since, clock_timestamp()) + make_interval(secs => delay * %(most_waits)s)
           )
      FROM standing, bots_contact AS contact
     WHERE contact.channel_id = %(channel)s AND contact.identity = %(sender)s
       AND contact.reply_to = %(reply_to)s AND %(profile_name)s IN ('', contact.profile_name)
       AND %(phone)s IN ('', contact.phone)
       AND contact_id = contact.id AND is_active AND NOT """,
    RESTED,
    """
       AND NOT EXISTS (SELECT FROM kept_before)
    RETURNING bots_conversation.id
),
message AS (
    INSERT INTO bots_message
           (id, conversation_id, role, content, metadata, direction, kind, media, external_id, status, outcome,
            outcome_reason, send_attempts, error_code, error)
    SELECT %(new_message)s, id, 'user', %(text)s, %(details)s, 'in', %(kind)s, %(media)s, %(external_id)s,
           'received', '', '', 0, '', ''
      FROM conversation
    RETURNING id, conversation_id
),
kept AS (
    SELECT id, conversation_id, true AS is_new, delay FROM message, standing
     UNION ALL
    SELECT id, conversation_id, false, delay FROM kept_before, standing
),
logged AS (
    INSERT INTO bots_webhooklog
           (id, timestamp, method, headers, body, response_status, processing_time, error, kind, channel_id, message_id,
            outcome)
    SELECT %(new_log)s, clock_timestamp(), %(method)s, %(headers)s, %(body)s, %(response_status)s, %(processing_time)s,
           %(error)s, %(log_kind)s, %(channel)s, id, CASE WHEN is_new THEN 'accepted' ELSE 'repeat' END
      FROM kept
)
""",
    saying("new_log", "conversation_id", "id", "is_new", "delay"),
    "FROM kept",
    types=TYPES,
    # Senders wait for this one, and each schema may have a webhook at any moment: with its plan it takes 0.2 ms of
    # PostgreSQL's time instead of 1.2 ms.
    schemas=1000,
)
