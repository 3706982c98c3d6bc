"""What somebody meets who may not go on as they are: why, and the way that there is."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from dashboard.confirming import page_of_unsent
from dashboard.hosts import host_url
from tenants.models import Domain, Membership, Tenant, User


def no_access(request: HttpRequest, *, place: str) -> HttpResponse:
    """Says who is signed in and where they may go instead."""
    theirs = (
        Domain.objects.filter(tenant__memberships__user=cast(User, request.user), is_primary=True)
        .exclude(tenant__status=Tenant.Status.CLOSED)
        .select_related("tenant")
        .order_by("tenant__name")
    )
    dashboards = [{"name": one.tenant.name, "url": host_url(request, domain=one.domain)} for one in theirs[:20]]
    return render(request, "403_no_access.html", {"place": place, "dashboards": dashboards}, status=403)


def not_with_this_role(request: HttpRequest, *, membership: Membership) -> HttpResponse:
    return render(request, "403_role.html", {"role": membership.get_role_display()}, status=403)


def second_factor_first(request: HttpRequest) -> HttpResponse:
    """To the page where a second factor is set up, which says that the tenant asks for it."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": "/account/"})
    return redirect("account")


def confirm_first(request: HttpRequest, *, reading: bool) -> HttpResponse:
    """Asks again who it is, and leads back to the page with the form.

    allauth would keep what was posted in the session and go on with it. It may be a secret, which is stored nowhere
    but encrypted, so the person does it once more.
    """
    back = request.get_full_path()
    if not reading:
        back = page_of_unsent(request) or _page_of_the_form(request)
        messages.warning(request, "Nothing was changed yet. Confirm that it is you, then do it once more.")
    way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    url = f"{way}?{urlencode({'next': back})}"
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)  # type: ignore[attr-defined]


def _page_of_the_form(request: HttpRequest) -> str:
    """Where the browser says that it posted from, if that is on this host."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
