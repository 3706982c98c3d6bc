"""One request: what came, what was answered, what it led to, and whether it can be processed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.shortcuts import get_object_or_404
from django.utils import timezone

from bots import reprocessing, retrieving
from bots.models import Message, WebhookLog
from bots.reprocessing import SENTENCES, Why
from dashboard import keyset
from dashboard.ledger import replies
from dashboard.ledger.words import Reply, Said
from dashboard.logs import masks, words
from dashboard.logs.curl import as_curl
from dashboard.logs.filters import Filter
from dashboard.logs.finding import NAMED, find
from dashboard.logs.numbers import called
from dashboard.logs.rows import said_of, who_of
from tenants.models import Tenant

#: Other requests of the same message, and replies, that are shown.
MOST_RELATED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """`headers` and `body` are masked unless `is_revealed`; `first`: the request that a repeat repeats."""

    log: WebhookLog
    said: Said
    hint: str
    mends_credentials: bool
    mends_provider: bool
    kind: str
    who: str
    #: The tenant's own number, whole for whoever may mend it.
    number: str
    status: str
    answered: str
    headers: dict[str, str]
    body: Any
    curl: str
    is_revealed: bool
    first: WebhookLog | None
    related: list[WebhookLog]
    replies: list[Message]
    #: Whether "Process again" is offered; else why not, where that is worth a word.
    can_process: bool
    why_not: str


def logs() -> QuerySet[WebhookLog]:
    """With all that a page says of them; secrets and prompts are left in the database."""
    found = WebhookLog.objects.select_related("channel", "message__turn", "message__conversation__contact")
    return found.defer(*UNSHOWN).annotate(**NAMED)


UNSHOWN = (
    "channel__credentials",
    "message__media",
    "message__told",
    "message__turn__prompt",
    "message__turn__passages",
    "message__turn__answer",
)


def detail_of(pk: UUID, *, tenant: Tenant, sees_numbers: bool, is_revealed: bool = False) -> Detail:
    """`sees_numbers`: of the tenant's own. Raises `Http404`."""
    log, now = get_object_or_404(logs(), pk=pk), timezone.now()
    turn = log.message.turn if log.message else None
    answers = list(_replies(log))
    limits = replies.limits([log.message]) if log.message else {}
    why = hindrance(log, tenant=tenant, now=now)
    headers = log.headers if is_revealed else masks.masked_headers(log.headers)
    body = masks.opened(log.body) if is_revealed else masks.masked(masks.opened(log.body))
    related = list(_related(log))
    return Detail(
        log=log,
        said=said_of(
            log,
            reply=_first_reply(answers),
            per_minute=limits.get(turn.configuration_id or 0) if turn else None,
            now=now,
        ),
        hint=words.hint(log),
        mends_credentials=words.concerns_credentials(log) and log.channel is not None,
        mends_provider=words.concerns_provider(log),
        kind=words.kind(log),
        who=who_of(log),
        number=called(log.channel, is_whole=sees_numbers),
        status=words.http_status(log.response_status),
        answered=words.answered(log),
        headers=headers,
        body=body,
        curl=as_curl(log, headers=headers, body=log.body if is_revealed else masks.masked(log.body)),
        is_revealed=is_revealed,
        first=_first(log, related=related),
        related=related,
        replies=answers,
        can_process=why is None,
        why_not=SENTENCES[why] if why and _went_wrong(log) else "",
    )


def hindrance(log: WebhookLog, *, tenant: Tenant, now: datetime) -> Why | None:
    """Why it is not processed again; None: it may be tried."""
    match log.outcome:
        case WebhookLog.Outcome.FORGED:
            return retrieving.hindrance(log, tenant=tenant)
        case WebhookLog.Outcome.MALFORMED:
            return "malformed"
        case WebhookLog.Outcome.REPEAT:
            return "repeat"
        case WebhookLog.Outcome.ACCEPTED:
            return reprocessing.hindrance(log.message, tenant=tenant, now=now) if log.message else "gone"
        case _:
            return "status"


def neighbours(log: WebhookLog, *, wanted: Filter) -> tuple[WebhookLog | None, WebhookLog | None]:
    """The next newer and the next older request of the list from which somebody came."""
    found = find(wanted)
    place = keyset.place_of(log)
    older = keyset.page(found.rows.only("timestamp"), place=place, among=found.among, size=1).rows
    newer = keyset.next_newer(found.rows.only("timestamp"), place=place, among=found.among)
    return newer, older[0] if older else None


def _went_wrong(log: WebhookLog) -> bool:
    """Whether somebody might want it processed again."""
    refused = (WebhookLog.Outcome.FORGED, WebhookLog.Outcome.MALFORMED)
    failed = (Message.Outcome.FAILED, Message.Outcome.REFUSED)
    accepted = log.outcome == WebhookLog.Outcome.ACCEPTED
    return log.outcome in refused or bool(accepted and log.message and log.message.outcome in failed)


def _replies(log: WebhookLog) -> QuerySet[Message]:
    """What answered the message that it brought."""
    turn = log.message.turn_id if log.message and log.message.direction == Message.Direction.IN else None
    found = Message.objects.filter(turn=turn, direction=Message.Direction.OUT) if turn else Message.objects.none()
    return found.order_by("timestamp")[:MOST_RELATED]


def _first_reply(answers: list[Message]) -> Reply | None:
    told = [one for one in answers if one.metadata.get("notice") != "timeout"]
    if not told:
        return None
    failed = any(one.status == Message.Status.FAILED for one in told)
    status = Message.Status.FAILED.value if failed else told[0].status
    return Reply(at=told[0].sent_at or told[0].timestamp, status=status, count=len(told))


def _related(log: WebhookLog) -> QuerySet[WebhookLog]:
    """The other requests about the same message."""
    if log.message_id is None:
        return WebhookLog.objects.none()
    others = WebhookLog.objects.filter(message=log.message_id).exclude(pk=log.pk).order_by("timestamp")
    return others.defer("headers", "body").annotate(reported_status=KT("body__MessageStatus"))[:MOST_RELATED]


def _first(log: WebhookLog, *, related: list[WebhookLog]) -> WebhookLog | None:
    if log.outcome != WebhookLog.Outcome.REPEAT:
        return None
    return next((one for one in related if one.outcome == WebhookLog.Outcome.ACCEPTED), None)
