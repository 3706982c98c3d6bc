"""What is kept of a request: enough to explain it, nothing that could be used again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import parse_qsl

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest

from bots.models import WebhookLog

#: Twilio's forms hold some thirty short fields. Longer values are cut in the log, never in the message.
LARGEST_FORM = 64 * 1024
MOST_FIELDS = 200
LONGEST_VALUE = 2000
MOST_HEADERS = 60

#: Headers that vouch for somebody: kept as a mark that they came.
SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "proxy-authorization", "x-twilio-signature", "x-hub-signature", "x-hub-signature-256"}
)


def form_of(request: HttpRequest) -> dict[str, str]:
    """The fields of a form body, blank ones too, free of what PostgreSQL cannot hold.

    Raises `RequestDataTooBig`, and `BadRequest` for what is no form or names a field twice: a signature covers each
    name once.
    """
    if body_bytes(request) > LARGEST_FORM:
        raise RequestDataTooBig
    if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise BadRequest("not a form")
    body = request.read(LARGEST_FORM + 1)
    if len(body) > LARGEST_FORM:
        raise RequestDataTooBig
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise BadRequest("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest("a field came twice")
    return fields


def body_bytes(request: HttpRequest) -> int:
    """The length of the body as the request announces it; 0 where it announces none."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0


def storable(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields without NUL, which PostgreSQL's text cannot hold."""
    return {name.replace("\0", ""): value.replace("\0", "") for name, value in fields.items()}


def kept_headers(request: HttpRequest) -> dict[str, str]:
    """The request's headers, secrets masked, sizes bounded."""
    kept = list(request.headers.items())[:MOST_HEADERS]
    return {
        name[:100]: "***" if name.lower() in SECRET_HEADERS else value[:LONGEST_VALUE].replace("\0", "")
        for name, value in kept
    }


def new_log(request: HttpRequest, *, fields: Mapping[str, str], kind: WebhookLog.Kind, started: float) -> WebhookLog:
    """The log of a request that reached a tenant, to be completed by whoever answers it. `started`: monotonic."""
    return WebhookLog(
        method=request.method or "",
        headers=kept_headers(request),
        body={name[:100]: value[:LONGEST_VALUE] for name, value in storable(fields).items()},
        response_status=200,
        processing_time=round((time.monotonic() - started) * 1000, 3),
        kind=kind,
    )
