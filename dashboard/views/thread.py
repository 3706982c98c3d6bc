"""The middle of the inbox: its pages, what is new in it, and the files of its messages."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from bots.desk import window
from bots.media import asking
from bots.models import Conversation, MediaFile, Message
from dashboard.access import MemberRequest, needs
from dashboard.inbox import file_serving, thread_rows
from dashboard.inbox.composer import composer_of
from dashboard.inbox.thread import activity_of, item_of, stretch, thread_of
from dashboard.inbox.thread_files import state_of
from dashboard.inbox.thread_rows import Cursor

#: Items that a browser may say it has.
MOST_HELD = 400


def conversation_of(pk: UUID) -> Conversation:
    """With its contact and channel, and without a secret."""
    found = Conversation.objects.select_related("contact__channel").defer("contact__channel__credentials")
    conversation = found.filter(pk=pk).first()
    if conversation is None:
        raise Http404
    return conversation


@require_GET
@needs("see_conversations")
def thread(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The whole pane anew, for a page that was asleep too long."""
    conversation = conversation_of(pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("conversation", pk)
    return render(request, "inbox/_thread.html", {"thread": thread_of(conversation, request=request)})


@require_GET
@needs("see_conversations")
def page(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The messages before or after a cursor, for a thread that is scrolled."""
    conversation = conversation_of(pk)
    return render(request, "inbox/_thread_page.html", {"thread": thread_of(conversation, request=request)})


@require_GET
@needs("see_conversations")
def live(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What is new or different since `from` (a cursor) for a browser that has these items: `have`, `short:version`
    by commas. Without `from`, in a thread that shows no end (`still`), only who writes and what may be answered."""
    conversation = conversation_of(pk)
    closes_at = window.closes_at(pk)
    cursor = Cursor.parse(request.GET.get("from", ""))
    have = dict(part.partition(":")[::2] for part in request.GET.get("have", "").split(",")[:MOST_HELD] if part)
    found = thread_rows.since(pk, cursor=cursor) if cursor else thread_rows.newest(pk)
    if cursor and found.has_newer:
        return HttpResponse(status=205)
    items = []
    if "still" not in request.GET:
        since = cursor.at if cursor else None
        items = stretch(conversation, page=found, closes_at=closes_at, since=since)
        items = [item for item in items if cursor is None or item.sort >= cursor.sort]
    composer = composer_of(conversation, request=request, closes_at=closes_at)
    context = {
        "items": [item for item in items if have.get(item.short) != item.version],
        "gone": ",".join(set(have) - {item.short for item in items}) if cursor else "",
        "composer": composer if composer.version != request.GET.get("composer") else None,
        "activity": activity_of(conversation, request=request),
        "conversation": conversation,
    }
    return render(request, "inbox/_thread_live.html", context)


@require_POST
@needs("see_conversations")
def fetch_file(request: MemberRequest, pk: UUID, message: UUID, index: int) -> HttpResponse:
    """Have a file that the bot had no use for fetched, for somebody who wants to see it; they ask until it is there.

    Whoever names what they see of it (`shown`) gets the message once that is different, and 204 until then."""
    conversation = conversation_of(pk)
    found = Message.objects.filter(conversation=conversation, pk=message).first()
    if found is None or index >= len(found.media) or not found.media[index].get("url"):
        raise Http404
    row = MediaFile.objects.filter(message=found, index=index).first()
    waits = request.POST.get("shown") == "coming"
    row = asking.look(row) if row and waits else asking.ask(message=found, index=index, tenant=request.tenant)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('conversation', args=[pk])}?message={message}#m-{message}")
    item = item_of(conversation, message=found) if request.POST.get("shown") != state_of(row)[0] else None
    if item is None:
        return HttpResponse(status=204)
    return render(request, "inbox/_thread_items.html", {"items": [item], "conversation": conversation})


@require_GET
@needs("see_conversations")
def conversation_file(request: MemberRequest, pk: UUID) -> HttpResponseBase:
    """One file, with only the rights that a picture or a sound needs."""
    row = MediaFile.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return file_serving.answer(row, asked=request.headers.get("range", ""))
