"""A file of a message, fetched from its provider once and kept."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from collections.abc import Callable
from typing import IO

from django.conf import settings

from bots.connections import client_of
from bots.media import keeping
from bots.media.files import HEAD, essence, family_of, true_type
from bots.models import MediaFile, Message
from bots.models.clock import database_time
from bots.whatsapp.base import WhatsAppClient
from bots.whatsapp.downloads import Limits, MediaError, MediaErrorKind
from tenants.context import release_connection

logger = logging.getLogger(__name__)

#: Seconds for one file, all attempts and waits included.
LONGEST_FETCH = 30.0
#: Seconds before each further attempt. Right after a message came, Twilio may not have its file yet.
PAUSES: dict[MediaErrorKind, tuple[float, ...]] = {"gone": (1.0, 3.0), "unavailable": (0.5, 2.0)}
#: What a row says of a fetch that failed. A refused address or key is not the contact's affair.
PROBLEMS: dict[MediaErrorKind, str] = {
    "refused": "unavailable",
    "credentials": "unavailable",
    "gone": "gone",
    "too_large": "too_large",
    "unavailable": "unavailable",
}
#: Bytes that wait in memory before they are written to a file.
IN_MEMORY = 256 * 1024
#: Its file is not here, and may come.
OUTSTANDING = (MediaFile.State.FETCHING, MediaFile.State.FAILED)
#: The columns that a fetch writes.
FOUND = ("state", "error", "content_type", "bytes", "sha256")


def fetch(*, message: Message, index: int, sleep: Callable[[float], None] = time.sleep) -> MediaFile:
    """The row of the message's file `index` (its place in `message.media`), fetched now unless it was fetched before.

    Its `state` is `failed` where it could not be had, its `error` says why, and the next call tries again. Takes up to
    `LONGEST_FETCH` seconds; the thread's database connection is given back meanwhile. Raises `IndexError` where the
    message has no such file. Runs in the tenant's schema: in that of a closed tenant nothing runs
    (`tenants.context.tenant_schema`).
    """
    row, _ = row_of(message=message, index=index)
    if row.state not in OUTSTANDING:
        return row
    client = client_of(message.conversation.contact.channel)
    release_connection()
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as content:
        try:
            _download(message.media[index]["url"], client=client, into=content, sleep=sleep)
            _keep(row, content=content)
        except MediaError as error:
            logger.warning("File %s could not be fetched: %s (%s)", row.id, error, error.kind)
            row.state, row.error = MediaFile.State.FAILED, PROBLEMS[error.kind]
        except OSError as error:
            # A full disk: what was written beside the file is answered all the same.
            logger.error("File %s could not be kept (%s)", row.id, error.strerror)
            row.state, row.error = MediaFile.State.FAILED, PROBLEMS["unavailable"]
    found = {name: getattr(row, name) for name in FOUND}
    if not MediaFile.objects.filter(pk=row.pk).update(**found):
        # Its contact was erased meanwhile.
        keeping.discard([row])
    return row


def row_of(*, message: Message, index: int) -> tuple[MediaFile, bool]:
    """The row of the message's file, and whether there was none before. Raises `IndexError`."""
    described = message.media[index]
    return MediaFile.objects.get_or_create(
        message=message,
        index=index,
        defaults={
            "content_type": essence(described["content_type"]),
            "name": str(message.metadata.get("file_name", ""))[:200],
            "expires_at": database_time() + keeping.new_expiry(),
        },
    )


def _download(url: str, *, client: WhatsAppClient, into: IO[bytes], sleep: Callable[[float], None]) -> None:
    """Raises `MediaError` of the last attempt."""
    limits = Limits(most_bytes=settings.MEDIA_MAX_BYTES, ends=time.monotonic() + LONGEST_FETCH)
    attempt = 0
    while True:
        into.seek(0)
        into.truncate()
        try:
            client.fetch_media(url, limits=limits, into=into)  # type: ignore[arg-type]
        except MediaError as error:
            pauses = PAUSES.get(error.kind, ())
            if attempt >= len(pauses) or limits.ends - time.monotonic() < pauses[attempt] + 1:
                raise
            sleep(pauses[attempt])
            attempt += 1
        else:
            return


def _keep(row: MediaFile, *, content: IO[bytes]) -> None:
    """Look at what came, and store it. What is not what it was said to be is kept too, and never opened."""
    content.seek(0)
    head = content.read(HEAD)
    family = family_of(row.content_type, name=row.name)
    found = true_type(head, family=family) if family else ""
    digest = hashlib.sha256(head)
    while chunk := content.read(64 * 1024):
        digest.update(chunk)
    row.bytes, row.sha256 = content.tell(), digest.hexdigest()
    row.content_type = found or row.content_type
    row.error = "" if found or not family else "unreadable"
    content.seek(0)
    keeping.keep(row, content=content)
    row.state = MediaFile.State.KEPT
