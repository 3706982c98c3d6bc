"""The hosts of other dashboards, as seen from this one."""

from __future__ import annotations

from django.http import HttpRequest


def host_url(request: HttpRequest, *, domain: str) -> str:
    """Another host's front page, by the scheme and on the port by which this one was reached."""
    _, colon, port = request.get_host().rpartition(":")
    return f"{request.scheme}://{domain}{colon}{port}/" if colon else f"{request.scheme}://{domain}/"
