"""The tenant's labels: what there is to sort conversations by."""

from __future__ import annotations

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bots.desk import labels
from bots.desk.labels import LabelError
from bots.models import Label
from dashboard import toasts
from dashboard.access import MemberRequest, needs


@needs("see_conversations", to_post="answer_conversations")
def manage(request: MemberRequest) -> HttpResponse:
    """The list; posting adds one."""
    if request.method == "POST":
        return _write(request, label_id=None)
    shown = Label.objects.annotate(used=Count("conversations")).order_by("name")
    context = {"labels": shown, "colours": Label.Colour.choices}
    return render(request, "inbox/labels.html", context)


@require_POST
@needs("answer_conversations")
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    return _write(request, label_id=pk)


@require_POST
@needs("answer_conversations")
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        label = labels.delete(pk)
    except Label.DoesNotExist:
        raise Http404 from None
    toasts.done(request, text=f"“{label.name}” is deleted.", undo=reverse("label_restore", args=[pk]))
    return redirect("labels")


@require_POST
@needs("answer_conversations")
def restore(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        label = labels.restore(pk)
    except LabelError as error:
        toasts.failed(request, text=str(error))
    else:
        toasts.done(request, text=f"“{label.name}” is back.")
    return redirect("labels")


def _write(request: MemberRequest, *, label_id: int | None) -> HttpResponse:
    given = request.POST
    try:
        label = labels.write(name=given.get("name", ""), colour=given.get("colour", ""), label_id=label_id)
    except Label.DoesNotExist:
        raise Http404 from None
    except LabelError as error:
        toasts.failed(request, text=str(error))
    else:
        toasts.done(request, text=f"“{label.name}” is {'added' if label_id is None else 'saved'}.")
    return redirect("labels")
