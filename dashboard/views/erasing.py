"""Erasing one contact's data, the proofs of it, and whether a number was erased."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from bots import erasing
from bots.models import Contact, Erasure, Message
from dashboard import masking, toasts
from dashboard.access import MemberRequest, needs
from dashboard.exports.forms import CheckForm, EraseForm
from dashboard.inbox.members import member_of

#: Messages are counted up to here.
MOST_COUNTED = 1000
MOST_SHOWN = 100


@needs("export")
def erase(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What would go, what would not, and the word that has to be typed first."""
    contact = get_object_or_404(Contact.objects.defer("channel"), pk=pk)
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proof = erasing.erase(pk, tenant=request.tenant, by=member_of(request))
        except Contact.DoesNotExist:
            raise Http404 from None
        toasts.done(request, text="Everything that was kept of this contact is erased.")
        return redirect("erasure", pk=proof.pk)
    messages = Message.objects.filter(conversation__contact=contact)[: MOST_COUNTED + 1].count()
    known = {
        "form": form,
        "contact": contact,
        "name": masking.contact_name(profile_name=contact.profile_name, phone=contact.phone),
        "conversations": contact.conversations.count(),
        "said": f"{MOST_COUNTED:,}+" if messages > MOST_COUNTED else f"{messages:,}",
    }
    return render(request, "exports/erase.html", known)


@needs("export")
def erasures(request: MemberRequest) -> HttpResponse:
    """The proofs. A number to be looked for is posted: it has no place in an address, which is logged."""
    form = CheckForm(request.POST or None)
    known = {"form": form, "rows": Erasure.objects.order_by("-erased_at")[:MOST_SHOWN], "now": timezone.now()}
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"].replace("\0", "")
        known |= {
            "checked": masking.masked_number(number),
            "proofs": list(erasing.proofs_of(number)[:MOST_SHOWN]),
            "is_known": erasing.still_known(number),
        }
    return render(request, "exports/erasures.html", known)


@needs("export")
def erasure(request: MemberRequest, pk: UUID) -> HttpResponse:
    return render(request, "exports/erasure.html", {"proof": get_object_or_404(Erasure, pk=pk), "now": timezone.now()})
