"""The inbox: its page, its list, one conversation beside it, and whether anything changed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from bots.desk import read_marks
from bots.desk.filters import Filter
from bots.models import Conversation
from dashboard.access import MemberRequest, needs
from dashboard.inbox import presence
from dashboard.inbox.directory import Directory
from dashboard.inbox.listing import head_of, listing_of, wanted_of
from dashboard.inbox.live import state_of
from dashboard.inbox.person import person_of
from dashboard.inbox.thread import thread_of
from dashboard.views.thread import conversation_of


@require_GET
@needs("see_conversations")
def conversations(request: MemberRequest) -> HttpResponse:
    wanted = wanted_of(request)
    context = _page(request, wanted=wanted, opened=None, directory=Directory(request.tenant))
    return render(request, "inbox/inbox.html", context)


@require_GET
@needs("see_conversations")
def conversation(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The page with this conversation open; for a row that was followed by HTMX only what stands beside the list."""
    opened = conversation_of(pk)
    wanted, directory = wanted_of(request), Directory(request.tenant)
    context = _opened(request, opened=opened, directory=directory)
    if request.htmx.target == "opened":  # type: ignore[attr-defined]
        read_marks.mark_read(pk, member_id=request.user.pk)
        seen = str(state_of(wanted, opened=pk, now=timezone.now()))
        return render(request, "inbox/_opened.html", {**context, "seen": seen, "list_query": wanted.query()})
    read_marks.mark_read(pk, member_id=request.user.pk)
    page = _page(request, wanted=wanted, opened=pk, directory=directory)
    return render(request, "inbox/inbox.html", {**page, **context})


@require_GET
@needs("see_conversations")
def rows(request: MemberRequest) -> HttpResponse:
    """The list: its next rows (`cursor`), its first ones anew (`fresh`), or all of it by another filter."""
    wanted, directory = wanted_of(request), Directory(request.tenant)
    listing = listing_of(request, wanted=wanted, directory=directory)
    context: dict[str, Any] = {"listing": listing, "opened_id": _open_in_browser(request)}
    if "cursor" in request.GET:
        return render(request, "inbox/_rows.html", context)
    context["head"] = head_of(wanted=wanted, directory=directory)
    if "fresh" in request.GET:
        return render(request, "inbox/_list_fresh.html", context)
    response = render(request, "inbox/_list_swap.html", context)
    here = reverse("conversation", args=[context["opened_id"]]) if context["opened_id"] else reverse("conversations")
    query = wanted.query()
    # A step back leads to the list before, not to each letter of a search.
    moved = "HX-Replace-Url" if wanted.words else "HX-Push-Url"
    response[moved] = f"{here}?{query}" if query else here
    return response


@require_GET
@needs("see_conversations")
def live(request: MemberRequest) -> HttpResponse:
    """Which parts are not as the page `seen` has them, and who writes; 204 when nothing is new.

    `open`: the conversation beside the list; `looking`: somebody sees it now, so that what comes is read.
    """
    wanted, opened = wanted_of(request), _uuid(request.GET.get("open", ""))
    seen, known = request.GET.get("seen", ""), request.GET.get("writing", "")
    state = state_of(wanted, opened=opened, now=timezone.now())
    changed = state.changed_since(seen)
    writing = presence.who_writes(opened, besides=request.user.pk) if opened else []
    if not changed and "\n".join(writing) == known:
        return HttpResponse(status=204)
    if opened and "thread" in changed and "looking" in request.GET:
        read_marks.mark_read(opened, member_id=request.user.pk)
        state = state_of(wanted, opened=opened, now=timezone.now())
    told: dict[str, Any] = {f"{part}-changed": {} for part in changed}
    if "\n".join(writing) != known:
        told["writing-changed"] = {"names": writing}
    answer = {"seen": str(state), "writing": "\n".join(writing)}
    return HttpResponse(json.dumps(answer), content_type="application/json", headers={"HX-Trigger": json.dumps(told)})


def _page(request: MemberRequest, *, wanted: Filter, opened: UUID | None, directory: Directory) -> dict[str, Any]:
    # Before the rows are read: what changes meanwhile is shown by the first look whether anything did.
    state = state_of(wanted, opened=opened, now=timezone.now())
    return {
        "seen": str(state),
        "listing": listing_of(request, wanted=wanted, directory=directory, first=state.first),
        "head": head_of(wanted=wanted, directory=directory),
        "opened_id": opened,
        "list_query": wanted.query(),
    }


def _opened(request: MemberRequest, *, opened: Conversation, directory: Directory) -> dict[str, Any]:
    return {
        "opened_id": opened.pk,
        "conversation": opened,
        "thread": thread_of(opened, request=request),
        "person": person_of(opened, directory=directory),
    }


def _open_in_browser(request: MemberRequest) -> UUID | None:
    """The conversation that is open on the page that asks."""
    path = urlsplit(request.htmx.current_url or "").path  # type: ignore[attr-defined]
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match.kwargs.get("pk") if match.url_name == "conversation" else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
