"""A message's row, made ready for its provider: a text, a file with its caption, or an approved template."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from bots.connections import media_url
from bots.media import keeping, links
from bots.media.sendable import Kind
from bots.models import MediaFile, Message
from bots.whatsapp.base import OutgoingFile, Template, WhatsAppClient, WhatsAppError

#: Sends it: (client, the address, the status callback's URL) -> the provider's id. Asks the database nothing.
Send = Callable[[WhatsAppClient, str, str], str]


def pack(message: Message) -> Send:
    """Whatever has to be read for the send is read now. Raises `WhatsAppError` where there is nothing to send any
    more."""
    if message.kind == "template":
        return partial(_send_template, message)
    if message.media:
        return partial(_send_file, message, _file_of(message))
    return partial(_send_text, message)


def _send_text(message: Message, client: WhatsAppClient, to: str, callback: str) -> str:
    quoted = {"quoted": message.metadata["replied_to"]} if message.metadata.get("replied_to") else {}
    return client.send_message(to, message.content, status_callback=callback, **quoted)


def _send_file(message: Message, file: OutgoingFile, client: WhatsAppClient, to: str, callback: str) -> str:
    return client.send_file(to, file, caption=message.content, status_callback=callback)


def _send_template(message: Message, client: WhatsAppClient, to: str, callback: str) -> str:
    details = message.metadata
    template = Template(
        id=details["template_id"],
        name=details["template"],
        language=details["language"],
        body=message.content,
        variables=tuple(details["variables"]),
        category="",
    )
    return client.send_template(to, template, variables=details["variables"], status_callback=callback)


def _file_of(message: Message) -> OutgoingFile:
    row = MediaFile.objects.filter(message=message, index=0).exclude(state=MediaFile.State.EXPIRED).first()
    if row is None:
        raise WhatsAppError("The file is not kept any more", permanent=True)
    return OutgoingFile(
        kind=cast(Kind, message.kind),
        content_type=row.content_type,
        name=row.name,
        url=media_url(links.token_of(row)),
        open=partial(keeping.open_file, row),  # type: ignore[arg-type]
    )
