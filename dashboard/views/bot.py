"""The bot's tabs, and saving one group of their fields to the draft."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots.drafts import ChangedMeanwhileError, change_draft, standing
from bots.provider_check import known_models
from bots.tokens import estimate
from bots.variables import OF_INSTRUCTIONS
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.bot import meanwhile
from dashboard.bot.group import GroupForm, read_seen
from dashboard.bot.meanwhile import Meanwhile
from dashboard.bot.page import TAB_OF, TABS, BotPage, Group, page_of
from dashboard.bot.starting_points import starting_points


@needs("see_bot")
def tab(request: MemberRequest, tab: str) -> HttpResponse:
    return show(request, page_of(request, tab))


@require_POST
@needs("edit_bot")
def save(request: MemberRequest, group: str) -> HttpResponse:
    """Save what was changed in a group. HTMX sends it by itself, and gets no field back: what is typed stays."""
    if group not in TAB_OF:
        raise Http404
    tab = TAB_OF[group]
    form = TABS[tab][1][group](request.POST, row=standing().draft, slug=group)
    saved = _saved(request, group, form)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "bot/_saved.html", {**context(page_of(request, tab)), "group": saved})
    if saved.is_saved:
        toasts.done(request, text="Saved to the draft")
        return redirect(tab)
    page = page_of(request, tab)
    page.groups[group] = saved
    return show(request, page)


def _saved(request: MemberRequest, slug: str, form: GroupForm) -> Group:
    """The group as it is after the attempt. Unless it was saved, it keeps the marks that came with it."""
    # The button that replaces somebody's change has newer marks, after those of the form.
    posted = (request.POST.getlist("seen") or [""])[-1]
    seen = read_seen(posted)
    if seen is None:
        form.add_error(None, "This page is too old to be saved. Copy what you typed, and load it again.")
    group = Group(slug=slug, form=form, can_edit=True, seen=posted)
    if seen is None or not form.is_valid():
        return group
    try:
        change_draft(form.changes(), seen=seen, by=request.user.email, fallback=form.fallback())
    except ChangedMeanwhileError as error:
        row = standing().draft
        fresh = type(form)(row=row, slug=slug).seen()
        sentence = meanwhile.told(error, me=request.user.email)
        group.meanwhile = Meanwhile(sentence=sentence, theirs=meanwhile.theirs(row, names=error.fields), seen=fresh)
    else:
        group.is_saved, group.seen = True, form.typed()
    return group


def show(request: MemberRequest, page: BotPage, **more: object) -> HttpResponse:
    name = page.tab.removeprefix("bot_") if page.tab != "bot" else "instructions"
    return render(request, f"bot/{name}.html", {**context(page), **more})


def context(page: BotPage) -> dict[str, Any]:
    """What every tab, and every part of one, is drawn from."""
    known: dict[str, Any] = {"page": page, "groups": page.groups, "now": timezone.now()}
    match page.tab:
        case "bot":
            known["starting_points"] = starting_points().values()
            known["variables"] = OF_INSTRUCTIONS
            known["tokens"] = estimate(page.row.system_prompt)
        case "bot_provider":
            known["models"] = known_models(page.row)
            known["fallback_models"] = known_models(page.row.fallback)
    return known
