"""What is done with several rows of the inbox's list at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bots.desk import failures, read_marks, sorting, taking_back
from bots.models import Label
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.inbox import members
from dashboard.inbox.directory import Directory
from dashboard.inbox.listing import MOST_SELECTED, selected_of, wanted_of

#: What can be said of many at once: how many they are.
ONE, MANY = "1 conversation is", "{} conversations are"


@require_POST
@needs("answer_conversations")
def assign(request: MemberRequest) -> HttpResponse:
    """`assignee`: a member's key; empty: nobody's."""
    chosen, people = _chosen(request), Directory(request.tenant).who_answers
    given = request.POST.get("assignee", "")
    to = int(given) if given.isascii() and given.isdecimal() else None
    if given and to not in people:
        raise Http404
    before = sorting.assign_each(dict.fromkeys(chosen, to), by=members.member_of(request), names=people)
    whose = "nobody’s" if to is None else "yours" if to == request.user.pk else f"{people[to]}’s"
    how = {"assignees": {str(key): former for key, former in before.items()}}
    _tell(request, f"{_are(before)} {whose} now.", changed=before, how=how)
    return _answer(request, chosen)


@require_POST
@needs("answer_conversations")
def label(request: MemberRequest) -> HttpResponse:
    """`label`: its key; `on`: whether they shall have it."""
    chosen, given, on = _chosen(request), request.POST.get("label", ""), request.POST.get("on") == "1"
    found = Label.objects.filter(pk=given).first() if given.isascii() and given.isdecimal() else None
    if found is None:
        raise Http404
    changed = sorting.label_each(chosen, label_id=found.pk, on=on)
    text = f"{_are(changed)} {'labelled' if on else 'no longer labelled'} “{found.name}”."
    _tell(request, text, changed=changed, how={"label": found.pk, "was_on": not on, "on": _strings(changed)})
    return _answer(request, chosen)


@require_POST
@needs("answer_conversations")
def dismiss(request: MemberRequest) -> HttpResponse:
    """What failed in them is dealt with."""
    chosen = _chosen(request)
    changed = failures.dismiss_each(chosen)
    text = f"{_are(changed)} dealt with. What fails later brings them back."
    _tell(request, text, changed=changed, how={"dismissed": _strings(changed)})
    return _answer(request, chosen)


@require_POST
@needs("see_conversations")
def mark(request: MemberRequest) -> HttpResponse:
    """`read`: 1 or 0; for whoever asks alone."""
    chosen, read = _chosen(request), request.POST.get("read") == "1"
    before = read_marks.mark_each(chosen, member_id=request.user.pk, read=read)
    how = {"marks": {str(key): at and at.isoformat() for key, at in before.items()}}
    text = f"{_are(before)} marked as {'read' if read else 'unread'}."
    _tell(request, text, changed=before, how=how, undo="selected_unmark")
    return _answer(request, chosen)


@require_POST
@needs("answer_conversations")
def undo(request: MemberRequest, word: str) -> HttpResponse:
    """Take back what `assign`, `label` or `dismiss` did."""
    how = taking_back.take(word, member_id=request.user.pk) or {}
    changed: list[UUID] = []
    if "assignees" in how:
        wanted = {UUID(key): former for key, former in how["assignees"].items()}
        people = Directory(request.tenant).names
        changed = list(sorting.assign_each(wanted, by=members.member_of(request), names=people))
    elif "label" in how and Label.objects.filter(pk=how["label"]).exists():
        changed = sorting.label_each([UUID(key) for key in how["on"]], label_id=how["label"], on=how["was_on"])
    elif "dismissed" in how:
        changed = [UUID(key) for key in how["dismissed"]]
        failures.recall_each(changed)
    return _taken_back(request, changed)


@require_POST
@needs("see_conversations")
def unmark(request: MemberRequest, word: str) -> HttpResponse:
    """Take back what `mark` did."""
    how = taking_back.take(word, member_id=request.user.pk) or {}
    marks = {UUID(key): at and datetime.fromisoformat(at) for key, at in how.get("marks", {}).items()}
    read_marks.put_back(marks, member_id=request.user.pk)
    return _taken_back(request, marks)


def _chosen(request: MemberRequest) -> list[UUID]:
    """The rows that are selected; those of another tenant are in no query's reach."""
    given = request.POST.getlist("conversations")
    if not 0 < len(given) <= MOST_SELECTED:
        raise BadRequest
    try:
        return [UUID(key) for key in dict.fromkeys(given)]
    except ValueError:
        raise BadRequest from None


def _tell(
    request: MemberRequest, text: str, *, changed: Collection[UUID], how: dict[str, Any], undo: str = "selected_undo"
) -> None:
    """What was done, with the way back; `how` it was, for that."""
    word = taking_back.keep(how, member_id=request.user.pk) if changed else ""
    text = text if changed else "Nothing to change: it was so already."
    toasts.done(request, text=text, undo=reverse(undo, args=[word]) if word else "")


def _taken_back(request: MemberRequest, changed: Collection[UUID]) -> HttpResponse:
    if changed:
        toasts.done(request, text="Taken back.")
    else:
        toasts.failed(request, text="This cannot be taken back any more.")
    return _answer(request, changed)


def _answer(request: MemberRequest, chosen: Collection[UUID]) -> HttpResponse:
    """Those of the rows that the list still has, as they are now, and the toast."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("conversations")
    listing = selected_of(request, wanted=wanted_of(request), chosen=chosen)
    return render(request, "inbox/_selected.html", {"listing": listing, "chosen": chosen})


def _are(changed: Collection[UUID]) -> str:
    return ONE if len(changed) == 1 else MANY.format(len(changed))


def _strings(keys: Collection[UUID]) -> list[str]:
    return [str(key) for key in keys]
