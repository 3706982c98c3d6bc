"""A business writes: what becomes of the message, and the status callbacks that tell of it."""

from __future__ import annotations

import asyncio
import time

from sandbox.twilio import attachments
from sandbox.twilio.messages import Message
from sandbox.twilio.network import Network
from sandbox.twilio.webhooks import Courier

OUTSIDE_WINDOW = 63016
_OUTSIDE_WINDOW_TEXT = (
    "Failed to send freeform message because you are outside the allowed window. "
    "If you are using WhatsApp, please use a Message Template."
)


def reachable(network: Network, message: Message) -> bool:
    """Whether WhatsApp will carry it: a template always, free text only in the 24 hours after the user wrote."""
    return bool(message.content_sid) or network.window_open(number=message.number, user=message.user)


async def carry(network: Network, courier: Courier, message: Message) -> None:
    """Take an accepted message on its way: sent, delivered, perhaps read; or failed, as Twilio tells it, later."""
    pause = network.config.status_pause
    await asyncio.sleep(pause)
    if not reachable(network, message):
        message.error_code, message.error_message = OUTSIDE_WINDOW, _OUTSIDE_WINDOW_TEXT
        tell(network, courier, message, status="failed")
        return
    if not await attachments.fetch(network, courier, message):
        message.error_code, message.error_message = attachments.NOT_FETCHED, "Media failed to download"
        tell(network, courier, message, status="failed")
        return
    message.sent = time.time()
    tell(network, courier, message, status="sent")
    await asyncio.sleep(pause)
    tell(network, courier, message, status="delivered")
    if network.config.read_after is not None:
        await asyncio.sleep(network.config.read_after)
        tell(network, courier, message, status="read")


def look(network: Network, courier: Courier, *, number: str, user: str) -> None:
    """The person has this chat before their eyes: all that was delivered is read."""
    chat = network.chat(number=number, user=user)
    for message in reversed(chat.messages[-chat.unread :] if chat.unread else []):
        if message.direction == "outbound-api" and message.status in ("queued", "sent", "delivered"):
            network.spawn(_read(network, courier, message))
    if chat.unread:
        chat.unread = 0
        network.publish("seen", chat=chat)


async def _read(network: Network, courier: Courier, message: Message) -> None:
    while message.status in ("queued", "sent"):
        await asyncio.sleep(network.config.status_pause / 2 + 0.01)
    if message.status == "delivered":
        tell(network, courier, message, status="read")


def tell(network: Network, courier: Courier, message: Message, *, status: str) -> None:
    """Raise the status, and call back for it where the sender asked for that."""
    if not message.advance(status=status, at=time.time()):
        return
    network.publish("message", message=message)
    if message.status_callback:
        network.spawn(_call_back(network, courier, message, fields=callback_fields(message)))


def callback_fields(message: Message) -> dict[str, str]:
    """The form of a status callback for the message as it stands."""
    address = message.user
    fields = {
        "ApiVersion": "2010-04-01",
        "AccountSid": message.account_sid,
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
        "From": message.sender,
        "To": message.recipient,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": address[:-4] + "XXXX",
        "StructuredMessage": "false",
    }
    if message.status == "read":
        fields["EventType"] = "READ"
    if message.error_code is not None:
        fields["ErrorCode"] = str(message.error_code)
        fields["ChannelStatusMessage"] = message.error_message or ""
    return fields


async def _call_back(network: Network, courier: Courier, message: Message, *, fields: dict[str, str]) -> None:
    fault = network.faults.take("callbacks")
    if fault is not None and fault.mode == "drop":
        return
    if fault is not None:
        await asyncio.sleep(fault.seconds or 0)
    await courier.post(
        number=network.numbers[message.number], url=message.status_callback, fields=fields, kind="status"
    )
