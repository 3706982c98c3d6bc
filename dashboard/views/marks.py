"""The answers that members marked, and a file of them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bots import marks
from bots.marks import Verdict
from bots.models import AnswerMark
from dashboard.access import MemberRequest, needs
from tenants.models import AuditEntry

A_PAGE = 50
#: Of a row's number.
MOST_DIGITS = 18
CHOICES = {"": "All", "wrong": "Wrong", "right": "Right"}


@needs("see_conversations")
def listed(request: MemberRequest) -> HttpResponse:
    verdict = _verdict(request)
    rows = list(marks.marked(verdict=verdict, before=_before(request))[: A_PAGE + 1])
    more = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    here = reverse("marks")
    known = {
        "rows": rows[:A_PAGE],
        "older": f"{more.marked_at.isoformat()}~{more.pk}" if more else "",
        "verdict": verdict or "",
        "choices": [
            {"label": label, "href": f"{here}?verdict={word}" if word else here, "is_current": word == (verdict or "")}
            for word, label in CHOICES.items()
        ],
        "now": timezone.now(),
    }
    return render(request, "why/marks.html", known)


@needs("export")
def file(request: MemberRequest) -> HttpResponse:
    """JSON lines."""
    verdict = _verdict(request)
    AuditEntry.objects.create(
        tenant=request.tenant, actor=request.user, action="marks.downloaded", detail={"verdict": verdict or "all"}
    )
    response = HttpResponse("".join(marks.lines(verdict=verdict)), content_type="application/jsonl; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="answers-{verdict or "marked"}.jsonl"'
    return response


def _verdict(request: MemberRequest) -> Verdict | None:
    word = request.GET.get("verdict", "")
    return cast(Verdict, word) if word in AnswerMark.Verdict.values else None


def _before(request: MemberRequest) -> tuple[datetime, int] | None:
    """Where the page begins; what is no cursor begins at the newest."""
    at, _, pk = request.GET.get("cursor", "").partition("~")
    try:
        moment = parse_datetime(at)
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None or not (pk.isascii() and pk.isdecimal() and len(pk) <= MOST_DIGITS):
        return None
    return moment, int(pk)
