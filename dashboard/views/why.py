"""Why the bot said that: a page of its own, and beside the thread; and whether it was right."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots import marks
from bots.marks import Verdict
from bots.models import AnswerMark, Turn
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.inbox.members import member_of
from dashboard.why.explanation import explained

NONE = "none"


class MarkForm(forms.Form):
    verdict = forms.ChoiceField(choices=[*AnswerMark.Verdict.choices, (NONE, "no mark")])
    better_answer = forms.CharField(required=False, max_length=marks.LONGEST)


@needs("see_conversations")
def why(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One turn's explanation. One that is gone has a page that says so."""
    found = explained(pk)
    if found is None:
        return _gone(request)
    template = "why/_why.html" if request.htmx else "why/why.html"  # type: ignore[attr-defined]
    return render(request, template, {"why": found, "now": timezone.now()})


@require_POST
@needs("answer_conversations")
def mark(request: MemberRequest, pk: UUID) -> HttpResponse:
    get_object_or_404(Turn.objects.only("pk"), pk=pk)
    form = MarkForm(request.POST)
    if not form.is_valid():
        too_long = f"A better answer has at most {marks.LONGEST:,} characters."
        toasts.failed(request, text=too_long if form.has_error("better_answer") else "Choose right or wrong.")
    elif form.cleaned_data["verdict"] == NONE:
        if marks.unmark(pk):
            toasts.done(request, text="The mark is gone.")
    else:
        _mark(request, pk, **form.cleaned_data)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("why", pk=pk)
    found = explained(pk)
    if found is None:
        raise Http404
    return render(request, "why/_mark.html", {"why": found, "now": timezone.now(), "is_swap": True})


def _mark(request: MemberRequest, pk: UUID, *, verdict: Verdict, better_answer: str) -> None:
    try:
        marks.mark(pk, verdict=verdict, better_answer=better_answer, by=member_of(request))
    except Turn.DoesNotExist:
        raise Http404 from None
    if verdict == AnswerMark.Verdict.RIGHT:
        toasts.done(request, text="Marked right.")
    elif better_answer:
        toasts.done(request, text="The better answer is kept.")


def _gone(request: MemberRequest) -> HttpResponse:
    days = settings.TURN_RETENTION_DAYS
    kept = f"Explanations are kept for {days} days, then the messages alone stay. " if days else ""
    known = {"text": f"{kept}The address may also be wrong, or the contact's data was erased."}
    if request.htmx:  # type: ignore[attr-defined]
        # What is not found is not swapped in, and the drawer would wait for ever.
        return render(request, "why/_gone.html", known)
    return render(request, "why/gone.html", known, status=404)
