"""The playground: a chat with the draft. The worker writes the answers, the page asks for them while they come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bots.models import PlaygroundAnswer, PlaygroundQuestion
from bots.playground import chat
from bots.playground.sources import Source
from dashboard import spending, toasts
from dashboard.access import MemberRequest, needs
from dashboard.playground import words
from dashboard.playground.page import exchange_of, page_of

#: As WhatsApp's own limit for a text.
LONGEST_QUESTION = 4096


class QuestionForm(forms.Form):
    text = forms.CharField(max_length=LONGEST_QUESTION)
    compare = forms.BooleanField(required=False)


@needs("try_bot")
def playground(request: MemberRequest) -> HttpResponse:
    page = page_of(request.user.pk, compares="compare" in request.GET)
    choices = [
        {"label": "Draft only", "href": reverse("playground"), "is_current": not page.compares},
        {"label": "Compare with published", "href": reverse("playground") + "?compare=1", "is_current": page.compares},
    ]
    return render(request, "playground/playground.html", {"page": page, "choices": choices})


@require_POST
@needs("try_bot")
def ask(request: MemberRequest) -> HttpResponse:
    form = QuestionForm(request.POST)
    compares = bool(request.POST.get("compare"))
    if not form.is_valid():
        is_long = form.has_error("text", "max_length")
        too_long = f"WhatsApp takes no more than {LONGEST_QUESTION:,} characters in a message."
        return _refused(request, text=too_long if is_long else words.EMPTY, compares=compares)
    try:
        asked = chat.ask(
            tenant_id=request.tenant.pk,
            schema_name=request.tenant.schema_name,
            member_id=request.user.pk,
            text=form.cleaned_data["text"],
            sources=[Source.DRAFT, Source.PUBLISHED] if compares else [Source.DRAFT],
        )
    except chat.NotNowError as error:
        return _refused(request, text=_not_now(error), compares=compares)
    if not request.htmx:  # type: ignore[attr-defined]
        return _back(compares=compares)
    response = _exchange(request, asked.pk)
    response["HX-Trigger"] = "asked"
    return response


@needs("try_bot")
def question(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One question with its answers, for whoever shows an older `seen`; 204 when that is still all there is."""
    found = _questions(request).filter(pk=pk).first()
    if not request.htmx:  # type: ignore[attr-defined]
        if found is None:
            raise Http404
        return _back()
    if found is None:
        # The chat was reset elsewhere: an empty answer takes the question away, and with it its asking.
        return HttpResponse()
    exchange = exchange_of(found)
    if request.GET.get("seen") == exchange.seen:
        return HttpResponse(status=204)
    return render(request, "playground/_exchange.html", {"exchange": exchange})


@require_POST
@needs("try_bot")
def stop(request: MemberRequest, pk: UUID) -> HttpResponse:
    chat.stop(_own(request, pk))
    return _exchange(request, pk) if request.htmx else _back()  # type: ignore[attr-defined]


@require_POST
@needs("try_bot")
def again(request: MemberRequest, pk: UUID) -> HttpResponse:
    asked = _own(request, pk)
    try:
        chat.ask_again(asked, tenant_id=request.tenant.pk, schema_name=request.tenant.schema_name)
    except chat.NotNowError as error:
        return _refused(request, text=_not_now(error))
    return _exchange(request, pk) if request.htmx else _back()  # type: ignore[attr-defined]


@require_POST
@needs("try_bot")
def reset(request: MemberRequest) -> HttpResponse:
    chat.reset(request.user.pk)
    toasts.done(request, text="The chat begins anew.")
    return _back(compares=bool(request.POST.get("compare")))


@needs("try_bot")
def why(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The exact prompt, the knowledge and the figures of one answer."""
    answer = get_object_or_404(PlaygroundAnswer, pk=pk, question__member_id=request.user.pk)
    template = "playground/_why.html" if request.htmx else "playground/why.html"  # type: ignore[attr-defined]
    return render(request, template, {"answer": answer, **_explained(answer)})


def _explained(answer: PlaygroundAnswer) -> dict[str, Any]:
    return {
        "who": words.source_words(answer.source, version=answer.version),
        "tokens": spending.tokens(answer),
        "cost": spending.cost(answer),
        "price": spending.price_words(answer),
        "took": words.took(answer),
        "first_words": answer.timings.get("first_words"),
    }


def _questions(request: MemberRequest) -> QuerySet[PlaygroundQuestion]:
    return chat.questions(request.user.pk)


def _own(request: MemberRequest, pk: UUID) -> PlaygroundQuestion:
    """A member's questions are nobody else's."""
    return get_object_or_404(PlaygroundQuestion, pk=pk, member_id=request.user.pk)


def _exchange(request: MemberRequest, pk: UUID) -> HttpResponse:
    return render(request, "playground/_exchange.html", {"exchange": exchange_of(_questions(request).get(pk=pk))})


def _refused(request: MemberRequest, *, text: str, compares: bool = False) -> HttpResponse:
    """Nothing changes but that somebody is told why."""
    toasts.failed(request, text=text)
    if not request.htmx:  # type: ignore[attr-defined]
        return _back(compares=compares)
    response = render(request, "playground/_refused.html")
    response["HX-Reswap"] = "none"
    return response


def _not_now(error: chat.NotNowError) -> str:
    return words.TOO_SOON if error.is_busy else words.TOO_MANY


def _back(*, compares: bool = False) -> HttpResponse:
    return redirect(reverse("playground") + ("?compare=1" if compares else ""))
