"""A request as a command for a shell: to try it against a machine of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from bots.models import WebhookLog

#: Made anew by whoever posts it.
LEFT_OUT = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "x-forwarded-for", "x-forwarded-proto", "x-real-ip"}
)


def as_curl(log: WebhookLog, *, headers: Mapping[str, str], body: Mapping[str, Any]) -> str:
    """Empty for what came as JSON: of that, the log keeps its parts and not the whole. Signatures are never kept."""
    if log.method != "POST" or not _is_form(headers):
        return ""
    path = "webhook" if log.kind == WebhookLog.Kind.MESSAGE else "status"
    lines = [f"curl -X POST {shlex.quote(f'{settings.PUBLIC_BASE_URL}/api/whatsapp/{path}/')}"]
    lines += [
        f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items() if name.lower() not in LEFT_OUT
    ]
    lines += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in body.items()]
    return " \\\n  ".join(lines)


def _is_form(headers: Mapping[str, str]) -> bool:
    named = {name.lower(): value for name, value in headers.items()}
    return named.get("content-type", "").startswith("application/x-www-form-urlencoded")
