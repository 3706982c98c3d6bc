"""The webhooks that Twilio posts: its fields and words to ours.

https://www.twilio.com/docs/messaging/guides/webhook-request and what Twilio was seen to send.
"""

from __future__ import annotations

from collections.abc import Mapping

from bots.whatsapp.base import Incoming, Kind, MalformedError, Media, Status, StatusUpdate

PREFIX = "whatsapp:"
#: Characters of an id: WhatsApp's user ids have up to 140, phone numbers (E.164) a plus and 15 digits.
LONGEST_ID = 160
LONGEST_PHONE = 16
MOST_MEDIA = 10
#: The recipient wrote STOP, which Twilio itself keeps for some senders. https://www.twilio.com/docs/api/errors/21610
OPTED_OUT = "21610"

KINDS: dict[str, Kind] = {
    "text": "text",
    "button": "button",
    "interactive": "button",
    "image": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contacts",
    "reaction": "reaction",
}
#: Where MessageType is missing, the first file's content type tells.
MEDIA_KINDS: dict[str, Kind] = {"image": "image", "audio": "audio", "video": "video"}

STATUSES: dict[str, Status] = {
    "accepted": "queued",
    "queued": "queued",
    "sending": "sending",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
}

#: Fields of a message that are kept as they came, under our names.
DETAILS = {
    "ButtonPayload": "button_payload",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Address": "address",
    "Label": "label",
    "OriginalRepliedMessageSid": "replied_to",
    "Forwarded": "forwarded",
    "FrequentlyForwarded": "frequently_forwarded",
    "ReferralSourceUrl": "referral_url",
    "ReferralHeadline": "referral_headline",
}


def destination(fields: Mapping[str, str]) -> str:
    """The number that an inbound message was written to, in E.164. Raises `MalformedError`."""
    return _address(fields, "To")


def origin(fields: Mapping[str, str]) -> str:
    """The number of ours that a status callback speaks of, in E.164. Raises `MalformedError`."""
    return _address(fields, "From")


def parse(fields: Mapping[str, str]) -> Incoming:
    """An inbound message. Twilio adds fields without notice; unknown ones are left alone. Raises `MalformedError`."""
    sender = _required(fields, "From")
    address = _address(fields, "From")
    phone = address if address.startswith("+") else ""
    user_id = _address(fields, "ExternalUserId") if fields.get("ExternalUserId") else "" if phone else address
    if len(phone) > LONGEST_PHONE:
        raise MalformedError("From is no phone number")
    media = _media(fields)
    kind = KINDS.get(fields.get("MessageType", "").lower(), "unsupported" if fields.get("MessageType") else "text")
    if not fields.get("MessageType") and media:
        kind = MEDIA_KINDS.get(media[0].content_type.partition("/")[0], "document")
    if fields.get("Latitude") and fields.get("Longitude"):
        kind = "location"
    return Incoming(
        external_id=_required(fields, "MessageSid"),
        sender=user_id or phone,
        reply_to=sender,
        phone=phone,
        kind=kind,
        text=_text(fields, kind),
        profile_name=fields.get("ProfileName", "")[:200],
        media=media,
        details={ours: fields[theirs] for theirs, ours in DETAILS.items() if fields.get(theirs)},
    )


def parse_status(fields: Mapping[str, str]) -> StatusUpdate | None:
    """A status callback; None for a status that we do not know. Raises `MalformedError`."""
    external_id = _required(fields, "MessageSid")
    word = "read" if fields.get("EventType") == "READ" else _required(fields, "MessageStatus").lower()
    if word not in STATUSES:
        return None
    return StatusUpdate(
        external_id=external_id,
        status=STATUSES[word],
        error_code=fields.get("ErrorCode", ""),
        error_text=fields.get("ChannelStatusMessage", "") or fields.get("ErrorMessage", ""),
        opted_out=fields.get("ErrorCode") == OPTED_OUT,
    )


def _required(fields: Mapping[str, str], name: str) -> str:
    if not (value := fields.get(name, "").strip()):
        raise MalformedError(f"{name} is missing")
    if len(value) > LONGEST_ID:
        raise MalformedError(f"{name} is too long")
    return value


def _address(fields: Mapping[str, str], name: str) -> str:
    """A number or user id without the channel's prefix."""
    if not (address := _required(fields, name).removeprefix(PREFIX)):
        raise MalformedError(f"{name} is missing")
    return address


def _media(fields: Mapping[str, str]) -> tuple[Media, ...]:
    count = fields.get("NumMedia", "0")
    found = range(min(int(count[:4]), MOST_MEDIA)) if count.isascii() and count.isdigit() else range(0)
    return tuple(
        Media(url=fields[f"MediaUrl{index}"], content_type=fields.get(f"MediaContentType{index}", ""))
        for index in found
        if fields.get(f"MediaUrl{index}")
    )


def _text(fields: Mapping[str, str], kind: Kind) -> str:
    """What the contact said, in words: a location is its name and coordinates, a button its text."""
    body = fields.get("Body", "")
    if kind == "button":
        return fields.get("ButtonText") or body
    if kind == "location":
        place = ", ".join(part for part in (fields.get("Label", ""), fields.get("Address", "")) if part)
        coordinates = f"{fields.get('Latitude', '')}, {fields.get('Longitude', '')}"
        return "\n".join(
            part
            for part in (body, f"Location: {place} ({coordinates})" if place else f"Location: {coordinates}")
            if part
        )
    return body
