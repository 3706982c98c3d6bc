"""What a turn is going to write, and the one transaction that writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from bots import queueing, rows, script, turns
from bots.ai.base import ChatMessage
from bots.commands import LONGEST
from bots.conversations import ConversationManager
from bots.desk import withholding
from bots.models import AIConfiguration, Conversation, Message, Turn
from bots.prepared import Statement
from bots.rules import CONSENT, UNTOLD, Outcome, Reason
from tenants.models import Tenant


@dataclass(slots=True)
class Plan:
    """Filled while a turn is thought through; nothing of it holds before `commit`."""

    settled: list[tuple[list[Message], Outcome, Reason]] = field(default_factory=list)
    #: (notice, text): a notice's name is empty for the bot's own answer.
    replies: list[tuple[str, str]] = field(default_factory=list)
    turn: dict[str, Any] = field(default_factory=lambda: {"outcome": Turn.Outcome.NOTICE})
    #: The model forgets what was said before this turn.
    forgets: bool = False
    #: Whether the contact wants to hear nothing from now on; None: as before.
    opts_out: bool | None = None
    #: Who speaks from now on; None: as before.
    mode: Conversation.Mode | None = None
    #: Seconds that the contact waits for a person, where they asked for one.
    pause: float | None = None

    def settle(self, messages: list[Message], outcome: Outcome, reason: Reason = "") -> None:
        if messages:
            self.settled.append((messages, outcome, reason))

    def say(self, text: str, *, notice: str = "") -> None:
        if text:
            self.replies.append((notice, text))


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of a plan. `replies` are to be sent, in their order; `is_behind`: after what is unsent already.
    `meanwhile`: the beginnings of the messages that came in since the claim."""

    replies: list[Message]
    is_behind: bool
    meanwhile: list[str]


def commit(
    held: turns.Claim,
    *,
    plan: Plan,
    conversation: Conversation,
    tenant: Tenant,
    configuration: AIConfiguration | None,
    conversations: ConversationManager,
) -> Committed:
    """The replies, what became of the messages, and the turn that explains it: all or nothing, and only if the
    conversation is still ours. Raises `LeaseLostError`.

    Whether the bot may speak is asked again here: an answer takes seconds; a takeover, a block and a suspension hold at
    once. What it would have told somebody who is with a person now is a suggestion for that person.
    """
    turn = Turn(conversation=conversation, configuration=configuration, **plan.turn)
    replies = [
        message
        for notice, text in plan.replies
        for message in queueing.compose(conversation, text=text, notice=notice, turn=turn)
    ]
    row = script.run(
        COMMIT,
        {
            "conversation": held.conversation_id,
            "fence": held.fence,
            "tenant": tenant.pk,
            "turn": json.dumps(rows.columns(turn), cls=DjangoJSONEncoder),
            "turn_id": turn.id,
            "settled": json.dumps(list(_fates(plan))),
            "replies": json.dumps([rows.columns(reply) for reply in replies], cls=DjangoJSONEncoder),
            "forgets": plan.forgets,
            "contact": conversation.contact_id,
            "opts_out": plan.opts_out,
            "mode": plan.mode,
            "pause": plan.pause,
            "consent": list(CONSENT),
            "kept": [*CONSENT, "blocked"],
            "longest": LONGEST + 1,
        },
    )
    if row is None:
        withholding.keep_late(turn, replies=replies)
        raise turns.LeaseLostError
    silence, is_behind, version, now, meanwhile = row
    for place, reply in enumerate(replies, 1):
        reply.timestamp = now + timedelta(microseconds=place)
    if silence:
        replies = [one for one in replies if silence == "human" and one.metadata.get("notice") in CONSENT]
    if silence or not plan.forgets:
        said = [*_heard(plan, silence=silence), *(reply for reply in replies if "notice" not in reply.metadata)]
        chat = [ChatMessage(role=one.role, content=one.in_words) for one in said if one.in_words]  # type: ignore[typeddict-item]
        conversations.carry_on(held.conversation_id, version=version, messages=chat)
    return Committed(replies, is_behind, meanwhile)


def _heard(plan: Plan, *, silence: str | None) -> list[Message]:
    """What the contact said, no command, that was not refused."""
    outcomes = {"human": "human", "suspended": "refused", "blocked": "refused"}
    return [
        message
        for messages, outcome, reason in plan.settled
        if outcomes.get(silence or "", outcome) != "refused" and reason not in UNTOLD
        for message in messages
    ]


def _fates(plan: Plan) -> Iterator[dict[str, str]]:
    """What becomes of each message: the last of a burst is answered, the earlier ones are merged into that answer."""
    for messages, outcome, reason in plan.settled:
        *earlier, last = messages
        yield {"id": str(last.id), "outcome": outcome, "reason": reason}
        merged = Message.Outcome.MERGED if outcome == Message.Outcome.ANSWERED else outcome
        yield from ({"id": str(message.id), "outcome": merged, "reason": reason} for message in earlier)


TYPES = {
    "conversation": "uuid",
    "fence": "bigint",
    "tenant": "bigint",
    "turn": "jsonb",
    "turn_id": "uuid",
    "settled": "jsonb",
    "replies": "jsonb",
    "forgets": "boolean",
    "contact": "uuid",
    "opts_out": "boolean",
    "mode": "text",
    "pause": "double precision",
    "consent": "text[]",
    "kept": "text[]",
    "longest": "integer",
}
#: One script, one round trip, one transaction: the first statement locks the row, so that the second sees what was
#: committed until then. With the ORM this took sixteen round trips and some 9 ms of CPU.
#: Whoever writes to the contact locks it before the conversation, as an inbound message does. While somebody else has
#: the conversation, what the contact said about being written to at all still holds and is answered.
COMMIT = (
    Statement.of(
        "lock_contact",
        "SELECT FROM bots_contact WHERE id = %(contact)s AND %(opts_out)s IS NOT NULL FOR UPDATE",
        types=TYPES,
    ),
    turns.LOCK,
    Statement.of(
        "commit",
        """
WITH ours AS MATERIALIZED (
    SELECT clock_timestamp() AS now,
           CASE WHEN EXISTS (SELECT FROM public.tenants_tenant WHERE id = %(tenant)s AND status <> 'active')
                THEN 'suspended'
                WHEN EXISTS (SELECT FROM bots_contact WHERE id = %(contact)s AND blocked_at IS NOT NULL)
                THEN 'blocked'
                WHEN mode = 'human' AND paused_until IS NULL THEN 'human'
           END AS silence,
           EXISTS (SELECT FROM bots_message
                    WHERE conversation_id = %(conversation)s AND status IN ('queued', 'sending')) AS is_behind
      FROM bots_conversation WHERE id = %(conversation)s AND fence = %(fence)s
), turn AS (
    INSERT INTO bots_turn (""",
        rows.names(Turn),
        """)
    SELECT """,
        rows.names(Turn, of="turn"),
        """ FROM ours, jsonb_populate_record(
        NULL::bots_turn, %(turn)s || jsonb_build_object('created_at', ours.now)
    ) AS turn
), settled AS (
    UPDATE bots_message AS message
       SET turn_id = %(turn_id)s,
           outcome = CASE WHEN ours.silence IN ('suspended', 'blocked') THEN 'refused'
                          WHEN ours.silence = 'human' AND fate.reason <> ALL (%(kept)s) THEN 'human'
                          ELSE fate.outcome END,
           outcome_reason = CASE WHEN ours.silence = 'human' AND fate.reason = ANY (%(kept)s) THEN fate.reason
                                 ELSE coalesce(ours.silence, fate.reason) END
      FROM ours, jsonb_to_recordset(%(settled)s) AS fate(id uuid, outcome text, reason text)
     WHERE message.id = fate.id
), said AS (
    INSERT INTO bots_message (""",
        rows.names(Message),
        """)
    SELECT """,
        rows.names(Message, of="message"),
        """
      FROM ours, jsonb_array_elements(%(replies)s) WITH ORDINALITY AS queued(reply, place),
           -- Parts are sent in the order of their timestamps.
           jsonb_populate_record(NULL::bots_message, reply || jsonb_build_object(
               'timestamp', ours.now + place * interval '1 microsecond'
           )) AS message
     WHERE ours.silence IS NULL
        OR ours.silence = 'human' AND reply -> 'metadata' ->> 'notice' = ANY (%(consent)s)
), withheld AS (
    INSERT INTO bots_suggestion (id, conversation_id, kind, state, text, turn_id, error)
    SELECT gen_random_uuid(), %(conversation)s, 'withheld', 'ready', answer.text, %(turn_id)s, ''
      FROM ours,
           (SELECT string_agg(reply ->> 'content', E'\n\n' ORDER BY place) AS text
              FROM jsonb_array_elements(%(replies)s) WITH ORDINALITY AS parts(reply, place)
             WHERE NOT reply -> 'metadata' ? 'notice') AS answer
     WHERE ours.silence = 'human' AND answer.text IS NOT NULL
), consented AS (
    UPDATE bots_contact
       SET opted_out = %(opts_out)s, opted_out_at = CASE WHEN %(opts_out)s THEN ours.now END
      FROM ours WHERE id = %(contact)s AND %(opts_out)s IS NOT NULL
)
UPDATE bots_conversation
   SET history_version = history_version + 1,
       context_from = CASE WHEN %(forgets)s AND ours.silence IS NULL THEN ours.now ELSE context_from END,
       mode = CASE WHEN ours.silence IS NULL THEN coalesce(%(mode)s, mode) ELSE mode END,
       paused_until = CASE WHEN ours.silence IS NULL AND %(mode)s IS NOT NULL
                           THEN ours.now + make_interval(secs => %(pause)s) ELSE paused_until END
  FROM ours WHERE id = %(conversation)s
RETURNING ours.silence, ours.is_behind, history_version, ours.now,
          (SELECT coalesce(json_agg(left(content, %(longest)s)), '[]') FROM bots_message
            WHERE conversation_id = %(conversation)s AND direction = 'in' AND outcome = ''
              AND id NOT IN (SELECT id FROM jsonb_to_recordset(%(settled)s) AS fate(id uuid)))
""",
        types=TYPES,
    ),
)
