"""Who may see a page: asked of the database at every request, so that a membership that ended has ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from tenants.models import Domain, Membership, Tenant, User

#: Roles that see the tenant's own numbers and names whole.
TRUSTED_ROLES = frozenset({Membership.Role.OWNER, Membership.Role.ADMIN})


class MemberRequest(HttpRequest):
    """A request on a tenant's host, of somebody who may be there."""

    user: User
    tenant: Tenant
    membership: Membership


class StaffRequest(HttpRequest):
    """A request on the public host, of a platform owner."""

    user: User


def member_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view is for members of the tenant whose host this is. It gets a `MemberRequest`."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = cast(MemberRequest, request)
        membership = Membership.objects.filter(user=member.user, tenant=member.tenant).first()
        if membership is None:
            return _no_access(request, place=member.tenant.name)
        member.membership = membership
        return view(member, *args, **kwargs)

    return guarded


def staff_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view is for platform owners. It gets a `StaffRequest`."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        staff = cast(StaffRequest, request)
        if not staff.user.is_staff:
            return _no_access(request, place="the platform console")
        return view(staff, *args, **kwargs)

    return guarded


def host_url(request: HttpRequest, *, domain: str) -> str:
    """Another host's front page, by the scheme and on the port by which this one was reached."""
    _, colon, port = request.get_host().rpartition(":")
    return f"{request.scheme}://{domain}{colon}{port}/" if colon else f"{request.scheme}://{domain}/"


def _no_access(request: HttpRequest, *, place: str) -> HttpResponse:
    """Says who is signed in and where they may go instead."""
    theirs = (
        Domain.objects.filter(tenant__memberships__user=cast(User, request.user), is_primary=True)
        .exclude(tenant__status=Tenant.Status.CLOSED)
        .select_related("tenant")
        .order_by("tenant__name")
    )
    dashboards = [{"name": one.tenant.name, "url": host_url(request, domain=one.domain)} for one in theirs[:20]]
    return render(request, "403_no_access.html", {"place": place, "dashboards": dashboards}, status=403)
