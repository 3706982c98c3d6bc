"""Publishing the draft, throwing it away, and the versions that were published."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots.differences import differences
from bots.drafts import ChangedMeanwhileError, discard_draft
from bots.models import AIConfiguration
from bots.publishing import NothingToPublishError
from bots.publishing import publish as publish_draft
from bots.publishing import roll_back as publish_again
from bots.versions import load, versions
from dashboard import focus, toasts
from dashboard.access import MemberRequest, needs
from dashboard.bot import meanwhile, words
from dashboard.bot.page import BotPage, page_of
from dashboard.bot.publish_form import PublishForm, RevisionForm

A_PAGE = 20
NOTHING = "Somebody published or discarded the draft meanwhile: there is nothing left to publish."


@needs("publish_bot")
def publish(request: MemberRequest) -> HttpResponse:
    """What publishing would change, and why it is to be."""
    page = page_of(request, "bot_publish")
    form = PublishForm(request.POST or None)
    if not form.is_valid() or page.problem:
        return _publish_page(request, page, form=form)
    try:
        made = publish_draft(
            revision=form.cleaned_data["revision"],
            note=form.cleaned_data["note"],
            tenant=request.tenant,
            by=request.user,
        )
    except ChangedMeanwhileError as error:
        form.add_error(None, f"{meanwhile.told(error, me=request.user.email)} Look at the changes again, then publish.")
        return _publish_page(request, page_of(request, "bot_publish"), form=form)
    except NothingToPublishError:
        toasts.failed(request, text=NOTHING)
        return redirect("bot_versions")
    undo = _undo_url(page.standing.published)
    toasts.done(request, text=f"Version {made.version} answers from the next message on.", undo=undo)
    return redirect("bot_versions")


@require_POST
@needs("edit_bot")
def discard(request: MemberRequest) -> HttpResponse:
    """Back to what is published."""
    form = RevisionForm(request.POST)
    try:
        if form.is_valid():
            discard_draft(revision=form.cleaned_data["revision"])
            toasts.done(request, text="The draft is what is published again.")
    except ChangedMeanwhileError as error:
        toasts.failed(request, text=f"{meanwhile.told(error, me=request.user.email)} Nothing was discarded.")
    return redirect("bot")


@needs("see_bot")
def history(request: MemberRequest) -> HttpResponse:
    published = versions().filter(version__isnull=False).order_by("-version")
    listed = Paginator(published, A_PAGE).get_page(request.GET.get("page"))
    page = page_of(request, "bot_versions")
    return render(request, "bot/versions.html", {"page": page, "listed": listed, "now": timezone.now()})


@needs("see_bot")
def version(request: MemberRequest, version: int) -> HttpResponse:
    """One version: who, when, why, and what it changed."""
    rows = {row.version: row for row in load(Q(version__in=[version, version - 1]))}
    if version not in rows:
        raise Http404
    this, before = rows[version], rows.get(version - 1)
    known = {
        "page": page_of(request, "bot_versions"),
        "this": this,
        "before": before,
        "is_first": before is None,
        "changes": [words.change(one) for one in differences(before=before, after=this)],
        "now": timezone.now(),
    }
    return render(request, "bot/version.html", known)


@require_POST
@needs("publish_bot")
def roll_back(request: MemberRequest, version: int) -> HttpResponse:
    """Publish again what that version held."""
    before = AIConfiguration.objects.filter(is_active=True).only("version").first()
    try:
        made = publish_again(version=version, note=f"Back to version {version}", tenant=request.tenant, by=request.user)
    except AIConfiguration.DoesNotExist:
        raise Http404 from None
    text = f"Version {made.version} answers from the next message on: what version {version} was."
    toasts.done(request, text=text, undo=_undo_url(before))
    return redirect("bot_versions")


def _publish_page(request: MemberRequest, page: BotPage, *, form: PublishForm) -> HttpResponse:
    focus.on_first_wrong(form)
    known: dict[str, Any] = {
        "page": page,
        "form": form,
        "is_first": page.standing.published is None,
        "changes": [words.change(one) for one in page.standing.changes],
        "now": timezone.now(),
    }
    return render(request, "bot/publish.html", known)


def _undo_url(before: AIConfiguration | None) -> str:
    """Where what answered until now is published again."""
    return reverse("bot_roll_back", args=[before.version]) if before else ""
