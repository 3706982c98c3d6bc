"""A phone number in full, for whoever may see it: each time is written into the audit trail."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from bots.models import Contact
from dashboard.access import MemberRequest, needs
from tenants.models import AuditEntry


@require_POST
@needs("reveal_numbers")
def reveal(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The number in its place on the page, masked again on the next one; without HTMX on a page of its own."""
    contact = get_object_or_404(Contact, pk=pk)
    AuditEntry.objects.create(
        tenant=request.tenant, actor=request.user, action="number.revealed", detail={"contact": str(pk)}
    )
    context = {"contact": contact, "is_revealed": True}
    return render(request, "inbox/_number.html" if request.htmx else "inbox/number.html", context)  # type: ignore[attr-defined]
