"""What members do with a conversation besides answering it: sort it, note something down, decide about the person."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from bots.desk import contacts, failures, read_marks, sorting
from bots.desk.base import NotPossibleError
from bots.models import Conversation, Label
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.inbox import members
from dashboard.inbox.directory import Directory
from dashboard.inbox.person import person_of
from dashboard.views.thread import conversation_of


@require_GET
@needs("see_conversations")
def person(request: MemberRequest, pk: UUID) -> HttpResponse:
    """All of the right pane that a colleague may have changed."""
    shown = person_of(conversation_of(pk), directory=Directory(request.tenant))
    return render(request, "inbox/_person_fresh.html", {"person": shown})


@require_POST
@needs("see_conversations")
def unread(request: MemberRequest, pk: UUID) -> HttpResponse:
    """For whoever asks alone. It leaves the conversation, which would mark it as read again."""
    conversation_of(pk)
    read_marks.mark_unread(pk, member_id=request.user.pk)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Trigger": "list-changed"})
    toasts.done(request, text="Marked as unread.")
    return redirect("conversations")


@require_POST
@needs("answer_conversations")
def assign(request: MemberRequest, pk: UUID) -> HttpResponse:
    conversation = conversation_of(pk)
    people = Directory(request.tenant).who_answers
    given = request.POST.get("assignee", "")
    to = int(given) if given.isascii() and given.isdecimal() else None
    if given and to not in people:
        raise Http404
    sorting.assign(pk, to=to, by=members.member_of(request), name=people.get(to, "") if to else "")
    return _answer(request, conversation, part="assignee")


@require_POST
@needs("answer_conversations")
def label(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The labels that are ticked are on it, the others are not."""
    conversation = conversation_of(pk)
    ticked = set(request.POST.getlist("labels"))
    on = set(conversation.labels.values_list("pk", flat=True))
    for key in Label.objects.values_list("pk", flat=True):
        if (str(key) in ticked) != (key in on):
            sorting.label(pk, label_id=key, on=str(key) in ticked)
    return _answer(request, conversation, part="labels")


@require_POST
@needs("answer_conversations")
def note(request: MemberRequest, pk: UUID) -> HttpResponse:
    conversation = conversation_of(pk)
    try:
        sorting.note(pk, by=members.member_of(request), text=request.POST.get("text", ""))
    except NotPossibleError as error:
        toasts.failed(request, text=str(error))
        return _answer(request, conversation, part="notes")
    return _answer(request, conversation, part="notes", changed="thread-changed, note-kept")


@require_POST
@needs("answer_conversations")
def block(request: MemberRequest, pk: UUID) -> HttpResponse:
    conversation = conversation_of(pk)
    on = request.POST.get("on") == "1"
    contacts.block(conversation.contact_id, by=members.member_of(request), on=on)
    done = "Blocked. What they write is kept, and nobody answers it." if on else "Unblocked."
    toasts.done(request, text=done)
    return _answer(request, conversation, part="consent", changed="thread-changed")


@require_POST
@needs("answer_conversations")
def opt_out(request: MemberRequest, pk: UUID) -> HttpResponse:
    conversation = conversation_of(pk)
    on = request.POST.get("on") == "1"
    contacts.set_opted_out(conversation.contact_id, by=members.member_of(request), on=on)
    done = "Opted out: nothing is sent to them any more." if on else "Opted in: they are answered again."
    toasts.done(request, text=done)
    return _answer(request, conversation, part="consent", changed="thread-changed")


@require_POST
@needs("answer_conversations")
def dismiss(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What failed in it is dealt with; `again`: it is not, after all."""
    conversation = conversation_of(pk)
    if request.POST.get("again") or request.GET.get("again"):
        failures.recall(pk)
        toasts.done(request, text="It is among the failed ones again.")
    else:
        failures.dismiss(pk)
        again = f"{reverse('conversation_dismiss', args=[pk])}?again=1"
        toasts.done(request, text="Dealt with. It comes back when something else fails.", undo=again)
    return _answer(request, conversation, part="actions", changed="list-changed")


def _answer(request: MemberRequest, conversation: Conversation, *, part: str, changed: str = "") -> HttpResponse:
    """The part of the right pane that is different now; without HTMX the page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("conversation", conversation.pk)
    shown = person_of(conversation_of(conversation.pk), directory=Directory(request.tenant))
    context = {"person": shown, "part": f"inbox/_person_{part}.html"}
    answer = render(request, "inbox/_person_part.html", context)
    if changed:
        answer["HX-Trigger"] = changed
    return answer
