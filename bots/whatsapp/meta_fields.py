"""The webhooks that Meta's Cloud API posts: its JSON and words to ours, and its signature.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples. A post holds any number of entries,
changes, messages and statuses, for any of the numbers that one app serves. Meta adds fields and types without notice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from bots.storable import storable
from bots.whatsapp.base import Incoming, Kind, MalformedError, Media, Status, StatusUpdate

GRAPH = "https://graph.facebook.com"
#: A version lives for two years at least: https://developers.facebook.com/docs/graph-api/changelog/versions
VERSION = "v24.0"
#: Characters: as the columns have it. A phone number comes without its plus and has 15 digits at most.
LONGEST_ID = 160
LONGEST_PHONE = 15
MOST_CHANGES = 1000

KINDS: dict[str, Kind] = {
    "text": "text",
    "button": "button",
    "interactive": "button",
    "image": "image",
    "audio": "audio",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contacts",
    "reaction": "reaction",
}
STATUSES: dict[str, Status] = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one of our numbers: `value` as it came, unchecked but for the number's id."""

    phone_number_id: str
    value: dict[str, Any]

    def each(self, name: Literal["messages", "statuses"]) -> Iterator[dict[str, Any]]:
        """Each message or status of the change alone, with what the change says beside it."""
        beside = {key: part for key, part in self.value.items() if key not in ("messages", "statuses")}
        for item in _dicts(self.value.get(name)):
            yield {**beside, name: [item]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(StatusUpdate):
    """A status, and what the send carried along for us: empty where it carried nothing."""

    carried: str = ""


def signature_is_valid(*, body: bytes, signature: str, app_secret: str) -> bool:
    """Whether the app signed these bytes (`X-Hub-Signature-256`)."""
    if not app_secret:
        return False
    expected = "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def verification_of(token: str) -> str:
    """What is kept of a verify token where it has to be found by its value."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def changes(body: bytes) -> list[Change]:
    """The changes of a post, in order. Raises `MalformedError`."""
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise MalformedError("the body is no JSON") from None
    found = []
    for entry in _dicts(_dict(document).get("entry")):
        for change in _dicts(entry.get("changes")):
            value = _dict(change.get("value"))
            if phone_number_id := _text(_dict(value.get("metadata")).get("phone_number_id")):
                found.append(Change(phone_number_id[:LONGEST_ID], value))
    if not found:
        raise MalformedError("no number of ours is named")
    if len(found) > MOST_CHANGES:
        raise MalformedError("too many changes")
    return found


def parse(value: dict[str, Any]) -> Incoming:
    """The message of one part (`Change.each`). Raises `MalformedError`."""
    message = value["messages"][0]
    contact = _sender(message, value)
    phone = _text(message.get("from")) or _text(contact.get("wa_id"))
    user_id = _text(message.get("from_user_id")) or _text(contact.get("user_id"))
    if phone and not (phone.isascii() and phone.isdigit() and len(phone) <= LONGEST_PHONE):
        raise MalformedError("from is no phone number")
    if not phone and not user_id:
        raise MalformedError("from is missing")
    if len(user_id) > LONGEST_ID:
        raise MalformedError("from_user_id is too long")
    phone = f"+{phone}" if phone else ""
    theirs = _text(message.get("type"))
    kind = KINDS.get(theirs, "unsupported")
    part = message.get(theirs)
    content = _dict(part)
    return Incoming(
        external_id=_id(message),
        sender=user_id or phone,
        # Meta asks to write to the phone where there is one: its webhooks go on naming the phone only then.
        reply_to=phone or user_id,
        phone=phone,
        kind=kind,
        text=_words(kind, content),
        profile_name=_text(_dict(contact.get("profile")).get("name"))[:200],
        media=_media(content),
        details=_details(message, kind=kind, content=content, cards=_dicts(part) if kind == "contacts" else []),
    )


def parse_status(value: dict[str, Any]) -> Report | None:
    """The status of one part (`Change.each`); None for a status that we do not know. Raises `MalformedError`."""
    status = value["statuses"][0]
    external_id, word = _id(status), _text(status.get("status"))
    if word not in STATUSES:
        return None
    error = next(iter(_dicts(status.get("errors"))), {})
    return Report(
        external_id=external_id,
        status=STATUSES[word],
        error_code=_text(error.get("code")),
        error_text=_text(_dict(error.get("error_data")).get("details")) or _text(error.get("title")),
        carried=_text(status.get("biz_opaque_callback_data")),
    )


def _sender(message: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """The contact that wrote the message. One that names nobody else is theirs."""
    known = _dicts(value.get("contacts"))
    for contact in known:
        for ours, theirs in (("from_user_id", "user_id"), ("from", "wa_id")):
            if _text(message.get(ours)) and _text(message.get(ours)) == _text(contact.get(theirs)):
                return contact
    named = _text(message.get("from")) or _text(message.get("from_user_id"))
    return known[0] if len(known) == 1 and not named else {}


def _media(content: dict[str, Any]) -> tuple[Media, ...]:
    """Meta names a file by an id; its object at the Graph API holds the address, for a few minutes."""
    if not (media_id := _text(content.get("id"))) or "mime_type" not in content:
        return ()
    return (Media(url=f"{GRAPH}/{VERSION}/{media_id}", content_type=_text(content["mime_type"])),)


def _words(kind: Kind, content: dict[str, Any]) -> str:
    """What the contact said, in words: a location is its name and coordinates, a button its text."""
    match kind:
        case "text":
            return _text(content.get("body"))
        case "button":
            chosen = _dict(content.get("button_reply")) or _dict(content.get("list_reply"))
            return _text(content.get("text")) or _text(chosen.get("title"))
        case "location":
            place = ", ".join(part for part in (_text(content.get("name")), _text(content.get("address"))) if part)
            coordinates = f"{_text(content.get('latitude'))}, {_text(content.get('longitude'))}"
            return f"Location: {place} ({coordinates})" if place else f"Location: {coordinates}"
        case "reaction":
            return _text(content.get("emoji"))
        case _:
            return _text(content.get("caption"))


def _details(
    message: dict[str, Any], *, kind: Kind, content: dict[str, Any], cards: list[dict[str, Any]]
) -> dict[str, Any]:
    """What is worth keeping beside the words, under our names; what is empty is left out."""
    chosen = _dict(content.get("button_reply")) or _dict(content.get("list_reply"))
    context, referral = _dict(message.get("context")), _dict(message.get("referral"))
    found: dict[str, Any] = {
        "button_payload": _text(content.get("payload")) or _text(chosen.get("id")),
        "latitude": _text(content.get("latitude")),
        "longitude": _text(content.get("longitude")),
        "address": _text(content.get("address")),
        "label": _text(content.get("name")),
        "file_name": _text(content.get("filename")),
        "replied_to": _text(context.get("id")),
        "reacted_to": _text(content.get("message_id")) if kind == "reaction" else "",
        "forwarded": "true" if context.get("forwarded") is True else "",
        "frequently_forwarded": "true" if context.get("frequently_forwarded") is True else "",
        "referral_url": _text(referral.get("source_url")),
        "referral_headline": _text(referral.get("headline")),
        "contact_names": [_text(_dict(card.get("name")).get("formatted_name")) for card in cards],
        "type": _text(message.get("type")) if kind == "unsupported" else "",
    }
    return {name: value for name, value in found.items() if value}


def _id(item: dict[str, Any]) -> str:
    if not (found := _text(item.get("id")).strip()):
        raise MalformedError("id is missing")
    if len(found) > LONGEST_ID:
        raise MalformedError("id is too long")
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A string or a number as text that PostgreSQL can hold: without NUL and lone surrogates."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return storable(str(value))
