"""What goes on in the tenant's schema that the request is in. A bounded number of queries, and no secret read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Count, FloatField, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from bots.models import AIConfiguration, Channel, Conversation, KnowledgeSource, Message, Turn, WebhookLog
from dashboard import masking, wording

#: What "lately" means in the numbers: a day that needs no time zone.
PERIOD = timedelta(hours=24)
#: Messages that the numbers are made of, and answers that the median is of: a page is never slower than these make it.
MOST_COUNTED, MOST_TIMED = 10_000, 1_000
IN, OUT = Message.Direction.IN, Message.Direction.OUT


class Median(Aggregate):
    """PostgreSQL's continuous median."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The last 24 hours; `waiting` is now, however old."""

    #: The first message counted; None: there was none.
    since: datetime | None
    #: Messages that the numbers are made of, and whether there were more.
    counted: int
    is_cut: bool
    received: int
    answered: int
    with_a_person: int
    refused: int
    failed: int
    undelivered: int
    waiting: int
    waiting_since: datetime | None
    #: Milliseconds from the first message of a turn to its reply.
    median_reply: float | None

    @property
    def unanswered(self) -> int:
        return self.refused + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A conversation in a list."""

    id: UUID
    name: str
    text: str
    is_ours: bool
    at: datetime
    status: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A webhook request in a list."""

    at: datetime
    kind: str
    sentence: str
    tone: str
    response_status: int


def channel() -> Channel | None:
    """The connected number, with `last_inbound` and `last_outbound`; without its credentials."""
    latest = Message.objects.filter(conversation__contact__channel=OuterRef("pk")).order_by("-timestamp")
    return (
        Channel.objects.defer("credentials")
        .annotate(
            last_inbound=Subquery(latest.filter(direction=IN).values("timestamp")[:1]),
            last_outbound=Subquery(latest.filter(direction=OUT).values("timestamp")[:1]),
        )
        .filter(removed_at=None)
        .order_by("created_at")
        .first()
    )


def configuration() -> AIConfiguration | None:
    """The published version of the bot, without its key."""
    return AIConfiguration.objects.defer("api_key").filter(is_active=True).first()


def knowledge_sources() -> int:
    """How many texts the bot may answer from."""
    return KnowledgeSource.objects.filter(is_active=True).count()


def last_received() -> Message | None:
    """The newest inbound message of all conversations, with its turn."""
    received = Message.objects.filter(direction=IN).order_by("-timestamp")
    return received.select_related("turn").defer("turn__prompt", "turn__passages", "turn__answer").first()


def waiting() -> dict[str, Any]:
    """How many inbound messages wait for their answer, however old, and since when the oldest does."""
    return Message.objects.filter(direction=IN, outcome="").aggregate(
        waiting=Count("pk"), waiting_since=Min("timestamp")
    )


def numbers(*, now: datetime) -> Numbers:
    """What came in, and what became of it: of the last 24 hours, as far as `MOST_COUNTED` messages go back."""
    newest = Message.objects.filter(timestamp__gte=now - PERIOD).order_by("-timestamp")[:MOST_COUNTED]
    counts = newest.aggregate(
        counted=Count("pk"),
        since=Min("timestamp"),
        received=Count("pk", Q(direction=IN)),
        answered=Count("pk", Q(direction=IN, outcome__in=[Message.Outcome.ANSWERED, Message.Outcome.MERGED])),
        with_a_person=Count("pk", Q(direction=IN, outcome=Message.Outcome.HUMAN)),
        refused=Count("pk", Q(direction=IN, outcome=Message.Outcome.REFUSED)),
        failed=Count("pk", Q(direction=IN, outcome=Message.Outcome.FAILED)),
        undelivered=Count("pk", Q(direction=OUT, status=Message.Status.FAILED)),
    )
    is_cut = counts["counted"] == MOST_COUNTED
    return Numbers(**counts, **waiting(), is_cut=is_cut, median_reply=_median_reply(now=now))


def _median_reply(*, now: datetime) -> float | None:
    """Of the newest answers: turns by themselves are not found by their time."""
    parts = [Coalesce(Cast(KT(f"timings__{name}"), FloatField()), 0.0) for name in ("waited", "retrieval", "ai")]
    sent = Message.objects.filter(timestamp__gte=now - PERIOD, direction=OUT, turn__isnull=False)
    newest = sent.order_by("-timestamp").values("turn")[:MOST_TIMED]
    answered = Turn.objects.filter(pk__in=newest, outcome=Turn.Outcome.ANSWERED)
    return answered.aggregate(median=Median(parts[0] + parts[1] + parts[2]))["median"]


def conversations(*, most: int = 10) -> list[Row]:
    """The conversations in which something happened last, newest first."""
    said = Message.objects.filter(conversation=OuterRef("pk")).order_by("-timestamp").values("pk")
    newest = list(
        Conversation.objects.select_related("contact")
        .annotate(
            last_in=Subquery(said.filter(direction=IN)[:1]),
            last_out=Subquery(said.filter(direction=OUT)[:1]),
        )
        .order_by("-last_activity", "-id")[:most]
    )
    messages = Message.objects.in_bulk([pk for one in newest for pk in (one.last_in, one.last_out) if pk])
    return [
        _row(conversation, received=messages.get(conversation.last_in), sent=messages.get(conversation.last_out))
        for conversation in newest
    ]


def _row(conversation: Conversation, *, received: Message | None, sent: Message | None) -> Row:
    shown = max((one for one in (received, sent) if one), key=lambda one: one.timestamp, default=None)
    status, tone = _status(conversation, received=received, sent=sent)
    contact = conversation.contact
    return Row(
        id=conversation.pk,
        name=masking.contact_name(profile_name=contact.profile_name, phone=contact.phone),
        text=shown.content or wording.kind(shown.kind) if shown else "",
        is_ours=shown is not None and shown is sent,
        at=shown.timestamp if shown else conversation.last_activity,
        status=status,
        tone=tone,
    )


def _status(conversation: Conversation, *, received: Message | None, sent: Message | None) -> tuple[str, str]:
    """One word for where the conversation stands, and its tone."""
    waits = conversation.waits_for_a_person(at=timezone.now())
    if waits or conversation.is_with_a_person:
        return ("Waits for a person", "warn") if waits else ("With a person", "calm")
    if received and not received.outcome:
        return "Waiting", "warn"
    if received and received.outcome == Message.Outcome.FAILED:
        return "Failed", "bad"
    if sent and sent.status == Message.Status.FAILED:
        return "Not delivered", "bad"
    if received and received.outcome == Message.Outcome.REFUSED:
        return "Not answered", "warn"
    return "Answered", "good"


WRONG = (WebhookLog.Outcome.FORGED, WebhookLog.Outcome.MALFORMED)


def webhooks(*, most: int = 10) -> list[Request]:
    """The provider's last requests, newest first. What people wrote is not read from the database."""
    logs: QuerySet[WebhookLog] = WebhookLog.objects.order_by("-timestamp").select_related("message")
    logs = logs.defer("headers", "body", "message__content", "message__metadata", "message__media")
    return [
        Request(
            at=log.timestamp,
            kind="Message" if log.kind == WebhookLog.Kind.MESSAGE else "Status",
            sentence=wording.webhook(log, reported_status=log.reported_status or ""),
            tone="bad" if log.outcome in WRONG else "calm",
            response_status=log.response_status,
        )
        for log in logs.annotate(reported_status=KT("body__MessageStatus"))[:most]
    ]
