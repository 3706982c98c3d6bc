"""From a turn's rows to all that a page says of it, by a bounded number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bots.models import AIConfiguration, AnswerMark, Message, Suggestion, Turn, WebhookLog
from dashboard import masking, spending, wording
from dashboard.charts.waterfall import Waterfall, waterfall
from dashboard.why import steps, words

#: Messages that a page lists; a turn rarely has more than a handful.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message that the turn answered, its outcome in words, and the request that brought it."""

    message: Message
    text: str
    outcome: str
    log: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    turn: Turn
    contact: str
    verdict: words.Verdict
    asked: list[Asked]
    replies: list[Message]
    waterfall: Waterfall
    #: The number of the configuration's version; None: it is not kept any more.
    version: int | None
    tokens: str
    cost: str
    price: str
    is_estimate: bool
    calls: str
    mark: AnswerMark | None


def explained(pk: UUID) -> Explanation | None:
    """None: there is no such turn, or none any more."""
    turns = Turn.objects.select_related("conversation__contact", "mark").defer("conversation__metadata")
    turn = turns.filter(pk=pk).first()
    if turn is None:
        return None
    messages = list(turn.messages.order_by("timestamp")[:MOST_SHOWN])
    inbound = [message for message in messages if message.direction == Message.Direction.IN]
    replies = [message for message in messages if message.direction == Message.Direction.OUT]
    logs = _logs(inbound)
    moments = _moments(turn, inbound=inbound, replies=replies, log=logs.get(inbound[0].pk) if inbound else None)
    spent = words.spending_of(turn)
    is_withheld = not replies and turn.suggestions.filter(kind=Suggestion.Kind.WITHHELD).exists()
    contact = turn.conversation.contact
    return Explanation(
        turn=turn,
        contact=masking.contact_name(profile_name=contact.profile_name, phone=contact.phone),
        verdict=words.verdict_of(
            turn, asked=inbound, is_withheld=is_withheld, waited=steps.seconds_until_sent(moments)
        ),
        asked=[_asked(message, log=logs.get(message.pk)) for message in inbound],
        replies=replies,
        waterfall=waterfall(steps.steps_of(moments), words=wording.duration),
        version=_version_of(turn),
        tokens=spending.tokens(spent),
        cost=spending.cost(spent) if turn.cost is None else spending.dollars(turn.cost),
        price=spending.price_words(spent, paid=turn.cost),
        is_estimate=spent.is_estimate,
        calls=words.calls(turn),
        mark=getattr(turn, "mark", None),
    )


def _asked(message: Message, *, log: WebhookLog | None) -> Asked:
    text = message.content or wording.kind(message.kind)
    return Asked(message=message, text=text, outcome=wording.outcome(message), log=log.pk if log else None)


def _logs(inbound: Sequence[Message]) -> dict[UUID, WebhookLog]:
    """Of each message the request that it was taken from; of repeats none."""
    found = WebhookLog.objects.filter(message__in=inbound, outcome=WebhookLog.Outcome.ACCEPTED)
    return {log.message_id: log for log in found.only("message", "processing_time")}  # type: ignore[misc]


def _version_of(turn: Turn) -> int | None:
    """Without the version's secrets, which are read one by one."""
    return AIConfiguration.objects.filter(turn=turn).values_list("version", flat=True).first()


def _moments(
    turn: Turn, *, inbound: Sequence[Message], replies: Sequence[Message], log: WebhookLog | None
) -> steps.Moments:
    begun = [reply.sending_at for reply in replies if reply.sending_at]
    return steps.Moments(
        received=inbound[0].timestamp if inbound else None,
        webhook=log.processing_time if log else None,
        timings=turn.timings,
        committed=turn.created_at,
        asked_ai=turn.outcome != Turn.Outcome.NOTICE,
        has_files=any(message.media for message in inbound),
        replies=len(replies),
        sending=min(begun, default=None),
        sent=_all_at([reply.sent_at for reply in replies]),
        delivered=_all_at([reply.delivered_at for reply in replies]),
        read=_all_at([reply.read_at for reply in replies]),
    )


def _all_at(moments: Sequence[datetime | None]) -> datetime | None:
    """When the last part had come so far; None as long as one has not."""
    known = [moment for moment in moments if moment is not None]
    return max(known) if known and len(known) == len(moments) else None
