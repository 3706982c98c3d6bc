"""What the link in an invitation opens. Where it no longer leads in, the page says why and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dashboard.access import MemberRequest, everybody
from tenants import invitations
from tenants.invitations import InvitationGoneError, State
from tenants.models import Invitation, User

#: The status of the page for a link that leads nowhere any more.
GONE: Mapping[State, int] = {"accepted": 410, "revoked": 410, "expired": 410}


class JoinForm(forms.Form):
    """What somebody new chooses. Their address and their role come from the invitation alone."""

    name = forms.CharField(max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        max_length=256, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: object, invitation: Invitation, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.invitation = invitation
        self.fields["password"].help_text = "At least 10 characters. A few words in a row are easy to remember."

    def clean(self) -> dict[str, str]:
        chosen = cast("dict[str, str]", super().clean())
        if password := chosen.get("password"):
            try:
                validate_password(password, User(email=self.invitation.email, name=chosen.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return chosen


@everybody
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    tenant = cast(MemberRequest, request).tenant
    found = invitations.find(token, tenant=tenant)
    if found is None:
        # Only what leads nowhere is counted: an office behind one address may accept all its invitations at once.
        allowed = ratelimit.consume(request, app="allauth.account", action="invitation", limit_get=True)
        return render(request, "invitation/unknown.html", status=404) if allowed else ratelimit.respond_429(request)
    state = invitations.state(found, now=timezone.now())
    if state != "open":
        return _gone(request, found, state=state)
    try:
        if request.user.is_authenticated:
            return _as_oneself(request, found)
        if invitations.newcomer(found):
            return _as_a_newcomer(request, found)
    except InvitationGoneError:
        found.refresh_from_db()
        return _gone(request, found, state=invitations.state(found, now=timezone.now()))
    return render(request, "invitation/sign_in.html", {"invitation": found})


def _as_oneself(request: HttpRequest, found: Invitation) -> HttpResponseBase:
    """For whoever is signed in: one click, if they are the one who was invited."""
    user = cast(User, request.user)
    if user.email.lower() != found.email.lower():
        return render(request, "invitation/other_account.html", {"invitation": found}, status=403)
    if request.method != "POST":
        return render(request, "invitation/accept.html", {"invitation": found})
    invitations.accept(found, user=user)
    messages.success(request, f"Welcome to {found.tenant.name}.")
    return redirect("/")


def _as_a_newcomer(request: HttpRequest, found: Invitation) -> HttpResponseBase:
    form = JoinForm(request.POST if request.method == "POST" else None, invitation=found)
    if not form.is_valid():
        return render(request, "invitation/join.html", {"invitation": found, "form": form})
    user = invitations.register(found, name=form.cleaned_data["name"], password=form.cleaned_data["password"])
    messages.success(request, f"Welcome to {found.tenant.name}.")
    # Signs in as the sign-in page does: a new session key, the session on the person's list of sessions.
    return perform_password_login(request, {"email": user.email}, Login(user=user, email=user.email, redirect_url="/"))


def _gone(request: HttpRequest, found: Invitation, *, state: State) -> HttpResponseBase:
    """`accepted` is also what somebody sees who used the link and comes back to it: the way in is to sign in."""
    return render(request, f"invitation/{state}.html", {"invitation": found}, status=GONE.get(state, 410))
