"""A file that a member sends along: looked at, kept like the files that come in, sent by a worker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from bots import formatting
from bots.desk.base import NotPossibleError
from bots.media import keeping
from bots.media.files import HEAD
from bots.media.sendable import MEGABYTE, Kind, recognise
from bots.media.telling import NOUNS
from bots.models import MediaFile, Message
from bots.models.clock import database_time
from bots.storable import storable
from tenants.context import DATABASE_AWAY

#: Characters beneath a file. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#media-object
LONGEST_CAPTION = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that WhatsApp takes. What it is was seen in its first bytes; `name` is the member's own."""

    kind: Kind
    content_type: str
    name: str
    file: UploadedFile


def checked(file: UploadedFile, *, provider: str) -> Attachment:
    """Raises `NotPossibleError`."""
    file.seek(0)
    name = storable(file.name or "").replace("\\", "/").rpartition("/")[2][-200:]
    found = recognise(file.read(HEAD), name=name)
    if found is None:
        raise NotPossibleError("unknown_kind")
    most = found.most_bytes(provider=provider)
    if (file.size or 0) > most:
        noun = NOUNS.get(found.kind, "file")
        raise NotPossibleError("too_large", f"A {noun} may have {most // MEGABYTE} MB in WhatsApp. Send a smaller one.")
    return Attachment(kind=found.kind, content_type=found.content_type, name=name, file=file)


def describe(message: Message, attached: Attachment) -> None:
    """Make it a message with this file, before it is saved. The model is told of it in words."""
    message.kind = attached.kind
    message.media = [{"url": "", "content_type": attached.content_type}]
    message.metadata = {**message.metadata, "file_name": attached.name}
    message.told = f"[{NOUNS.get(attached.kind, 'file')}] {message.content}".strip()


def parts(text: str, attached: Attachment, *, limit: int) -> list[str]:
    """The texts of the messages that bring the file, which the first one carries. Raises `NotPossibleError`.

    `limit`: characters of one message with this provider.
    """
    if attached.kind == "audio" and text:
        # WhatsApp shows no words beneath a voice message.
        return ["", *formatting.split(text, limit=limit)]
    if len(text) > LONGEST_CAPTION:
        raise NotPossibleError(
            "too_long", f"The text beneath a file may have {LONGEST_CAPTION} characters. Send the rest on its own."
        )
    return [text]


@contextmanager
def stored(attached: Attachment | None) -> Iterator[MediaFile | None]:
    """The file at rest, before the transaction begins that saves its row: nobody waits for a disk with a conversation
    locked.

    Without a row for a message in the end, the file is deleted. Where the database went away, nobody knows whether
    there is one: the file stays, and is cleaned away in an hour if no row knows it.
    """
    if attached is None:
        yield None
        return
    row = _row_of(attached)
    try:
        attached.file.seek(0)
        keeping.keep(row, content=attached.file)
        yield row
    except DATABASE_AWAY:
        raise
    except BaseException:
        keeping.discard([row])
        raise
    if row.message_id is None:
        keeping.discard([row])


def _row_of(attached: Attachment) -> MediaFile:
    """Not saved, and of no message yet."""
    digest = hashlib.sha256()
    attached.file.seek(0)
    for chunk in attached.file.chunks():
        digest.update(chunk)
    return MediaFile(
        index=0,
        state=MediaFile.State.KEPT,
        content_type=attached.content_type,
        name=attached.name,
        bytes=attached.file.size or 0,
        sha256=digest.hexdigest(),
        expires_at=database_time() + keeping.new_expiry(),
    )
