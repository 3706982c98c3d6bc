"""The part of Twilio's API about an account's own things: its phone numbers and its WhatsApp senders.

https://www.twilio.com/docs/whatsapp/api/senders
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.twilio.config import Number
from sandbox.twilio.network import Network
from sandbox.twilio.rest import ApiError, authenticate, operation


@operation("senders.list")
async def list_senders(request: Request) -> Response:
    """The senders of the account, without what only a look at one of them tells."""
    senders = [_sender(number) for number in _numbers(request) if number.status]
    listed = [{**sender, "webhook": None, "profile": None} for sender in senders]
    meta = {"page": 0, "page_size": 50, "key": "senders", "next_page_url": None, "previous_page_url": None}
    return JSONResponse({"senders": listed, "meta": meta})


@operation("senders.fetch")
async def fetch_sender(request: Request) -> Response:
    return JSONResponse(_sender(_find(request)))


@operation("senders.update")
async def update_sender(request: Request) -> Response:
    number = _find(request)
    try:
        webhook = json.loads(await request.body())["webhook"]
        url = str(webhook["callback_url"])
    except (ValueError, LookupError, TypeError):
        raise ApiError(status=400, code=20001) from None
    network: Network = request.app.state.network
    network.set_webhook(number, url)
    return JSONResponse(_sender(network.numbers[number.number]), status_code=202)


@operation("numbers.list")
async def list_numbers(request: Request) -> Response:
    wanted = request.query_params.get("PhoneNumber", "")
    found = [
        {"sid": _sid("PN", number), "phone_number": number.number, "friendly_name": number.name}
        for number in _numbers(request)
        if wanted in ("", number.number)
    ]
    return JSONResponse({"incoming_phone_numbers": found, "page": 0, "page_size": 50, "next_page_uri": None})


def _numbers(request: Request) -> list[Number]:
    account_sid = authenticate(request)
    network: Network = request.app.state.network
    return network.account_numbers(account_sid)


def _find(request: Request) -> Number:
    for number in _numbers(request):
        if number.status and _sid("XE", number) == request.path_params["sid"]:
            return number
    raise ApiError(status=404, code=20404, detail=request.url.path)


def _sender(number: Number) -> dict[str, Any]:
    sid = _sid("XE", number)
    reasons = [{"code": "63020", "message": number.offline_reason, "more_info": ""}] if number.offline_reason else None
    return {
        "sid": sid,
        "status": number.status,
        "sender_id": f"whatsapp:{number.number}",
        "friendly_name": None,
        "configuration": {"waba_id": "102290129340398"},
        "webhook": {"callback_url": number.webhook_url or None, "callback_method": "POST"},
        "profile": {"name": number.name, "about": None},
        "properties": {"quality_rating": "HIGH", "messaging_limit": "1K Customers/24hr"},
        "offline_reasons": reasons,
        "compliance": None,
        "url": f"https://messaging.twilio.com/v2/Channels/Senders/{sid}",
    }


def _sid(prefix: str, number: Number) -> str:
    """Always the same for the same number."""
    return prefix + hashlib.sha256(number.number.encode()).hexdigest()[:32]


routes = [
    Route("/v2/Channels/Senders", list_senders, methods=["GET"]),
    Route("/v2/Channels/Senders/{sid}", fetch_sender, methods=["GET"]),
    Route("/v2/Channels/Senders/{sid}", update_sender, methods=["POST"]),
    Route("/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers.json", list_numbers, methods=["GET"]),
]
