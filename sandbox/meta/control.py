"""What tests tell the stand-in. Bodies are JSON and must say so."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.meta.network import Network, Number, parse_config
from sandbox.meta.webhooks import message_value, payload
from sandbox.twilio.control import ControlError, faults, read_json, requests, reset


async def send(request: Request) -> Response:
    """A user writes, and the webhook's answer comes back.

    `body` is a text; `message` is the part of the webhook that tells the message's type and content instead, in Meta's
    words: {"type": "image", "image": {"id": ...}}. `id` repeats a message under its own id.
    """
    network: Network = request.app.state.network
    raw = await read_json(request)
    number, user, body = _number(network, raw), str(raw.get("from", "")), str(raw.get("body", ""))
    kept = network.add(
        direction="inbound", number=number.phone_number_id, user=user, body=body, sid=str(raw.get("id", ""))
    )
    said = raw.get("message") or {"type": "text", "text": {"body": body}}
    value = message_value(number, user=user, name=str(raw.get("name", user)), message={**said, "id": kept.sid})
    answer = await request.app.state.courier.post(number, payload(value), signature=raw.get("signature", "valid"))
    return JSONResponse({"sid": kept.sid, "answers": [answer]})


async def post(request: Request) -> Response:
    """Post `payload` as it is, signed by the app of the number `to`, `copies` times at once."""
    network: Network = request.app.state.network
    raw = await read_json(request)
    number, signature = _number(network, raw), raw.get("signature", "valid")
    posts = [
        request.app.state.courier.post(number, raw.get("payload"), signature=signature)
        for _ in range(int(raw.get("copies", 1)))
    ]
    return JSONResponse({"answers": await asyncio.gather(*posts)})


async def messages(request: Request) -> Response:
    network: Network = request.app.state.network
    number, user = request.query_params.get("number"), request.query_params.get("user")
    found = [
        message.as_json()
        for message in network.messages.values()
        if number in (None, message.number) and user in (None, message.user)
    ]
    return JSONResponse({"messages": found, "typing": network.typing})


async def numbers(request: Request) -> Response:
    network: Network = request.app.state.network
    try:
        (number,) = parse_config({"numbers": [await read_json(request)]})
    except ValueError as error:
        raise ControlError(str(error)) from None
    network.put_number(number)
    return JSONResponse({"numbers": sorted(network.numbers)}, status_code=201)


def _number(network: Network, raw: dict[str, Any]) -> Number:
    number = network.numbers.get(str(raw.get("to", "")))
    if number is None:
        raise ControlError("to is no phone number id of this network.")
    if raw.get("signature", "valid") not in ("valid", "wrong", "missing"):
        raise ControlError("signature is valid, wrong or missing.")
    return number


routes = [
    Route("/sandbox/send", send, methods=["POST"]),
    Route("/sandbox/post", post, methods=["POST"]),
    Route("/sandbox/messages", messages, methods=["GET"]),
    Route("/sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/sandbox/requests", requests, methods=["GET"]),
    Route("/sandbox/numbers", numbers, methods=["POST"]),
    Route("/sandbox/reset", reset, methods=["POST"]),
]
