"""Pages that ask again who it is, of whoever has not shown it for a while, and forms that came too late for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]

#: Where the session keeps what was filled in: the page's path, and the fields that may be kept.
UNSENT = "unsent_form"
#: Characters of one field; a longer one is no address and no name.
LONGEST = 500
AGAIN = "Nothing was changed yet: do it once more. A secret has to be entered again, because it is never kept."


def confirmed(*, keeping: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Below `needs`, for a page whose form takes a secret, and which shows that form when it is opened.

    Whoever sends the form too late comes back to it, with the fields of `keeping` as they were filled in. All the rest
    is forgotten: a secret is stored nowhere but encrypted.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                raise_if_reauthentication_required(request, app="allauth.account")
            except ReauthenticationRequired:
                if request.method == "POST":
                    kept = {name: request.POST.get(name, "")[:LONGEST] for name in keeping}
                    request.session[UNSENT] = {"page": request.get_full_path(), "fields": kept}
                raise
            return view(request, *args, **kwargs)

        return asked

    return decorate


def page_of_unsent(request: HttpRequest) -> str:
    """The page whose form this request was, if it was one that came too late; else empty."""
    unsent = request.session.get(UNSENT, {})
    return str(unsent["page"]) if unsent.get("page") == request.get_full_path() else ""


def unsent_fields(request: HttpRequest) -> Mapping[str, str]:
    """What was filled in before the person was asked who they are: once, with a sentence that says so."""
    if request.method != "GET" or not page_of_unsent(request):
        return {}
    messages.warning(request, AGAIN)
    fields: Mapping[str, str] = request.session.pop(UNSENT)["fields"]
    return fields
