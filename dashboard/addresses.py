"""Addresses of pages whose filters are their query string."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict

if TYPE_CHECKING:
    from django.http.request import _ImmutableQueryDict


def tidy(given: QueryDict) -> _ImmutableQueryDict:
    """The same without what was left empty: a form sends all its fields."""
    return QueryDict(urlencode([(name, value) for name, values in given.lists() for value in values if value]))


def pushed(response: HttpResponse, *, request: HttpRequest) -> HttpResponse:
    """Let the browser show the tidy address, where HTMX asked by one with empty fields."""
    if request.htmx:  # type: ignore[attr-defined]
        query = request.GET.urlencode()
        response["HX-Push-Url"] = f"{request.path}?{query}" if query else request.path
    return response
