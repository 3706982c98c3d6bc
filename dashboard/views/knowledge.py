"""What the bot knows: the list, one source with its passages, and a question tried."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from bots import limits
from bots.knowledge import finding, reading, sources
from bots.models import KnowledgeChunk, KnowledgeSource
from dashboard.access import MemberRequest, needs
from dashboard.knowledge.forms import FileForm, FilesForm
from dashboard.knowledge.page import Row, listed, row_of, rows_of, verdict, version_of

ROWS_A_PAGE = 50
PASSAGES_A_PAGE = 40
#: Questions that a tenant may try in a minute: each may cost a call to the embeddings service.
MOST_TRIALS = 30
LONGEST_FILTER = 100


@needs("see_knowledge")
def overview(request: MemberRequest) -> HttpResponse:
    return render(request, "knowledge/list.html", list_context(request))


@needs("see_knowledge")
def progress(request: MemberRequest) -> HttpResponse:
    """The list, for whoever shows an older `seen`; 204 when that is still how things stand."""
    context = list_context(request)
    ring_for_the_waiting(request)
    if request.GET.get("seen") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "knowledge/_sources.html", context)


@needs("see_knowledge")
def source(request: MemberRequest, pk: UUID) -> HttpResponse:
    return render(request, "knowledge/source.html", source_context(request, pk))


@needs("see_knowledge")
def source_progress(request: MemberRequest, pk: UUID) -> HttpResponse:
    """As `progress`, of one source."""
    context = source_context(request, pk)
    ring_for_the_waiting(request)
    if request.GET.get("seen") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "knowledge/_source.html", context)


@needs("see_knowledge")
def trial(request: MemberRequest) -> HttpResponse:
    """What would be found for a question, and why."""
    question = request.GET.get("q", "").replace("\0", "").strip()[: finding.LONGEST_QUESTION]
    context: dict[str, Any] = {"question": question, "tabs": tabs(request, "knowledge_try")}
    if question and not limits.within(MOST_TRIALS, "knowledge-trials", request.tenant.schema_name):
        context["too_many"] = True
    elif question:
        context["verdict"] = verdict(finding.find(question))
    return render(request, "knowledge/try.html", context)


def list_context(request: MemberRequest) -> dict[str, Any]:
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_FILTER]
    page = Paginator(listed(wanted), ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = rows_of(page)
    return {
        "rows": rows,
        "page": page,
        "wanted": wanted,
        "now": timezone.now(),
        "waits": any(row.source.is_in_progress for row in rows),
        "version": version_of(rows),
        "files_form": FilesForm(),
        "tabs": tabs(request, "knowledge"),
    }


def source_context(request: MemberRequest, pk: UUID) -> dict[str, Any]:
    found = sources.there().filter(pk=pk).first()
    if found is None:
        raise Http404
    chunks = Paginator(KnowledgeChunk.objects.filter(source=found).only("text", "position"), PASSAGES_A_PAGE)
    row: Row = row_of(found, passages=chunks.count)
    return {
        "row": row,
        "source": found,
        "page": chunks.get_page(request.GET.get("page")),
        "now": timezone.now(),
        "waits": found.is_in_progress,
        "version": version_of([row]),
        "file_form": FileForm(),
    }


def tabs(request: MemberRequest, current: str) -> list[dict[str, Any]]:
    """The pages beside one another; the settings are for whoever may change them."""
    places = [("Sources", "knowledge"), ("Try a question", "knowledge_try")]
    if request.membership.can("edit_knowledge"):
        places.append(("Settings", "knowledge_settings"))
    return [{"label": label, "href": reverse(name), "is_current": name == current} for label, name in places]


def ring_for_the_waiting(request: MemberRequest) -> None:
    """Somebody waits for these: a bell that was lost, or a worker that was killed, costs them seconds."""
    lying = reading.due().filter(state__in=[KnowledgeSource.State.WAITING, KnowledgeSource.State.READING])
    for pk in lying.values_list("pk", flat=True)[:ROWS_A_PAGE]:
        if limits.within(4, "knowledge-bells", str(pk)):
            reading.ring(pk, tenant=request.tenant)
