"""Every component in every state, to look at and to try."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard.access import PersonRequest, signed_in
from dashboard.styleguide.forms import filled, wrong
from dashboard.styleguide.samples import samples


@signed_in
def styleguide(request: PersonRequest) -> HttpResponse:
    page = Paginator(range(95), 20).get_page(request.GET.get("page", 2))
    context = {**samples(), "filled": filled(), "wrong": wrong(), "page": page, "now": timezone.now()}
    return render(request, "styleguide/styleguide.html", context)
