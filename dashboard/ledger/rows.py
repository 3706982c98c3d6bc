"""The lines of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bots.desk.one_of import one_of
from bots.models import Message, WebhookLog
from bots.reprocessing import FAULTS
from dashboard import masking, wording
from dashboard.ledger import replies, words
from dashboard.ledger.words import Said

#: Characters of a message that a line has room for.
LONGEST = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An inbound message. `turn` and `log` are keys of what explains it, None where there is nothing."""

    pk: UUID
    conversation: UUID
    at: datetime
    who: str
    text: str
    said: Said
    turn: UUID | None
    log: UUID | None
    can_process: bool
    was_processed_again: bool


def rows_of(messages: Sequence[Message], *, now: datetime) -> list[Row]:
    """`messages` as `finding.shown` reads them. Three queries more, however many there are."""
    answers = replies.of_turns(message.turn_id for message in messages)
    limits = replies.limits(messages)
    logs = _logs(messages)
    return [
        Row(
            pk=message.pk,
            conversation=message.conversation_id,
            at=message.timestamp,
            who=_who(message),
            text=_shortened(message.content) or wording.kind(message.kind),
            said=words.outcome(
                message,
                reply=answers.get(message.turn_id) if message.turn_id else None,
                per_minute=limits.get(message.turn.configuration_id or 0) if message.turn else None,
                now=now,
            ),
            turn=message.turn_id,
            log=logs.get(message.pk),
            can_process=_failed(message),
            was_processed_again=words.was_processed_again(message),
        )
        for message in messages
    ]


def _logs(messages: Sequence[Message]) -> dict[UUID, UUID]:
    """The request that brought each message."""
    found = WebhookLog.objects.filter(one_of("message_id", [message.pk for message in messages]))
    found = found.filter(outcome=WebhookLog.Outcome.ACCEPTED).order_by("-timestamp")
    return {message: pk for message, pk in found.values_list("message_id", "pk") if message}


def _who(message: Message) -> str:
    contact = message.conversation.contact
    return masking.contact_name(profile_name=contact.profile_name, phone=contact.phone)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _failed(message: Message) -> bool:
    refused = message.outcome == Message.Outcome.REFUSED and message.outcome_reason in FAULTS
    return message.outcome == Message.Outcome.FAILED or refused
