"""How the knowledge is searched: by words alone, or by meaning too."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from bots.ai.base import AIError
from bots.knowledge import meaning, reading
from bots.models import KnowledgeSettings
from dashboard import focus, toasts
from dashboard.access import MemberRequest, needs
from dashboard.confirming import confirmed, unsent_fields
from dashboard.knowledge.forms import MeaningForm
from dashboard.views.knowledge import tabs
from tenants.secrets import SecretUnreadableError

#: Seconds that somebody waits for the service to be tried.
LONGEST_TRIAL = 8.0
NOBODY = (
    "There is no service to ask: enter an API key, or the address of a server. Your bot’s own provider has none that "
    "could be used."
)


@needs("edit_knowledge")
@confirmed(keeping=("by_meaning", "base_url", "model"))
def settings(request: MemberRequest) -> HttpResponse:
    kept = _kept()
    shown = {"by_meaning": kept.by_meaning, "base_url": kept.base_url, "model": kept.model}
    form = MeaningForm(request.POST or None, initial={**shown, **unsent_fields(request)})
    is_possible = meaning.is_possible()
    if request.method == "POST" and form.is_valid():
        wanted = _wanted(form, kept=kept)
        refusal = _refusal(wanted, is_possible=is_possible) if wanted.by_meaning else ""
        if not refusal:
            wanted.save()
            waiting = meaning.missing()
            for source in waiting:
                reading.ring(source, tenant=request.tenant)
            toasts.done(request, text="Saved." if not waiting else "Saved. The passages are being read for meaning.")
            return redirect("knowledge_settings")
        form.add_error(None, refusal)
    focus.on_first_wrong(form)
    context = {
        "form": form,
        "is_possible": is_possible,
        "is_set": bool(kept.api_key),
        "waiting": 0 if form.errors else _waiting(),
        "tabs": tabs(request, "knowledge_settings"),
    }
    return render(request, "knowledge/settings.html", context, status=422 if form.errors else 200)


def _kept() -> KnowledgeSettings:
    """The settings; without the key where it cannot be opened, so that a new one can be entered."""
    try:
        return meaning.current()
    except SecretUnreadableError:
        return KnowledgeSettings(**KnowledgeSettings.objects.values("id", "by_meaning", "base_url", "model").get(pk=1))


def _wanted(form: MeaningForm, *, kept: KnowledgeSettings) -> KnowledgeSettings:
    """A key goes only to the address that it was entered for: another address asks for its own."""
    given = form.cleaned_data
    same = given["base_url"] == kept.base_url and not given["forget_key"]
    return KnowledgeSettings(
        pk=1,
        by_meaning=given["by_meaning"],
        base_url=given["base_url"],
        api_key=given["api_key"] or (kept.api_key if same else ""),
        model=given["model"],
    )


def _refusal(wanted: KnowledgeSettings, *, is_possible: bool) -> str:
    """Why the service cannot be switched on, after trying it; empty: it answers."""
    if not is_possible:
        return "This database has no pgvector, which compares meanings. Ask whoever runs Switchboard to install it."
    embedder = meaning.embedder_of(wanted, timeout=LONGEST_TRIAL)
    if embedder is None:
        return NOBODY
    try:
        embedder.embed(["Where are you?"])
    except AIError as error:
        return f"It does not work yet: {error}. {error.detail}".strip()
    return ""


def _waiting() -> int:
    try:
        return sum(meaning.missing().values())
    except SecretUnreadableError:
        return 0
