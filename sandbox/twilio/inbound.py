"""A person writes: the message, its webhook with all of Twilio's fields, and the answer to it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

from sandbox.twilio.config import Number, User
from sandbox.twilio.messages import Answer, Kind, MediaFile, Message, new_sid
from sandbox.twilio.network import Network
from sandbox.twilio.webhooks import Courier, Signature

_API_VERSION = "2010-04-01"


@dataclass(slots=True, kw_only=True)
class Draft:
    """What a person is about to send. `details` are webhook fields by Twilio's names; `reply_to` a quoted SID."""

    user: str
    number: str
    body: str = ""
    kind: Kind = "text"
    media: list[MediaFile] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)
    reply_to: str = ""
    sid: str = ""


def take(network: Network, draft: Draft) -> Message:
    """Keep what a person sent. A SID that is known is the same message again. Raises `KeyError`: no such number."""
    if draft.sid in network.messages:
        return network.messages[draft.sid]
    number = network.numbers[draft.number]
    message = Message(
        sid=draft.sid or new_sid("MM" if draft.media else "SM"),
        account_sid=number.account_sid,
        direction="inbound",
        number=number.number,
        user=draft.user,
        created=time.time(),
        body=draft.body,
        kind=draft.kind,
        media=[file.sid for file in draft.media],
        details=draft.details | _quote(network, draft.reply_to),
    )
    message.sent = message.created
    message.advance(status="received", at=message.created)
    network.media.update({file.sid: file for file in draft.media})
    network.add(message)
    return message


async def deliver(
    network: Network, courier: Courier, message: Message, *, signature: Signature = "valid"
) -> list[Answer]:
    """Post the message's webhook, with Twilio's retries; returns this delivery's answers."""
    number, user = network.numbers[message.number], network.user(message.user)
    if number.webhook_url:
        answers = await courier.post(
            number=number,
            url=number.webhook_url,
            fields=webhook_fields(network, message, number=number, user=user),
            kind="message",
            signature=signature,
        )
    else:
        answers = [Answer(status=0, error="no webhook is set for this number")]
    message.answers += answers
    message.settled = True
    network.publish("message", message=message)
    return answers


def webhook_fields(network: Network, message: Message, *, number: Number, user: User) -> dict[str, str]:
    """Every form field that Twilio posts for this message, in Twilio's order."""
    context = {"ProfileName": user.name} | ({"WaId": user.phone.removeprefix("+")} if user.phone else {})
    fields = {
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "ProfileName": user.name,
        "MessageType": message.kind,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "Body": message.body,
        "To": message.recipient,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": _API_VERSION,
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}, separators=(",", ":")),
    }
    if user.phone:
        fields["WaId"] = user.phone.removeprefix("+")
    if user.user_id:
        fields["ExternalUserId"] = f"whatsapp:{user.user_id}"
    for index, sid in enumerate(message.media):
        origin = network.config.media_base_url.rstrip("/")
        path = f"/{_API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}/Media/{sid}"
        fields[f"MediaUrl{index}"] = origin + path
        fields[f"MediaContentType{index}"] = network.media[sid].content_type
    return fields | message.details


def _quote(network: Network, sid: str) -> dict[str, str]:
    quoted = network.messages.get(sid)
    if quoted is None:
        return {}
    return {"OriginalRepliedMessageSid": quoted.sid, "OriginalRepliedMessageSender": quoted.sender}
