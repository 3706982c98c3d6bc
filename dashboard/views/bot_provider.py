"""Keys of AI providers, and asking a provider on the spot."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from bots import limits
from bots.drafts import Keyholder, set_key, standing
from bots.provider_check import check
from bots.versions import FALLBACK
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.bot import words
from dashboard.bot.key_form import KeyForm
from dashboard.bot.page import keys_of, page_of
from dashboard.confirming import confirmed, unsent_fields
from dashboard.views.bot import context, show
from tenants.secrets import SecretUnreadableError

#: Visits to providers that one tenant may ask for in a minute: each holds a thread of the web for up to 12 s.
MOST_VISITS = 10
TOO_MANY = "That was asked often just now. Wait a minute, then try again."
UNREADABLE = "The key that is stored cannot be opened. Set it again."


@needs("edit_bot")
@confirmed()
def key(request: MemberRequest, whose: str) -> HttpResponse:
    """Set, replace or remove a key of the draft. What is stored is never shown."""
    row = standing().draft
    held = keys_of(row).get(cast(Keyholder, whose))
    if held is None:
        raise Http404
    unsent_fields(request)
    form = KeyForm(request.POST or None)
    if "remove" in request.POST:
        set_key(held.whose, "", tenant=request.tenant, by=request.user)
        toasts.done(request, text="The key is removed from the draft.")
        return redirect("bot_provider")
    if form.is_valid():
        set_key(held.whose, form.cleaned_data["key"], tenant=request.tenant, by=request.user)
        toasts.done(request, text="The key is in the draft. Test it, then publish.")
        return redirect("bot_provider")
    provider = {"api_key": row.provider, FALLBACK: row.fallback.provider if row.fallback else ""}.get(whose, "")
    known = {"form": form, "held": held, "provider": provider, "made_at": words.KEY_PAGES.get(provider, "")}
    return render(request, "bot/key.html", known)


@require_POST
@needs("edit_bot")
def test(request: MemberRequest, whose: str) -> HttpResponse:
    """Ask the draft's provider, or its fallback, for its models and one sentence."""
    draft = standing().draft
    row = {"provider": draft, FALLBACK: draft.fallback}.get(whose)
    if row is None:
        raise Http404
    result: dict[str, object] = {"whose": whose}
    if not limits.within(MOST_VISITS, "ai-visits", request.tenant.schema_name):
        result["problem"] = TOO_MANY
    else:
        try:
            checked = check(row)
        except SecretUnreadableError:
            result["problem"] = UNREADABLE
        else:
            result["checked"] = checked
            if checked.error:
                result["problem"] = words.refusal(checked.error, provider=row.provider, model=row.model_name)
    page = page_of(request, "bot_provider")
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "bot/_tested.html", {**context(page), **result})
    return show(request, page, **result)
