"""The inbox's lists: which conversations stand in each, in which order, and how many."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from django.db import connection
from django.db.models import DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from bots.desk.filters import VIEWS, View
from bots.models import Conversation, Message

#: A list is counted up to here; more are "99+".
MOST_COUNTED = 100
#: Until when a member dealt with what had failed: a key of `Conversation.metadata`, a time as ISO 8601 writes it.
DEALT_WITH = "failures_dealt_with"
HAS_FAILED = Q(status=Message.Status.FAILED) | Q(outcome=Message.Outcome.FAILED)
#: Stands for the time of a statement that is made once and run at any time.
SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
LONG_AGO = Value(datetime(1970, 1, 1, tzinfo=UTC))

Rows = QuerySet[Conversation]
#: What is counted: a list, or of those who wait the ones whom no bot answers.
Counted = View | Literal["for people"]


def of(view: View, *, now: datetime) -> Rows:
    """The conversations of a list. Those of `waiting` have `waited_from`: since when the contact waits."""
    match view:
        case "open":
            return Conversation.objects.filter(is_active=True)
        case "waiting":
            return _waiting(now=now)
        case "human":
            return Conversation.objects.filter(mode=Conversation.Mode.HUMAN)
        case "failed":
            return _failed()
        case "all":
            return Conversation.objects.all()


def in_order(rows: Rows, *, view: View) -> Rows:
    """The longest waiting first; everywhere else what happened last."""
    if view == "waiting":
        return rows.order_by("waited_from", "id")  # type: ignore[misc]  # `of` annotates it
    return rows.order_by("-last_activity", "-id")


def counts(*, now: datetime) -> dict[View, int]:
    """How many stand in each list, up to `MOST_COUNTED`: one query."""
    return dict(zip(VIEWS, _counted(*VIEWS, now=now), strict=True))


def count_for_people(*, now: datetime) -> int:
    """In how many somebody waits for a person, up to `MOST_COUNTED`: one query."""
    return _counted("for people", now=now)[0]


def _counted(*names: Counted, now: datetime) -> tuple[int, ...]:
    sql, values = _counting(names)
    with connection.cursor() as cursor:
        cursor.execute(sql, [now if value == SOME_TIME else value for value in values])
        counted: tuple[int, ...] = cursor.fetchone()
    return counted


@lru_cache(maxsize=2)
def _counting(names: tuple[Counted, ...]) -> tuple[str, list[Any]]:
    """The statement that counts these at `SOME_TIME`: making it takes longer than running it."""
    parts: list[str] = []
    values: list[Any] = []
    for name in names:
        rows = _for_people(now=SOME_TIME) if name == "for people" else of(name, now=SOME_TIME)
        sql, given = rows.order_by().values("pk")[:MOST_COUNTED].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 (Django's own SQL, with its parameters)
        values += given
    return f"SELECT {', '.join(parts)}", values


def _waiting(*, now: datetime) -> Rows:
    """Somebody waits: for the bot, for a person whom they asked for, or for the one who has the conversation."""
    last = Message.objects.filter(conversation=OuterRef("pk")).order_by("-timestamp")
    # Of the conversation that the query is about, so that it is looked up once for each and not for each message.
    answers = Message.objects.filter(conversation=OuterRef(OuterRef("pk")), direction=Message.Direction.OUT)
    last_answer = Subquery(answers.order_by("-timestamp").values("timestamp")[:1])
    unanswered = Message.objects.filter(
        conversation=OuterRef("pk"), direction=Message.Direction.IN, timestamp__gt=Coalesce(last_answer, LONG_AGO)
    )
    for_the_bot = Conversation.objects.filter(waiting_since__isnull=False)
    waiting = for_the_bot.values("pk").union(_for_people(now=now).values("pk"), all=True)
    return Conversation.objects.filter(pk__in=waiting).annotate(
        waited_from=Coalesce(
            "waiting_since",
            Subquery(unanswered.order_by("timestamp").values("timestamp")[:1]),
            Subquery(last.filter(direction=Message.Direction.IN).values("timestamp")[:1]),
            F("last_activity"),
        )
    )


def _for_people(*, now: datetime) -> Rows:
    """Somebody waits for a person whom they asked for, or for the one who has the conversation; for no bot besides."""
    last = Message.objects.filter(conversation=OuterRef("pk")).order_by("-timestamp")
    of_people = Conversation.objects.filter(mode=Conversation.Mode.HUMAN, waiting_since=None).annotate(
        last_direction=Subquery(last.values("direction")[:1])
    )
    return of_people.filter(Q(paused_until__gt=now) | Q(last_direction=Message.Direction.IN))


def _failed() -> Rows:
    """A message failed since a member last dealt with such."""
    failed = Message.objects.filter(HAS_FAILED)
    last = failed.filter(conversation=OuterRef("pk")).order_by("-timestamp").values("timestamp")[:1]
    dealt_with = Cast(KT(f"metadata__{DEALT_WITH}"), DateTimeField())
    rows = Conversation.objects.filter(pk__in=failed.order_by().values("conversation_id"))
    return rows.annotate(dealt_with=dealt_with, last_failure=Subquery(last)).filter(
        Q(dealt_with=None) | Q(last_failure__gt=F("dealt_with"))
    )
