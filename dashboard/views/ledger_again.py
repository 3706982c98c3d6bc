"""Failed messages processed again: one of them, or all of a filter."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from bots import reprocessing
from bots.models import Message
from bots.reprocessing import MOST_AT_ONCE, NotAgainError
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.ledger import filters
from dashboard.ledger.finding import find


@require_POST
@needs("process_again")
def one(request: MemberRequest, pk: UUID) -> HttpResponse:
    message = get_object_or_404(Message.objects.only("pk"), pk=pk)
    try:
        reprocessing.process_again(message.pk, tenant=request.tenant, by=request.user)
    except NotAgainError as refusal:
        toasts.failed(request, text=str(refusal))
    else:
        toasts.done(request, text="It is being processed again.")
    return _back(request)


@require_POST
@needs("process_again")
def all_of_the_filter(request: MemberRequest) -> HttpResponse:
    """The failed messages of the filter in the URL, the oldest of the newest `MOST_AT_ONCE` first."""
    wanted = filters.parse(request.GET, now=timezone.now())
    failed = find(wanted).rows.filter(outcome=Message.Outcome.FAILED).order_by("-timestamp")
    ids = list(failed.values_list("pk", flat=True)[:MOST_AT_ONCE])[::-1]
    back, left = reprocessing.process_all_again(ids, tenant=request.tenant, by=request.user)
    told = f"{back} {'is' if back == 1 else 'are'} being processed again."
    if left:
        told += f" {left} cannot be: older than 24 hours, answered since, or with a person."
    (toasts.done if back else toasts.failed)(request, text=told)
    return _back(request)


def _back(request: MemberRequest) -> HttpResponse:
    """To the list from which somebody came."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return redirect(page if is_ours else reverse("ledger"))
