"""The lines of the webhook log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bots.models import WebhookLog
from bots.models.log import SLOW
from dashboard import masking
from dashboard.ledger import replies
from dashboard.ledger import words as outcomes
from dashboard.ledger.words import Reply, Said
from dashboard.logs import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request in the list. `who`: the contact, masked; `duration`: milliseconds."""

    pk: UUID
    at: datetime
    kind: str
    said: Said
    who: str
    status: int
    is_refused: bool
    duration: float
    is_slow: bool
    was_processed_again: bool


def rows_of(logs: Sequence[WebhookLog], *, now: datetime) -> list[Row]:
    """`logs` as `finding.page` reads them. Two queries more, however many there are."""
    messages = [log.message for log in logs if log.message and log.outcome == WebhookLog.Outcome.ACCEPTED]
    answers = replies.of_turns(message.turn_id for message in messages)
    limits = replies.limits(messages)
    return [_row(log, answers=answers, limits=limits, now=now) for log in logs]


def said_of(log: WebhookLog, *, reply: Reply | None, per_minute: int | None, now: datetime) -> Said:
    """`log` with its message and `reported_status`."""
    if log.message and log.outcome == WebhookLog.Outcome.ACCEPTED:
        return outcomes.outcome(log.message, reply=reply, per_minute=per_minute, now=now)
    return words.request(log, reported_status=reported_status(log))


def reported_status(log: WebhookLog) -> str:
    return str(getattr(log, "reported_status", None) or "")


def who_of(log: WebhookLog) -> str:
    """The contact, where there is one; else the number that the request named. Masked."""
    if log.message:
        contact = log.message.conversation.contact
        return masking.contact_name(profile_name=contact.profile_name, phone=contact.phone)
    # A status is told from our number to the contact's.
    said_by = "named" if log.kind == WebhookLog.Kind.MESSAGE else "named_to"
    named = str(getattr(log, said_by, None) or "")
    return masking.masked_number(named.removeprefix("whatsapp:")) if named else ""


def _row(log: WebhookLog, *, answers: Mapping[UUID, Reply], limits: Mapping[int, int], now: datetime) -> Row:
    turn = log.message.turn if log.message else None
    return Row(
        pk=log.pk,
        at=log.timestamp,
        kind=words.kind(log),
        said=said_of(
            log,
            reply=answers.get(turn.pk) if turn else None,
            per_minute=limits.get(turn.configuration_id or 0) if turn else None,
            now=now,
        ),
        who=who_of(log),
        status=log.response_status,
        is_refused=log.response_status >= 400,  # noqa: PLR2004
        duration=log.processing_time,
        is_slow=log.processing_time >= SLOW,
        was_processed_again=log.processed_again_at is not None,
    )
