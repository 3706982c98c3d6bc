"""What the buttons of the checklist do: ask the provider, set its webhook, send a test message."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from bots import limits
from bots.channels import checking, trial, webhook
from bots.whatsapp.accounts import AccountError
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.channels import words
from dashboard.channels.forms import TrialForm
from dashboard.channels.page import channel_of, line_of, page_of
from dashboard.views.channels import live
from tenants.secrets import SecretUnreadableError

#: Visits to a provider that one tenant may ask for in a minute: each holds a thread of the web for up to 9 s.
MOST_VISITS = 12
TOO_MANY = "That was asked often just now. Wait a minute, then try again."
UNREADABLE = "What is stored for this number cannot be opened. Enter the credentials again."


def may_visit(request: MemberRequest) -> bool:
    """Count one visit to a provider."""
    return limits.within(MOST_VISITS, "provider-visits", request.tenant.schema_name)


@require_POST
@needs("edit_channel")
def check(request: MemberRequest, pk: UUID) -> HttpResponse:
    channel = channel_of(pk)
    if not may_visit(request):
        toasts.failed(request, text=TOO_MANY)
        return _back(request, pk)
    try:
        checking.check(channel)
    except AccountError as error:
        toasts.failed(request, text=words.refusal(error.problem, provider=channel.provider, code=error.code))
    except SecretUnreadableError:
        toasts.failed(request, text=UNREADABLE)
    return _back(request, pk)


@require_POST
@needs("edit_channel")
def set_webhook(request: MemberRequest, pk: UUID) -> HttpResponse:
    channel = channel_of(pk)
    if not may_visit(request):
        toasts.failed(request, text=TOO_MANY)
        return _back(request, pk)
    try:
        webhook.set_webhook(channel, tenant=request.tenant, actor=request.user)
    except AccountError as error:
        toasts.failed(request, text=words.refusal(error.problem, provider=channel.provider, code=error.code))
    except SecretUnreadableError:
        toasts.failed(request, text=UNREADABLE)
    else:
        toasts.done(request, text=f"{words.NAMES[channel.provider]} sends this number's messages here now.")
    return _back(request, pk)


@require_POST
@needs("edit_channel")
def send_trial(request: MemberRequest, pk: UUID) -> HttpResponse:
    channel, form = channel_of(pk), TrialForm(request.POST)
    if form.is_valid():
        try:
            trial.send(channel, phone=form.cleaned_data["phone"], tenant=request.tenant, actor=request.user)
        except trial.TrialError as error:
            number = line_of(channel).number or "the number"
            form.add_error("phone", words.trial(error.refusal, number=number))
    if form.errors:
        page = page_of(pk)
        if request.htmx:  # type: ignore[attr-defined]
            return live(request, page, trial_form=form)
        return render(request, "channel/detail.html", {"page": page, "trial_form": form})
    return _back(request, pk)


def _back(request: MemberRequest, pk: UUID) -> HttpResponse:
    """To the page as it is now: the part that changes where HTMX asked, else all of it."""
    if request.htmx:  # type: ignore[attr-defined]
        return live(request, page_of(pk))
    return redirect("channel", pk)
