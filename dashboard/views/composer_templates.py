"""Outside the 24 hours: one of the messages that WhatsApp approved, with its variables filled in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import render

from bots.desk import replying, templates
from bots.desk.base import NotPossibleError
from bots.desk.templates import Template
from bots.models import Channel
from bots.whatsapp.base import WhatsAppError
from dashboard import wording
from dashboard.access import MemberRequest, needs
from dashboard.inbox.composer_forms import TemplateForm
from dashboard.inbox.members import member_of
from dashboard.views.composer import done, refused
from dashboard.views.thread import conversation_of
from tenants.secrets import SecretUnreadableError


@needs("see_conversations", to_post="answer_conversations")
def template(request: MemberRequest, pk: UUID) -> HttpResponse:
    """GET: which templates there are, and the form of the chosen one (`?template=`). POST: send it."""
    conversation = conversation_of(pk)
    provider = conversation.contact.channel.provider
    found, problem = _approved(conversation.contact.channel_id, provider=wording.provider(provider))
    wanted = request.POST.get("template") or request.GET.get("template", "")
    chosen = next((one for one in found if one.id == wanted), found[0] if found else None)
    form = TemplateForm(request.POST or None, template=chosen, initial={"key": uuid4()}) if chosen else None
    if request.method == "POST" and chosen and form and form.is_valid():
        return _send(request, pk, chosen=chosen, form=form)
    if request.method == "POST" and not chosen:
        return refused(request, pk, text=problem or "Choose a template first.")
    context = {
        "conversation": conversation,
        "templates": found,
        "chosen": chosen,
        "form": form,
        "problem": problem,
        "provider": wording.provider(provider),
    }
    partial = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "inbox/_composer_template.html" if partial else "inbox/composer_template.html", context)


def _approved(channel_id: UUID, *, provider: str) -> tuple[Sequence[Template], str]:
    """The templates, or why there are none to be had."""
    try:
        return templates.approved(Channel.objects.get(pk=channel_id)), ""
    except WhatsAppError as error:
        words = "does not take the number’s credentials" if error.credentials else "does not answer just now"
        return [], f"{provider} {words}, so its templates cannot be shown. Try again in a moment."
    except SecretUnreadableError:
        return [], "The number’s credentials cannot be read. Ask whoever runs Switchboard."


def _send(request: MemberRequest, pk: UUID, *, chosen: Template, form: TemplateForm) -> HttpResponse:
    try:
        replying.reply_with_template(
            pk,
            tenant=request.tenant,
            by=member_of(request),
            template=chosen,
            variables=form.values,
            key=form.cleaned_data["key"],
        )
    except NotPossibleError as error:
        return refused(request, pk, text=str(error))
    return done(request, pk, "template")
