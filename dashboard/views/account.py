"""One's own account, the same on every host: who one is, and how one signs in."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from dashboard.access import PersonRequest, signed_in
from tenants.models import User


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]


@signed_in
def account(request: PersonRequest) -> HttpResponseBase:
    form = NameForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your name is saved.")
        return redirect("account")
    state = _state(request.user)
    is_asked = request.membership is not None and request.tenant.two_factor_required
    must_set_up = is_asked and not (state["app"] or state["passkeys"])
    return render(request, "account/account.html", {"form": form, "must_set_up": must_set_up, **state})


@require_POST
@signed_in
def end_session(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Sign out in one other place. Where one is right now, signing out is what ends it."""
    others = UserSession.objects.exclude(session_key=request.session.session_key)
    get_object_or_404(others, user=request.user, pk=pk).end()
    messages.success(request, "You are signed out there.")
    return redirect("usersessions_list")


def _state(user: User) -> dict[str, Any]:
    """How the person signs in today."""
    factors = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    by_type = {one.type: one for one in factors}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "verified": EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists(),
        "pending": EmailAddress.objects.get_new(user),
        "app": by_type.get(Authenticator.Type.TOTP),
        "passkeys": [one for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "session_count": len(UserSession.objects.purge_and_list(user)),
    }
