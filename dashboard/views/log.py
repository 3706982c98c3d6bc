"""One request of the webhook log: looked at, revealed, processed again."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots import limits, reprocessing, retrieving
from bots.models import WebhookLog
from bots.reprocessing import NotAgainError
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.logs import filters
from dashboard.logs.detail import detail_of, hindrance, neighbours
from tenants.models import AuditEntry

#: Questions to a provider that one tenant may ask for in a minute.
MOST_QUESTIONS = 12


@needs("see_logs")
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    return _shown(request, pk, is_revealed=False)


@require_POST
@needs("reveal_numbers")
def reveal(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The same page with the request as it came. That somebody looked is written down first."""
    log = get_object_or_404(WebhookLog.objects.only("pk"), pk=pk)
    AuditEntry.objects.create(
        tenant=request.tenant, actor=request.user, action="log.revealed", detail={"log": str(log.pk)}
    )
    return _shown(request, pk, is_revealed=True)


@require_POST
@needs("process_again")
def again(request: MemberRequest, pk: UUID) -> HttpResponse:
    log = get_object_or_404(WebhookLog.objects.select_related("channel", "message"), pk=pk)
    asks_provider = log.outcome == WebhookLog.Outcome.FORGED
    if asks_provider and not limits.within(MOST_QUESTIONS, "provider-visits", request.tenant.schema_name):
        toasts.failed(request, text="That was asked often just now. Wait a minute, then try again.")
        return redirect("log", pk)
    try:
        if asks_provider:
            retrieving.take_in(log.pk, tenant=request.tenant, by=request.user)
            toasts.done(request, text="Twilio confirmed the message. It was taken in and is being answered.")
        else:
            _process(log, request=request)
            toasts.done(request, text="It is being processed again. The answer appears here and in the conversation.")
    except NotAgainError as refusal:
        toasts.failed(request, text=str(refusal))
    return redirect("log", pk)


def _process(log: WebhookLog, *, request: MemberRequest) -> None:
    """Raises `NotAgainError`."""
    if reason := hindrance(log, tenant=request.tenant, now=timezone.now()):
        raise NotAgainError(reason)
    assert log.message_id is not None
    reprocessing.process_again(log.message_id, tenant=request.tenant, by=request.user)


def _shown(request: MemberRequest, pk: UUID, *, is_revealed: bool) -> HttpResponse:
    now = timezone.now()
    sees_numbers = request.membership.can("reveal_numbers")
    found = detail_of(pk, tenant=request.tenant, sees_numbers=sees_numbers, is_revealed=is_revealed)
    newer, older = neighbours(found.log, wanted=filters.parse(request.GET, now=now))
    context = {"detail": found, "log": found.log, "newer": newer, "older": older, "now": now}
    return render(request, "logs/detail.html", context)
