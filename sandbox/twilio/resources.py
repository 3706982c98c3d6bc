"""REST resources as Twilio writes them in JSON."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime, formatdate
from typing import Any

from sandbox.twilio.config import Number
from sandbox.twilio.messages import MediaFile, Message


def rfc2822(at: float | None) -> str | None:
    """`Thu, 12 Nov 2026 10:00:00 +0000`, to the second."""
    return formatdate(at)[:-5] + "+0000" if at is not None else None


def message_resource(message: Message) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated or message.created),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_message,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": str(len(message.media) or len(message.media_urls)),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def media_resource(file: MediaFile, *, message: Message) -> dict[str, Any]:
    created = rfc2822(message.created)
    return {
        "account_sid": message.account_sid,
        "content_type": file.content_type,
        "date_created": created,
        "date_updated": created,
        "parent_sid": message.sid,
        "sid": file.sid,
        "uri": f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}/Media/{file.sid}.json",
    }


def account_resource(number: Number, *, at: datetime) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{number.account_sid}"
    return {
        "sid": number.account_sid,
        "auth_token": number.auth_token,
        "date_created": format_datetime(at),
        "date_updated": format_datetime(at),
        "friendly_name": number.name,
        "owner_account_sid": number.account_sid,
        "status": number.account_status,
        "subresource_uris": {"messages": f"{uri}/Messages.json"},
        "type": "Full",
        "uri": f"{uri}.json",
    }
