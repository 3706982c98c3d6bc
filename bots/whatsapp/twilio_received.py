"""A message that somebody wrote to us, asked of Twilio by its SID.

The answer holds less than the webhook did: no profile name, no button, no place on a map. What it holds is Twilio's.
https://www.twilio.com/docs/messaging/api/message-resource#fetch-a-message-resource
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bots.whatsapp.base import MalformedError, Received
from bots.whatsapp.twilio_fields import MOST_MEDIA, PREFIX, parse

SID = re.compile(r"(SM|MM)[0-9a-zA-Z]{32}")
API = "https://api.twilio.com"


def find(sdk: Any, *, external_id: str, address: str) -> Received | None:
    """See `WhatsAppClient.find_received`. `sdk`: Twilio's client of the number's account; `address`: the number, E.164.

    Raises what the SDK raises.
    """
    if not SID.fullmatch(external_id):
        return None
    resource = sdk.messages(external_id)
    message = resource.fetch()
    if message.direction != "inbound" or message.to != PREFIX + address or message.sid != external_id:
        return None
    fields = {"MessageSid": external_id, "From": str(message.from_ or ""), "To": message.to, "Body": message.body or ""}
    fields |= dict(_media(resource, count=str(message.num_media or "0")))
    try:
        return Received(incoming=parse(fields), created_at=message.date_created or datetime.now(UTC))
    except MalformedError:
        return None


def _media(resource: Any, *, count: str) -> Iterator[tuple[str, str]]:
    """The message's files, as the webhook's fields name them."""
    files = resource.media.list(limit=MOST_MEDIA) if count.isdigit() and int(count) else []
    yield "NumMedia", str(len(files))
    for index, file in enumerate(files):
        yield f"MediaUrl{index}", API + str(file.uri).removesuffix(".json")
        yield f"MediaContentType{index}", str(file.content_type or "")
