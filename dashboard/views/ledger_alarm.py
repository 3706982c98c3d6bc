"""The alarm of the ledger: when it is raised, and the dot beside the navigation."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from bots.models import InboxSettings
from dashboard import toasts
from dashboard.access import MemberRequest, needs
from dashboard.ledger import alarm as alarms
from dashboard.ledger.forms import AlarmForm
from tenants.models import AuditEntry


@needs("manage_settings")
def alarm(request: MemberRequest) -> HttpResponse:
    kept = int(alarms.allowed().total_seconds())
    form = AlarmForm(request.POST or None, initial={"waiting_alarm_seconds": kept})
    if request.method == "POST" and form.is_valid():
        seconds = form.cleaned_data["waiting_alarm_seconds"]
        if seconds != kept:
            InboxSettings.objects.update_or_create(pk=1, defaults={"waiting_alarm_seconds": seconds})
            detail = {"waiting_alarm_seconds": seconds}
            AuditEntry.objects.create(tenant=request.tenant, actor=request.user, action="inbox.set_up", detail=detail)
        toasts.done(request, text="Saved.")
        return redirect("ledger")
    return render(request, "ledger/alarm.html", {"form": form}, status=422 if form.errors else 200)


@needs("see_conversations")
def dot(request: MemberRequest) -> HttpResponse:
    """Asked by HTMX every half minute; empty while nobody waits too long."""
    standing = alarms.standing(now=timezone.now())
    return render(request, "ledger/_dot.html", {"standing": standing})
