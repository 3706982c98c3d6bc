"""What goes on in the tenant's schema that the request is in. A bounded number of queries, and no secret read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Count, FloatField, Min, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from bots.desk import lists
from bots.models import AIConfiguration, Channel, Conversation, KnowledgeSource, Message, Turn, WebhookLog
from dashboard import latest, masking, wording
from dashboard.latest import IN, OUT, PERIOD

#: Answers that the median is of.
MOST_TIMED = 500
#: Of a number's conversations, among which its last messages are looked for.
MOST_LOOKED_AT = 20


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
    #: Conversations, now: whose contact waits for a person. Counted up to `lists.MOST_COUNTED`.
    waiting_for_people: int
    #: Milliseconds from the first message of a turn to its reply.
    median_reply: float | None

    @property
    def unanswered(self) -> int:
        return self.refused + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTimes:
    """When the last message came in by a number, and when the last one went out."""

    inbound: datetime | None
    outbound: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A conversation in a list."""

    id: UUID
    name: str
    text: str
    #: "Bot", or the member who wrote it; empty: the contact.
    by: str
    at: datetime
    status: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A webhook request in a list."""

    pk: UUID
    at: datetime
    kind: str
    sentence: str
    tone: str
    response_status: int


def channel() -> Channel | None:
    """The connected number, without its credentials."""
    return Channel.objects.defer("credentials").filter(removed_at=None).order_by("created_at").first()


def last_times(channel: Channel) -> LastTimes:
    """In the conversations in which something happened last: the messages themselves know no number, and for one that
    nobody writes to any more PostgreSQL would read them all."""
    said = Message.objects.filter(conversation=OuterRef("pk")).order_by("-timestamp").values("timestamp")
    talked = Conversation.objects.filter(contact__channel=channel).order_by("-last_activity", "-id")
    times = talked.values_list(Subquery(said.filter(direction=IN)[:1]), Subquery(said.filter(direction=OUT)[:1]))
    found = list(times[:MOST_LOOKED_AT])
    return LastTimes(
        inbound=max((inbound for inbound, _ in found if inbound), default=None),
        outbound=max((outbound for _, outbound in found if outbound), default=None),
    )


def configuration() -> AIConfiguration | None:
    """Of the published version of the bot what the overview tells."""
    told = AIConfiguration.objects.only("version", "provider", "model_name", "created_at")
    return told.filter(is_active=True).first()


def knowledge_sources() -> int:
    """How many texts the bot may answer from."""
    return KnowledgeSource.objects.filter(is_active=True).count()


def last_received() -> Message | None:
    """What became of the newest inbound message of all conversations, and of its turn."""
    received = Message.objects.filter(direction=IN).order_by("-timestamp")
    told = ("timestamp", "outcome", "outcome_reason", "turn__is_fallback", "turn__error")
    return received.select_related("turn").only(*told).first()


def waiting() -> dict[str, Any]:
    """How many inbound messages wait for their answer, however old, and since when the oldest does."""
    return Message.objects.filter(direction=IN, outcome="").aggregate(
        waiting=Count("pk"), waiting_since=Min("timestamp")
    )


def numbers(*, now: datetime) -> Numbers:
    """What came in, and what became of it."""
    counted = latest.count(now=now)
    received = counted.received
    return Numbers(
        since=counted.since,
        counted=counted.total,
        is_cut=counted.is_cut,
        received=sum(received.values()),
        answered=received.get(Message.Outcome.ANSWERED, 0) + received.get(Message.Outcome.MERGED, 0),
        with_a_person=received.get(Message.Outcome.HUMAN, 0),
        refused=received.get(Message.Outcome.REFUSED, 0),
        failed=received.get(Message.Outcome.FAILED, 0),
        undelivered=counted.undelivered,
        waiting_for_people=lists.count_for_people(now=now),
        median_reply=_median_reply(now=now),
        **waiting(),
    )


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
        .only("last_activity", "mode", "paused_until", "contact__profile_name", "contact__phone")
        .annotate(
            last_in=Subquery(said.filter(direction=IN)[:1]),
            last_out=Subquery(said.filter(direction=OUT)[:1]),
        )
        .order_by("-last_activity", "-id")[:most]
    )
    shown = Message.objects.only("timestamp", "kind", "content", "status", "outcome", "author")
    messages = shown.in_bulk([pk for one in newest for pk in (one.last_in, one.last_out) if pk])
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
        by=(shown.author or "Bot") if shown and shown is sent else "",
        at=shown.timestamp if shown else conversation.last_activity,
        status=status,
        tone=tone,
    )


def _status(conversation: Conversation, *, received: Message | None, sent: Message | None) -> tuple[str, str]:
    """Where the conversation stands, in words, and its tone: the first line that holds."""
    outcome = received.outcome if received else Message.Outcome.ANSWERED
    was_said_last = sent is not None and (received is None or sent.timestamp > received.timestamp)
    was_lost = sent is not None and sent.status == Message.Status.FAILED
    is_with_a_person = conversation.is_with_a_person
    waits_for_one = conversation.waits_for_a_person(at=timezone.now()) or (is_with_a_person and not was_said_last)
    standings = (
        (was_lost and was_said_last, "Not delivered", "bad"),
        (waits_for_one, "Waits for a person", "warn"),
        (is_with_a_person, "With a person", "calm"),
        (not outcome, "Waiting", "warn"),
        (outcome == Message.Outcome.FAILED, "Failed", "bad"),
        (was_lost, "Not delivered", "bad"),
        (outcome == Message.Outcome.REFUSED, "Not answered", "warn"),
    )
    return next(((words, tone) for holds, words, tone in standings if holds), ("Answered", "good"))


WRONG = (WebhookLog.Outcome.FORGED, WebhookLog.Outcome.MALFORMED)


def webhooks(*, most: int = 10) -> list[Request]:
    """The provider's last requests, newest first. What people wrote is not read from the database."""
    logs: QuerySet[WebhookLog] = WebhookLog.objects.order_by("-timestamp").select_related("message")
    logs = logs.defer("headers", "body", "message__content", "message__metadata", "message__media")
    return [
        Request(
            pk=log.pk,
            at=log.timestamp,
            kind="Message" if log.kind == WebhookLog.Kind.MESSAGE else "Status",
            sentence=wording.webhook(log, reported_status=log.reported_status or ""),
            tone="bad" if log.outcome in WRONG else "calm",
            response_status=log.response_status,
        )
        for log in logs.annotate(reported_status=KT("body__MessageStatus"))[:most]
    ]
