"""Instructions to begin with: taken over into the draft, and taken back."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from bots.drafts import change_draft, standing
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.bot.starting_points import starting_points

#: In the session: the instructions that stood there before.
BEFORE = "bot-instructions-before"


@require_POST
@needs("edit_bot")
def use(request: MemberRequest, key: str) -> HttpResponse:
    point = starting_points().get(key)
    if point is None:
        raise Http404
    before = standing().draft.system_prompt
    if before != point.text:
        change_draft({"system_prompt": point.text}, seen={}, by=request.user.email)
        request.session[BEFORE] = before
        text = f"The draft has the instructions for a {point.name.lower()} now. Make them yours."
        toasts.done(request, text=text, undo=reverse("bot_start_undo"))
    return redirect("bot")


@require_POST
@needs("edit_bot")
def undo(request: MemberRequest) -> HttpResponse:
    before = request.session.pop(BEFORE, None)
    if before is not None:
        change_draft({"system_prompt": before}, seen={}, by=request.user.email)
        toasts.done(request, text="Your instructions are back.")
    return redirect("bot")
