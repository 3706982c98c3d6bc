"""A file that somebody sent, handed to a browser: whatever it is, it must not run or pass for something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from bots.media import keeping
from bots.models import MediaFile
from dashboard.inbox.thread_files import INLINE

CHUNK = 64 * 1024
#: RFC 9110, 14.1.2. Several ranges at once nobody needs here: they get the whole file.
RANGE = re.compile(r"bytes=(?P<first>\d{0,15})-(?P<last>\d{0,15})")
#: Nothing of it may run, whatever it is. Browsers' own PDF readers do not work in a sandbox, and run nothing either.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'"
SANDBOX = f"{POLICY}; sandbox"


def answer(row: MediaFile, *, asked: str) -> HttpResponseBase:
    """The file, or the part that the header `Range` asks for. Raises `Http404` where it is not kept (any more)."""
    try:
        content = keeping.open_file(row)
    except FileNotFoundError:
        raise Http404 from None
    size = content.seek(0, 2)
    content.seek(0)
    part = _part(asked, size=size)
    if part is None:
        response: HttpResponseBase = FileResponse(content)
        response["Content-Length"] = str(size)
    elif not part:
        content.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        response = StreamingHttpResponse(_read(content, part), status=206)
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        response["Content-Length"] = str(len(part))
    is_inline = row.content_type in INLINE
    response["Content-Type"] = row.content_type if is_inline else "application/octet-stream"
    response["Content-Disposition"] = _disposition(row, is_inline=is_inline)
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY if row.content_type == "application/pdf" else SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _disposition(row: MediaFile, *, is_inline: bool) -> str:
    name = row.name or f"file-{row.pk.hex[:8]}"
    return content_disposition_header(not is_inline, name) or "attachment"


def _part(asked: str, *, size: int) -> range | None:
    """The bytes that are asked for; None: all of them; empty: there are no such."""
    match = RANGE.fullmatch(asked.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        return range(max(0, size - int(match["last"])), size)
    last = min(int(match["last"]), size - 1) if match["last"] else size - 1
    return range(int(match["first"]), last + 1)


def _read(content: IO[bytes], part: range) -> Iterator[bytes]:
    with content:
        content.seek(part.start)
        left = len(part)
        while left > 0 and (chunk := content.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
