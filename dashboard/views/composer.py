"""What members do in a conversation: take over, write, note, give back. Each works as a plain form, too."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bots.desk import replying, sorting, suggesting, taking_over
from bots.desk.base import NotPossibleError
from bots.models import Conversation, Message, Suggestion
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.inbox import presence
from dashboard.inbox.composer_forms import GiveBackForm, WrittenForm
from dashboard.inbox.members import member_of

WRONG = "This could not be read. Load the page again, then try once more."


@require_POST
@needs("answer_conversations")
def take_over(request: MemberRequest, pk: UUID) -> HttpResponse:
    return _do(request, pk, lambda: taking_over.take_over(pk, tenant=request.tenant, by=member_of(request)), "focus")


@require_POST
@needs("answer_conversations")
def give_back(request: MemberRequest, pk: UUID) -> HttpResponse:
    form = GiveBackForm(request.POST)
    if not form.is_valid():
        return refused(request, pk, text="The note to the bot is too long. Shorten it.")
    note, answer_open = form.cleaned_data["note"], form.cleaned_data["answer_open"]
    by = member_of(request)
    return _do(
        request,
        pk,
        lambda: taking_over.give_back(pk, tenant=request.tenant, by=by, note=note, answer_open=answer_open),
        "given-back",
    )


@require_POST
@needs("answer_conversations")
def reply(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A reply, or a private note: the form has one field for both."""
    form = WrittenForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, pk, text=str(next(iter(form.errors.values()))[0]) if form.errors else WRONG)
    given, by = form.cleaned_data, member_of(request)
    presence.stopped(pk, by=by)
    if given["kind"] == "note":
        return _do(request, pk, lambda: sorting.note(pk, by=by, text=given["text"], key=given["key"]), "sent")

    def send() -> None:
        replying.reply(
            pk,
            tenant=request.tenant,
            by=by,
            text=given["text"],
            quoted_id=given["quoted"],
            file=given["file"],
            key=given["key"],
        )
        if given["suggestion"] and Suggestion.objects.filter(pk=given["suggestion"], conversation=pk).exists():
            suggesting.settle(given["suggestion"], state="used")

    return _do(request, pk, send, "sent")


@require_POST
@needs("answer_conversations")
def retry(request: MemberRequest, pk: UUID, message: UUID) -> HttpResponse:
    _exists(Message, message, conversation=pk)
    return _do(request, pk, lambda: replying.retry(message, tenant=request.tenant, by=member_of(request)))


@require_POST
@needs("answer_conversations")
def suggest(request: MemberRequest, pk: UUID) -> HttpResponse:
    return _do(request, pk, lambda: suggesting.ask(pk, tenant=request.tenant, by=member_of(request)))


@require_POST
@needs("answer_conversations")
def settle(request: MemberRequest, pk: UUID, suggestion: UUID) -> HttpResponse:
    """Dismiss what the bot suggests; or, without JavaScript, put it into the field to be edited."""
    _exists(Suggestion, suggestion, conversation=pk)
    if request.POST.get("state") == "used":
        return redirect(f"{reverse('conversation', args=[pk])}?draft={suggestion}#composer")
    return _do(request, pk, lambda: suggesting.settle(suggestion, state="dismissed"))


@require_POST
@needs("answer_conversations")
def typing(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Others see for some seconds that this member writes."""
    _exists(Conversation, pk)
    if "stopped" in request.POST:
        presence.stopped(pk, by=member_of(request))
    else:
        presence.writes(pk, by=member_of(request))
    return HttpResponse(status=204)


def refused(request: MemberRequest, pk: UUID, *, text: str) -> HttpResponse:
    """Nothing changes but that the member is told why."""
    toasts.failed(request, text=text)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("conversation", pk)
    response = render(request, "inbox/_composer_refused.html")
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = "composer-refused"
    return response


def done(request: MemberRequest, pk: UUID, what: str = "") -> HttpResponse:
    """The thread asks for what is new; `what` tells the composer what it was."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('conversation', args=[pk])}#composer")
    events = {"thread-changed": "", "list-changed": "", "person-changed": "", "composer-done": {"what": what}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


def _do(request: MemberRequest, pk: UUID, act: Callable[[], object], what: str = "") -> HttpResponse:
    try:
        act()
    except Conversation.DoesNotExist:
        raise Http404 from None
    except NotPossibleError as error:
        return refused(request, pk, text=str(error))
    return done(request, pk, what)


def _exists(model: type[Conversation | Message | Suggestion], pk: UUID, **of: UUID) -> None:
    if not model._default_manager.filter(pk=pk, **of).exists():
        raise Http404
