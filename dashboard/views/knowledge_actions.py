"""What people do with the knowledge: write, upload, change, switch, delete, take back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bots.knowledge import meaning, reading, sources
from bots.knowledge.problems import SENTENCES
from bots.knowledge.sources import SourceError
from bots.models import KnowledgeSource
from dashboard import focus, toasts
from dashboard.access import MemberRequest, needs
from dashboard.knowledge.forms import FileForm, SourceForm, plain
from dashboard.views.knowledge import list_context, source_context

#: Files that one upload may bring.
MOST_FILES = 20


@needs("edit_knowledge")
def new(request: MemberRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            source = sources.write(**_text(form), tenant=request.tenant, actor=request.user)
        except SourceError as error:
            form.add_error(error.field or None, str(error))
        else:
            _have_read(request, source)
            toasts.done(request, text=f"“{source.title}” is added. The bot’s next answer can use it.")
            return redirect("knowledge_source", source.pk)
    focus.on_first_wrong(form)
    return render(request, "knowledge/new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@needs("edit_knowledge")
def upload(request: MemberRequest) -> HttpResponse:
    """Each file becomes a source of its own, or a sentence that says why not."""
    given = request.FILES.getlist("uploads")
    for file in given[:MOST_FILES]:
        _take(request, file)
    if not given:
        toasts.failed(request, text="Choose a file first.")
    elif len(given) > MOST_FILES:
        toasts.failed(request, text=f"Only the first {MOST_FILES} files were taken. Add the others now.")
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "knowledge/_sources.html", {**list_context(request), "is_swap": True})
    return redirect("knowledge")


@needs("edit_knowledge")
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    source = _source(pk)
    shown = {"title": source.title, "text": source.text, "language": source.language, "version": source.version}
    form = SourceForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        seen = -1 if version is None else version
        try:
            source = sources.edit(pk, version=seen, **_text(form), tenant=request.tenant, actor=request.user)
        except KnowledgeSource.DoesNotExist:
            raise Http404 from None
        except SourceError as error:
            form.add_error(error.field or None, str(error))
        else:
            _have_read(request, source)
            toasts.done(request, text="Saved. The bot’s next answer uses it.")
            return redirect("knowledge_source", source.pk)
    focus.on_first_wrong(form)
    status = 422 if form.errors else 200
    return render(request, "knowledge/edit.html", {"form": form, "source": source}, status=status)


@require_POST
@needs("edit_knowledge")
def replace_file(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A new file for a source; until it is read, the old text stays in use."""
    form = FileForm(request.POST, request.FILES)
    source = _source(pk)
    if not form.is_valid():
        toasts.failed(request, text="Choose a file first.")
        return redirect("knowledge_source", pk)
    file = form.cleaned_data["file"]
    try:
        content = _content(file)
        source = sources.replace_file(pk, name=file.name, content=content, tenant=request.tenant, actor=request.user)
    except KnowledgeSource.DoesNotExist:
        raise Http404 from None
    except SourceError as error:
        toasts.failed(request, text=_refusal(file, error))
    else:
        _have_read(request, source)
    return redirect("knowledge_source", pk)


@require_POST
@needs("edit_knowledge")
def switch(request: MemberRequest, pk: UUID) -> HttpResponse:
    is_active = request.POST.get("is_active") == "on"
    try:
        source = sources.switch(pk, is_active=is_active, tenant=request.tenant, actor=request.user)
    except KnowledgeSource.DoesNotExist:
        raise Http404 from None
    if is_active:
        toasts.done(request, text=f"“{source.title}” is in use again.")
    else:
        toasts.done(request, text=f"“{source.title}” is switched off: the bot does not know it any more.")
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "knowledge/_source.html", {**source_context(request, pk), "is_swap": True})
    return redirect("knowledge_source", pk)


@require_POST
@needs("edit_knowledge")
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    try:
        source = sources.delete(pk, tenant=request.tenant, actor=request.user)
    except KnowledgeSource.DoesNotExist:
        raise Http404 from None
    toasts.done(request, text=f"“{source.title}” is deleted.", undo=reverse("knowledge_restore", args=[pk]))
    return redirect("knowledge")


@require_POST
@needs("edit_knowledge")
def restore(request: MemberRequest, pk: UUID) -> HttpResponse:
    try:
        source = sources.restore(pk, tenant=request.tenant, actor=request.user)
    except KnowledgeSource.DoesNotExist:
        raise Http404 from None
    toasts.done(request, text=f"“{source.title}” is back.")
    return redirect("knowledge_source", pk)


def _take(request: MemberRequest, file: UploadedFile) -> None:
    try:
        source = sources.upload(name=file.name or "", content=_content(file), tenant=request.tenant, actor=request.user)
    except SourceError as error:
        toasts.failed(request, text=_refusal(file, error))
    else:
        _have_read(request, source)


def _content(file: UploadedFile) -> bytes:
    """The file's bytes; one that is too large is not even read. Raises `SourceError`."""
    if (file.size or 0) > sources.MOST_BYTES:
        raise SourceError("too_large")
    return file.read()


def _refusal(file: UploadedFile, error: SourceError) -> str:
    """Why this file is not taken, with its name, for one may be among many."""
    return f"{(file.name or 'The file')[:100]}: {SENTENCES.get(str(error), str(error))}"


def _have_read(request: MemberRequest, source: KnowledgeSource) -> None:
    """A worker has something to do where a file or a long text waits, or where meaning is to be taken down."""
    if source.is_in_progress or meaning.current().by_meaning:
        reading.ring(source.pk, tenant=request.tenant)


def _source(pk: UUID) -> KnowledgeSource:
    source = sources.there().filter(pk=pk).first()
    if source is None:
        raise Http404
    return source


def _text(form: SourceForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {"title": plain(given["title"]), "text": plain(given["text"]), "language": given["language"]}
