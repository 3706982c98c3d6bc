"""Exports: ask for one, watch it come, take it along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots.exporting import asking, keeping
from bots.models import Export
from bots.models.clock import database_time
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.exports import words
from dashboard.exports.forms import EVERYTHING, ExportForm, given, is_filter
from dashboard.exports.page import listed
from dashboard.inbox.members import member_of

GONE = "This file is not there any more. Ask for it again."
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}
TYPES |= {"zip": "application/zip"}


@needs("export")
def exports(request: MemberRequest) -> HttpResponse:
    """The form and the list. The query string says what the form is about: `scope`, and what that takes."""
    asked = given(request.GET)
    offered = _offered(asked)
    scopes = [scope for scope, _ in offered]
    scope = asked.get("scope") if asked.get("scope") in scopes else scopes[0]
    form = ExportForm(offered=offered, initial={**asked, "scope": scope, "format": Export.Format.HTML})
    return render(request, "exports/exports.html", _context(request, form=form, asked=asked))


@needs("export")
def progress(request: MemberRequest) -> HttpResponse:
    """The list, for whoever shows an older `seen`; 204 when that is still how things stand."""
    found = listed()
    _ring_for_what_lies(request)
    if request.GET.get("seen") == found.seen:
        return HttpResponse(status=204)
    return render(request, "exports/_list.html", {"found": found, "now": timezone.now()})


@require_POST
@needs("export")
def new(request: MemberRequest) -> HttpResponse:
    asked = given(request.POST)
    form = ExportForm(request.POST, offered=_offered(asked))
    if form.is_valid():
        try:
            asking.ask(
                tenant=request.tenant,
                by=member_of(request),
                scope=Export.Scope(form.cleaned_data["scope"]),
                file_format=Export.Format(form.cleaned_data["format"]),
                criteria=form.criteria(),
            )
        except asking.NotNowError as error:
            form.add_error(None, str(error))
        else:
            toasts.done(request, text="It is being written. The list below says when it is ready.")
            return redirect("exports")
    return render(request, "exports/exports.html", _context(request, form=form, asked=asked))


@needs("export")
def file(request: MemberRequest, pk: UUID) -> HttpResponseBase:
    """The file, as long as it is kept. Each download is audited."""
    export = get_object_or_404(Export, pk=pk)
    try:
        content = keeping.open_file(export)
    except FileNotFoundError:
        toasts.failed(request, text=GONE)
        return redirect("exports")
    asking.note(export, verb="downloaded", tenant=request.tenant, by=member_of(request))
    name = f"{request.tenant.slug}-{export.get_scope_display().replace(' ', '-')}-{export.created_at:%Y-%m-%d}"
    ending = keeping.ARCHIVE if keeping.holds_files(export) else export.format
    response = FileResponse(content, as_attachment=True, filename=f"{name}.{ending}")
    response["Content-Type"] = TYPES[ending]
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@needs("export")
def again(request: MemberRequest, pk: UUID) -> HttpResponse:
    try:
        asking.ask_again(get_object_or_404(Export, pk=pk), tenant=request.tenant, by=member_of(request))
    except asking.NotNowError as error:
        toasts.failed(request, text=str(error))
    return redirect("exports")


@require_POST
@needs("export")
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take it out of the list, with its file; one that is still being written is cancelled."""
    asking.delete(get_object_or_404(Export, pk=pk), tenant=request.tenant, by=member_of(request))
    toasts.done(request, text="The export is deleted.")
    return redirect("exports")


def _context(request: MemberRequest, *, form: ExportForm, asked: dict[str, str]) -> dict[str, Any]:
    _ring_for_what_lies(request)
    contact = asked.get("contact") if dict(_offered(asked)).get(Export.Scope.CONTACT) else None
    return {"form": form, "found": listed(), "contact": contact, "now": timezone.now()}


def _offered(asked: dict[str, str]) -> list[tuple[str, str]]:
    """What the query string names and is there; and everything."""
    names = words.names_in([asked])
    offered: list[tuple[str, str]] = []
    if names.conversations:
        offered.append((Export.Scope.CONVERSATION, words.about(Export.Scope.CONVERSATION, asked, names=names)))
    if names.contacts:
        offered.append((Export.Scope.CONTACT, words.about(Export.Scope.CONTACT, asked, names=names)))
    if asked.get("scope") == Export.Scope.FILTER and is_filter(asked):
        offered.append((Export.Scope.FILTER, words.about(Export.Scope.FILTER, asked, names=names)))
    return [*offered, EVERYTHING]


def _ring_for_what_lies(request: MemberRequest) -> None:
    """A bell may have been lost: whoever waits rings again."""
    for pk in asking.due(at=database_time()).values_list("pk", flat=True)[: asking.MOST_PENDING]:
        asking.ring(pk, tenant=request.tenant)
