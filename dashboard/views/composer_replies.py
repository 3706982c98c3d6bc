"""Saved replies: texts that members send often, found by `/` while they write."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from bots.models import CannedReply
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.inbox.composer_forms import CannedReplyForm

#: Saved replies that one business may have: all of them are in the list that `/` opens.
MOST = 300


@needs("see_conversations", to_post="answer_conversations")
def replies(request: MemberRequest) -> HttpResponse:
    """All of them, and a form for one more."""
    form = CannedReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if CannedReply.objects.count() >= MOST:
            form.add_error(None, f"{MOST} saved replies is the most. Delete one that nobody uses.")
        else:
            saved = form.save()
            toasts.done(request, text=f"“/{saved.shortcut}” is saved.")
            return redirect("canned_replies")
    return _page(request, form=form, status=422 if form.errors else 200)


@require_GET
@needs("see_conversations")
def listed(request: MemberRequest) -> JsonResponse:
    """For the composer: `[{"shortcut": ..., "text": ...}]`."""
    return JsonResponse(list(CannedReply.objects.values("shortcut", "text")[:MOST]), safe=False)


@needs("see_conversations", to_post="answer_conversations")
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    saved = get_object_or_404(CannedReply, pk=pk)
    form = CannedReplyForm(request.POST or None, instance=saved)
    if request.method == "POST" and form.is_valid():
        form.save()
        toasts.done(request, text="Saved.")
        return redirect("canned_replies")
    status = 422 if form.errors else 200
    return render(request, "inbox/canned_reply.html", {"form": form, "saved": saved}, status=status)


@require_POST
@needs("answer_conversations")
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    saved = get_object_or_404(CannedReply, pk=pk)
    request.session[KEPT] = {"shortcut": saved.shortcut, "text": saved.text}
    saved.delete()
    toasts.done(request, text=f"“/{saved.shortcut}” is deleted.", undo=reverse("canned_reply_restore"))
    return redirect("canned_replies")


@require_POST
@needs("answer_conversations")
def restore(request: MemberRequest) -> HttpResponse:
    """Take the last deletion back: what was deleted is kept in the member's session until then."""
    form = CannedReplyForm(request.session.pop(KEPT, None))
    if form.is_bound and form.is_valid():
        saved = form.save()
        toasts.done(request, text=f"“/{saved.shortcut}” is back.")
    else:
        toasts.failed(request, text="It cannot be brought back any more. Write it anew.")
    return redirect("canned_replies")


KEPT = "deleted_canned_reply"


def _page(request: MemberRequest, **context: Any) -> HttpResponse:
    status = context.pop("status")
    saved = CannedReply.objects.all()[:MOST]
    return render(request, "inbox/canned_replies.html", {"replies": saved, **context}, status=status)
