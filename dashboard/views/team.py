"""The team: members, open invitations, and what everybody must do to get in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard.access import MemberRequest, has_second_factor, needs
from tenants import invitations, team
from tenants.invitations import InvitationGoneError
from tenants.models import Invitation, Membership
from tenants.team import TeamError

#: What the roles mean, for whoever chooses one.
MEANINGS = {
    Membership.Role.OWNER: "everything, and who else is an owner",
    Membership.Role.ADMIN: "the bot, the channel, the team and the settings",
    Membership.Role.AGENT: "answers conversations",
    Membership.Role.VIEWER: "looks, and changes nothing",
}


class InviteForm(forms.Form):
    """Offers the roles that the inviter may give; `tenants.team` checks them again."""

    email = forms.EmailField(
        max_length=254,
        error_messages={"required": "Enter the address that the invitation goes to."},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(initial=Membership.Role.AGENT)

    def __init__(self, *args: Any, giver: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = team.roles_to_give(giver)
        self.fields["role"].choices = [(role.value, f"{role.label}: {MEANINGS[role]}") for role in reversed(roles)]  # type: ignore[attr-defined]


@needs("manage_team")
def overview(request: MemberRequest) -> HttpResponseBase:
    return _page(request, form=InviteForm(giver=request.membership.role))


@require_POST
@needs("manage_team")
@rate_limit(action="invite")
def invite(request: MemberRequest) -> HttpResponseBase:
    form = InviteForm(request.POST, giver=request.membership.role)
    if not form.is_valid():
        return _page(request, form=form)
    try:
        invitation, token = team.invite(by=request.membership, **form.cleaned_data)
    except TeamError as error:
        form.add_error("email", str(error))
        return _page(request, form=form)
    _mail(request, invitation, token=token)
    return redirect("team")


@require_POST
@needs("manage_team")
@rate_limit(action="invite")
def resend(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A fresh link, good for the whole time again. The one before stops working."""
    old = get_object_or_404(invitations.open_invitations(request.tenant), pk=pk)
    try:
        invitation, token = team.invite(by=request.membership, email=old.email, role=old.role)
    except TeamError as error:
        messages.error(request, str(error))
    else:
        _mail(request, invitation, token=token)
    return redirect("team")


@require_POST
@needs("manage_team")
def revoke(request: MemberRequest, pk: int) -> HttpResponseBase:
    invitation = get_object_or_404(invitations.open_invitations(request.tenant), pk=pk)
    try:
        team.revoke(invitation, by=request.membership)
        messages.success(request, f"The invitation for {invitation.email} is revoked: its link does not work any more.")
    except TeamError as error:
        messages.error(request, str(error))
    except InvitationGoneError:
        messages.error(request, f"{invitation.email} accepted the invitation a moment ago.")
    return redirect("team")


@require_POST
@needs("manage_team")
def role(request: MemberRequest, pk: int) -> HttpResponseBase:
    member = get_object_or_404(_members(request), pk=pk)
    try:
        team.change_role(by=request.membership, member=member, role=request.POST.get("role", ""))
        messages.success(request, f"{member.user.email} is {request.POST['role']} now.")
    except TeamError as error:
        messages.error(request, str(error))
    return redirect("team")


@require_POST
@needs("manage_team")
def remove(request: MemberRequest, pk: int) -> HttpResponseBase:
    member = get_object_or_404(_members(request), pk=pk)
    try:
        team.remove(by=request.membership, member=member)
        messages.success(request, f"{member.user.email} is no longer in the team.")
    except TeamError as error:
        messages.error(request, str(error))
    return redirect("team")


@require_POST
@needs("manage_security")
@reauthentication_required
def security(request: MemberRequest) -> HttpResponseBase:
    required = request.POST.get("two_factor_required") == "on"
    if required and not has_second_factor(request.user):
        messages.error(request, "Set up your own second step first: you would lock yourself out.")
        return redirect("team")
    team.require_two_factor(by=request.membership, required=required)
    messages.success(
        request, "A second step is required now." if required else "A second step is not required any more."
    )
    return redirect("team")


def _page(request: MemberRequest, *, form: InviteForm) -> HttpResponse:
    now = timezone.now()
    given = set(team.roles_to_give(request.membership.role))
    found = list(_members(request))
    owners = sum(one.role == Membership.Role.OWNER for one in found)
    members = []
    for one in found:
        is_only_owner = one.role == Membership.Role.OWNER and owners == 1
        can_change = one.role in given and not is_only_owner
        members.append({"member": one, "can_change": can_change, "is_only_owner": is_only_owner})
    waiting = [
        {"invitation": one, "expired": one.is_expired(now=now), "can_change": one.role in given}
        for one in invitations.open_invitations(request.tenant).select_related("invited_by")
    ]
    status = 422 if form.errors else 200
    context = {
        "now": now,
        "form": form,
        "members": members,
        "invitations": waiting,
        "roles": sorted(given, key=list(Membership.Role).index),
        "without": sum(not one["member"].has_second_factor for one in members),  # type: ignore[attr-defined]
        "has_second_factor": has_second_factor(request.user),
    }
    return render(request, "team/team.html", context, status=status)


def _members(request: MemberRequest) -> QuerySet[Membership]:
    """Owners first, then by role and name; each with `has_second_factor`."""
    factors = Authenticator.objects.filter(
        user=OuterRef("user"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )
    rank = Case(
        *(When(role=role, then=Value(place)) for place, role in enumerate(Membership.Role)),
        output_field=IntegerField(),
    )
    members = Membership.objects.filter(tenant=request.tenant).select_related("user")
    return members.annotate(has_second_factor=Exists(factors)).order_by(rank, "user__name", "user__email")


def _mail(request: MemberRequest, invitation: Invitation, *, token: str) -> None:
    link = request.build_absolute_uri(reverse("invitation", kwargs={"token": token}))
    values = {"invitation": invitation, "inviter": request.user, "link": link}
    if get_adapter().deliver("invitation/email/invitation", email=invitation.email, values=values):
        messages.success(request, f"An invitation is on its way to {invitation.email}.")
    else:
        messages.error(request, f"The invitation for {invitation.email} could not be mailed. Try “Send again” later.")
