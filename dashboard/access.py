"""Who may see a page: asked of the database at every request, so that a membership that ended has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Literal, Protocol, cast

from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache

from dashboard import turned_away
from dashboard.rights import Can, Right
from tenants.models import Membership, Tenant, User

#: How exactly the team page knows when somebody was there: a page that is opened writes at most this often.
SEEN_EVERY = timedelta(minutes=5)
READING = ("GET", "HEAD", "OPTIONS")


class MemberRequest(HttpRequest):
    """A request on a tenant's host, of somebody who may be there."""

    user: User
    tenant: Tenant
    #: `request.membership.can("edit_bot")`; in a template `{% if request.membership.can.edit_bot %}`.
    membership: Membership


class StaffRequest(HttpRequest):
    """A request on the public host, of a platform owner."""

    user: User


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in, on any host: as a member there, or not."""

    user: User
    tenant: Tenant
    membership: Membership | None


#: The rights to look and to change something, or one of the wider circles.
Admits = tuple[Right, Right] | Literal["platform owners", "signed in", "everybody"]


class View(Protocol):
    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def needs(right: Right, *, to_post: Right | None = None) -> Callable[[View], View]:
    """The view is for members of the tenant whose host this is and whose role has the right. It gets a `MemberRequest`.

    `to_post` is the right that changing something takes, where looking takes less. Below it, allauth's
    `@reauthentication_required` asks again who it is, of whoever has not shown it for a while.
    """
    to_write = to_post or right

    def decorate(view: View) -> View:
        @wraps(view)
        @never_cache
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            member = cast(MemberRequest, request)
            membership = _membership(member)
            if membership is None:
                return turned_away.no_access(request, place=member.tenant.name)
            member.membership = membership
            if member.tenant.two_factor_required and not has_second_factor(member.user):
                return turned_away.second_factor_first(member)
            reading = request.method in READING
            if not membership.can(right if reading else to_write):
                return turned_away.not_with_this_role(request, membership=membership)
            _note_seen(membership)
            try:
                return view(member, *args, **kwargs)
            except ReauthenticationRequired:
                return turned_away.confirm_first(member, reading=reading)

        return _admitting(guarded, (right, to_write))

    return decorate


def staff_required(view: View) -> View:
    """The view is for platform owners. It gets a `StaffRequest`."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        staff = cast(StaffRequest, request)
        if not staff.user.is_staff:
            return turned_away.no_access(request, place="the platform console")
        return view(staff, *args, **kwargs)

    return _admitting(guarded, "platform owners")


def signed_in(view: View) -> View:
    """The view is for everybody who is signed in: their own account, on any host. It gets a `PersonRequest`."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = cast(PersonRequest, request)
        person.membership = _membership(person)
        return view(person, *args, **kwargs)

    return _admitting(guarded, "signed in")


def everybody(view: View) -> View:
    """The view asks nobody who they are: signing in itself, and links that carry their own proof."""

    @wraps(view)
    def unguarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return _admitting(unguarded, "everybody")


def has_second_factor(user: User) -> bool:
    """Whether a password alone does not let them in. Recovery codes come with one of the two and count for none."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user=user, type__in=kinds).exists()


def _admitting(view: View, whom: Admits) -> View:
    """Write on the view whom it admits: the tests hold every URL of both hosts against it."""
    view.admits = whom  # type: ignore[attr-defined]
    return view


def _membership(request: MemberRequest | PersonRequest) -> Membership | None:
    membership = Membership.objects.filter(user=request.user, tenant=request.tenant).first()
    if membership is not None:
        membership.can = Can(membership.role)
    return membership


def _note_seen(membership: Membership) -> None:
    now = timezone.now()
    if membership.last_seen_at is None or now - membership.last_seen_at > SEEN_EVERY:
        Membership.objects.filter(pk=membership.pk).update(last_seen_at=now)
