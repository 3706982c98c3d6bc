"""A person writes: the message, the webhook that Meta posts for it, and the answer to that.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from sandbox.meta.messages import Message
from sandbox.meta.network import Network
from sandbox.meta.webhooks import Courier, message_value, payload
from sandbox.twilio.control import ControlError
from sandbox.twilio.messages import MediaFile
from sandbox.twilio.samples import kind_of, sample

_KEYS = {"from", "to", "body", "kind", "media", "uploaded", "details", "reply_to"}
#: The files that WhatsApp takes words along with.
_CAPTIONED = ("image", "video", "document")
_VOICE = "audio/ogg"
_CARD_NAME = re.compile(r"^FN[^:\r\n]*:(.*?)\r?$", re.MULTILINE)
_CARD_PHONE = re.compile(r"^TEL[^:\r\n]*:(.*?)\r?$", re.MULTILINE)


def take(network: Network, raw: dict[str, Any]) -> Message:
    """Keep what a person sends, in the words of the phone's page. Raises `ControlError`."""
    if raw.keys() - _KEYS:
        raise ControlError(f"Unknown: {', '.join(sorted(raw.keys() - _KEYS))}.")
    number = network.numbers.get(str(raw.get("to", "")))
    person = network.person(str(raw.get("from", "")))
    if number is None or person is None:
        raise ControlError("Nobody writes from there, or to there.")
    file, kind = _file(network, raw)
    kind, body = str(raw.get("kind") or kind), str(raw.get("body", "")).strip()
    details = {str(name): str(value) for name, value in raw.get("details", {}).items()}
    if not (file or body or details):
        raise ControlError("There is nothing to send.")
    try:
        described(kind=kind, body=body, details=details, file=file)
    except (LookupError, ValueError):
        raise ControlError("WhatsApp knows no such message.") from None
    return network.add(
        direction="inbound",
        number=number.phone_number_id,
        user=person.address,
        body=body,
        kind=kind,
        details=details,
        media=file.sid if file else "",
        quoted=str(raw.get("reply_to", "")),
    )


def _file(network: Network, raw: dict[str, Any]) -> tuple[MediaFile | None, str]:
    """The one that was chosen, or a sample; and what kind of message it makes."""
    if uploaded := str(raw.get("uploaded", "")):
        if uploaded not in network.media:
            raise ControlError("The chosen file is gone. Choose it again.")
        return network.media[uploaded], kind_of(network.media[uploaded].content_type)
    if not raw.get("media"):
        return None, "text"
    try:
        (name,) = raw["media"]
        shipped, kind = sample(name)
    except (KeyError, TypeError, ValueError):
        raise ControlError("media: one sample's name.") from None
    file = network.keep_file(name=shipped.name, content_type=shipped.content_type, content=shipped.content)
    return file, kind


def described(*, kind: str, body: str, details: Mapping[str, str], file: MediaFile | None) -> dict[str, Any]:
    """The part of a webhook that tells a message's type and content. Raises `LookupError` or `ValueError` where the
    message lacks what its kind needs, or has what it cannot have."""
    part: Any
    match kind:
        case "text" if body:
            part = {"body": body}
        case "location":
            named = {"name": details.get("Label"), "address": details.get("Address")}
            place = {"latitude": float(details["Latitude"]), "longitude": float(details["Longitude"])}
            part = place | {name: words for name, words in named.items() if words}
        case "button":
            part = {"text": details["ButtonText"], "payload": details["ButtonPayload"]}
        case "contacts" if file and not body:
            part = [_card(file.content.decode(errors="replace"))]
        case "image" | "audio" | "video" | "document" | "sticker" if file and (kind in _CAPTIONED or not body):
            part = _named(file, kind=kind) | ({"caption": body} if body else {})
        case _:
            raise LookupError(kind)
    return {"type": kind, kind: part}


def _named(file: MediaFile, *, kind: str) -> dict[str, Any]:
    """A file as a webhook names it: the bytes are behind its id (`sandbox.meta.media`)."""
    is_voice = file.content_type == _VOICE
    more: dict[str, dict[str, Any]] = {
        "audio": {"voice": is_voice},
        "document": {"filename": file.name},
        "sticker": {"animated": False},
    }
    return {
        "id": file.sid,
        "mime_type": f"{_VOICE}; codecs=opus" if is_voice else file.content_type,
        "sha256": hashlib.sha256(file.content).hexdigest(),
        **more.get(kind, {}),
    }


def _card(text: str) -> dict[str, Any]:
    """Of a vCard its name and numbers."""
    name = _CARD_NAME.search(text)
    return {
        "name": {"formatted_name": name[1] if name else ""},
        "phones": [{"phone": number} for number in _CARD_PHONE.findall(text)],
    }


async def deliver(network: Network, courier: Courier, message: Message) -> None:
    """One webhook; Meta's retries, which go on for days, are left out."""
    number, person = network.numbers[message.number], network.person(message.user)
    file = network.media.get(message.media)
    said = described(kind=message.kind, body=message.body, details=message.details, file=file)
    content = {"id": message.sid, **said, **({"context": {"id": message.quoted}} if message.quoted else {})}
    name = person.name if person else message.user
    began = time.monotonic()
    answer = await courier.post(number, payload(message_value(number, user=message.user, name=name, message=content)))
    milliseconds = round((time.monotonic() - began) * 1000)
    message.answer = {**answer, "ok": answer["status"] == 200, "ms": milliseconds}  # noqa: PLR2004
    network.publish("message", message=message)
    facts = {"kind": "message", "business": number.name, "attempt": 1, "fields": _told(content)}
    delivery = {"id": message.sid, "at": time.time(), "ms": milliseconds, **facts, **answer}
    network.deliveries.append(delivery)
    network.publish("webhook", delivery=delivery)


def _told(content: Mapping[str, Any]) -> dict[str, str]:
    """What the webhook said of the message, for a list of names and values."""
    return {
        name: part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for name, part in content.items()
    }
