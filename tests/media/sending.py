"""Ada sends files: they lie at the provider's stand-in, and the webhook that names them has come."""

from __future__ import annotations

import base64
from typing import Any

from bots.whatsapp.base import Kind, Media
from tests.bots.factories import ACME, ADA
from tests.bots.talk import Talk

JPEG = b"\xff\xd8\xff\xe0" + b"a photo of a loaf" * 10
OGG = b"OggS" + b"how much is a loaf" * 10
PNG = b"\x89PNG\r\n\x1a\n" + b"a drawing" * 10


def sent(talk: Talk, *files: str | tuple[str, bytes], body: str = "") -> dict[str, Any]:
    """What the webhook says of a message with these files (a sample's name, or type and content)."""
    media = [
        file
        if isinstance(file, str)
        else {"content_type": file[0], "content": base64.b64encode(file[1]).decode(), "name": "a file"}
        for file in files
    ]
    sid = talk.phone.send(user=ADA, number=ACME.number, body=body, media=media, wait=False)["sid"]
    [message] = [one for one in talk.phone.messages(user=ADA) if one["sid"] == sid]
    kind: Kind = message["kind"]
    path = f"https://api.twilio.com/2010-04-01/Accounts/{ACME.account_sid}/Messages/{sid}/Media"
    types = {"photo": "image/jpeg", "voice": "audio/ogg", "document": "application/pdf", "sticker": "image/webp"}
    types |= {"contact": "text/vcard"}
    named = [types[file] if isinstance(file, str) else file[0] for file in files]
    return {
        "external_id": sid,
        "text": body,
        "kind": kind,
        "media": tuple(
            Media(url=f"{path}/{media_sid}", content_type=content_type)
            for media_sid, content_type in zip(message["media"], named, strict=True)
        ),
    }


def write(talk: Talk, written: dict[str, Any]) -> None:
    """The webhook of `sent` comes."""
    talk.write(written["text"], **{name: value for name, value in written.items() if name != "text"})


def send(talk: Talk, *files: str | tuple[str, bytes], body: str = "") -> list[str]:
    """Ada sends the files in one message, and the bot has its turn; what she has got since."""
    before = len(talk.replies)
    write(talk, sent(talk, *files, body=body))
    talk.turn()
    return talk.replies[before:]
