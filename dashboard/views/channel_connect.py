"""Connect a number, change it, give it other credentials, remove it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bots.channels import connecting
from bots.channels.checking import messages_url
from bots.channels.facts import kept
from bots.channels.proof import ConnectError
from dashboard import focus, toasts
from dashboard.access import MemberRequest, needs
from dashboard.channels import words
from dashboard.channels.forms import FORMS, EditForm, credentials_form
from dashboard.channels.page import channel_of, line_of, title_of
from dashboard.confirming import confirmed, unsent_fields
from dashboard.masking import whole_number
from dashboard.views.channel_actions import TOO_MANY, UNREADABLE, may_visit
from tenants.secrets import SecretUnreadableError


@needs("edit_channel")
def choose(request: MemberRequest) -> HttpResponse:
    return render(request, "channel/choose.html")


@needs("edit_channel")
def connect(request: MemberRequest, provider: str) -> HttpResponse:
    """The provider is asked on the spot; only what it vouches for is kept."""
    if provider not in FORMS:
        raise Http404
    form = FORMS[provider](request.POST or None)
    if form.is_valid() and _may_visit(request, form):
        try:
            channel = connecting.connect(
                form.line(), name=form.cleaned_data["name"], tenant=request.tenant, actor=request.user
            )
            return _go(request, reverse("channel", args=[channel.pk]))
        except ConnectError as error:
            form.refuse(error)
    return _form(request, "channel/connect.html", form=form, provider=provider, name=words.NAMES[provider])


@needs("edit_channel")
@confirmed(keeping=("account_sid", "business_account_id"))
def credentials(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Other secrets for the same number. What is stored is never shown, and stays where nothing is given."""
    channel = channel_of(pk)
    form = credentials_form(
        channel.provider,
        request.POST or None,
        account_id=channel.account_id,
        all_needed=kept(channel) != "readable",
    )
    form.initial.update(unsent_fields(request))
    if form.is_valid() and _may_visit(request, form):
        try:
            connecting.replace_credentials(
                channel,
                account_id=form.account_id(),
                credentials=form.credentials(),
                tenant=request.tenant,
                actor=request.user,
            )
            toasts.done(request, text=f"{words.NAMES[channel.provider]} accepts the new credentials.")
            return _go(request, reverse("channel", args=[pk]))
        except ConnectError as error:
            form.refuse(error)
    return _form(request, "channel/credentials.html", form=form, channel=channel, title=title_of(channel))


@needs("edit_channel")
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The name, and another number where the account has it."""
    channel = channel_of(pk)
    number = whole_number(channel.address) if channel.provider == "twilio" else channel.address
    initial = {"name": channel.name, "number": number}
    form = EditForm(request.POST or None, provider=channel.provider, initial=initial)
    if form.is_valid() and (form.cleaned_data["number"] == channel.address or _may_visit(request, form)):
        try:
            connecting.move(channel, address=form.cleaned_data["number"], tenant=request.tenant, actor=request.user)
            connecting.rename(channel, name=form.cleaned_data["name"], tenant=request.tenant, actor=request.user)
            toasts.done(request, text="Saved")
            return _go(request, reverse("channel", args=[pk]))
        except ConnectError as error:
            form.add_error("number", words.refusal(error.refusal, provider=channel.provider, code=error.code))
        except SecretUnreadableError:
            form.add_error(None, UNREADABLE)
    return _form(request, "channel/edit.html", form=form, channel=channel, title=title_of(channel))


@require_POST
@needs("edit_channel")
def remove(request: MemberRequest, pk: UUID) -> HttpResponse:
    channel = channel_of(pk)
    connecting.remove(channel, tenant=request.tenant, actor=request.user)
    toasts.done(request, text=f"{title_of(channel)} is removed. Its conversations are kept.")
    return redirect("channels")


@needs("edit_channel")
@confirmed()
def verify_token(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A new verify token for who sets Meta's webhook by hand: shown in this one answer."""
    channel = channel_of(pk)
    if channel.provider != "meta":
        raise Http404
    unsent_fields(request)
    token = ""
    if request.method == "POST":
        try:
            token = connecting.renew_verify_token(channel, tenant=request.tenant, actor=request.user)
        except SecretUnreadableError:
            toasts.failed(request, text=UNREADABLE)
    known = {"channel": channel, "title": title_of(channel), "messages_url": messages_url(channel.provider)}
    return render(request, "channel/verify_token.html", {**known, "token": token, "line": line_of(channel)})


def _may_visit(request: MemberRequest, form: forms.Form) -> bool:
    if may_visit(request):
        return True
    form.add_error(None, TOO_MANY)
    return False


def _go(request: MemberRequest, url: str) -> HttpResponse:
    """HTMX sends the form for the sake of the button that shows that it works; the page it leads to is whole."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _form(request: MemberRequest, template: str, *, form: forms.Form, **context: Any) -> HttpResponse:
    """The page with the form; the first field that is wrong gets the focus."""
    focus.on_first_wrong(form)
    return render(request, template, {"form": form, **context})
