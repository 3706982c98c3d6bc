"""Where browsers report what the Content-Security-Policy stopped: a line in the log, so that somebody sees it."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bots import limits
from dashboard.access import everybody

log = logging.getLogger(__name__)

#: Lines a minute. Anybody can send reports, and one broken page sends the same one again and again.
MOST = 20
#: Bytes of a report, and characters of what is said of one thing.
LONGEST, WORD = 8 * 1024, 80


@csrf_exempt
@require_POST
@everybody
def csp_report(request: HttpRequest) -> HttpResponse:
    """Takes `application/csp-report` (CSP 2, 4.4). What it says is a stranger's word: bounded, and never shown."""
    if int(request.META.get("CONTENT_LENGTH") or 0) <= LONGEST and limits.within(MOST, "csp-reports"):
        report = _report(request.body)
        log.warning(
            "The Content-Security-Policy stopped %s by %s on the page %s",
            _origin(report.get("blocked-uri")),
            _word(report.get("violated-directive")),
            _page(report.get("document-uri")),
        )
    return HttpResponse(status=204)


def _report(body: bytes) -> dict[str, Any]:
    try:
        report = json.loads(body)["csp-report"]
    except (ValueError, KeyError, TypeError, RecursionError):
        report = None
    return report if isinstance(report, dict) else {}


def _page(url: Any) -> str:
    """The name of our page. Its address may hold the token of an invitation or of a new password."""
    try:
        return resolve(urlsplit(str(url)).path).view_name
    except (Resolver404, ValueError):
        return "unknown"


def _origin(url: Any) -> str:
    """Whose it was, or `inline` and the like."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return "unknown"
    return _word(f"{parts.scheme}://{parts.netloc}" if parts.netloc else url)


def _word(text: Any) -> str:
    """On one line, without what would end it or colour a terminal."""
    said = "".join(character for character in str(text or "unknown") if character.isprintable())
    return said[:WORD]
