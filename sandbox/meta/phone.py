"""The handset over Meta's network: the page is that of `sandbox.twilio.phone`, and it is fed with the same words.

People write words here and quote; files come by the control API.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.changes import streamed
from sandbox.meta.network import Message, Network, Number
from sandbox.meta.webhooks import message_value, payload, status_value
from sandbox.twilio import phone as handset
from sandbox.twilio.control import ControlError, read_json
from sandbox.twilio.formatting import to_html


async def state(request: Request) -> Response:
    """Everything but the messages: people, businesses, chats, faults, the last webhooks."""
    network: Network = request.app.state.network
    chats = {(message.number, message.user): None for message in network.messages.values()}
    return JSONResponse(
        {
            "users": [{"address": user.address, "name": user.name, "phone": user.phone} for user in network.users],
            "numbers": [
                {"number": number.phone_number_id, "name": number.name, "webhook_url": number.webhook_url}
                for number in network.numbers.values()
            ],
            "chats": [_chat_view(network, number=number, user=user) for number, user in chats],
            "webhooks": list(network.deliveries),
            "faults": network.faults.as_list(),
        }
    )


async def chat(request: Request) -> Response:
    """One conversation, oldest message first."""
    network: Network = request.app.state.network
    number, user = request.query_params.get("number", ""), request.query_params.get("user", "")
    views = [_message_view(network, message) for message in network.chat(number=number, user=user)]
    return JSONResponse({"messages": views, "typing_for": network.typing_for(number=number, user=user)})


async def events(request: Request) -> Response:
    """Server-sent events: `message`, `typing`, `seen`, `webhook`, `faults`, `reset`."""
    network: Network = request.app.state.network
    return streamed(request, network=network, view=partial(_change_view, network))


async def send(request: Request) -> Response:
    """The person writes. The webhook follows by itself; its fate comes by the stream."""
    network: Network = request.app.state.network
    raw = await read_json(request)
    number = network.numbers.get(str(raw.get("to", "")))
    person = next((user for user in network.users if user.address == raw.get("from")), None)
    body = str(raw.get("body", "")).strip()
    if number is None or person is None:
        raise ControlError("Nobody writes from there, or to there.")
    if raw.keys() - {"from", "to", "body", "reply_to"} or not body:
        raise ControlError("At Meta this phone sends words only.")
    message = network.add(
        direction="inbound",
        number=number.phone_number_id,
        user=person.address,
        body=body,
        quoted=str(raw.get("reply_to", "")),
    )
    network.spawn(_deliver(request, number=number, message=message, name=person.name))
    return JSONResponse(_message_view(network, message), status_code=201)


async def seen(request: Request) -> Response:
    """The chat is before the person's eyes: the business is told that its messages are read."""
    network: Network = request.app.state.network
    raw = await read_json(request)
    number, user = network.numbers.get(str(raw.get("number", ""))), str(raw.get("user", ""))
    if number is None:
        return JSONResponse({})
    for message in network.chat(number=number.phone_number_id, user=user):
        if message.direction == "outbound-api" and not message.read:
            message.read = True
            told = payload(status_value(number, message, status="read"))
            network.spawn(request.app.state.courier.post(number, told))
            network.change(message, status="read")
    network.publish("seen", number=number.phone_number_id, user=user)
    return JSONResponse({})


async def media(request: Request) -> Response:
    """A file that the bot sent."""
    kept = request.app.state.network.media.get(request.path_params["id"])
    if kept is None:
        return PlainTextResponse("Gone", status_code=404)
    headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
    return Response(kept[1], media_type=kept[0], headers=headers)


async def _deliver(request: Request, *, number: Number, message: Message, name: str) -> None:
    """One webhook; Meta's retries, which go on for days, are left out."""
    network: Network = request.app.state.network
    content: dict[str, Any] = {"id": message.sid, "type": "text", "text": {"body": message.body}}
    if message.quoted:
        content["context"] = {"id": message.quoted}
    began = time.monotonic()
    posted = payload(message_value(number, user=message.user, name=name, message=content))
    answer = await request.app.state.courier.post(number, posted)
    milliseconds = round((time.monotonic() - began) * 1000)
    message.answer = {**answer, "ok": answer["status"] == 200, "ms": milliseconds}  # noqa: PLR2004
    network.publish("message", message=message)
    facts = {"kind": "message", "business": number.name, "attempt": 1, "fields": {"Body": message.body}}
    delivery = {"id": message.sid, "at": time.time(), "ms": milliseconds, **facts, **answer}
    network.deliveries.append(delivery)
    network.publish("webhook", delivery=delivery)


def _change_view(network: Network, change: dict[str, Any]) -> dict[str, Any]:
    match change["event"]:
        case "message":
            return _message_view(network, change["message"])
        case "typing" | "seen":
            return _chat_view(network, number=change["number"], user=change["user"])
        case "webhook":
            return dict(change["delivery"])
        case _:
            return {"faults": network.faults.as_list()}


def _chat_view(network: Network, *, number: str, user: str) -> dict[str, Any]:
    messages = network.chat(number=number, user=user)
    return {
        "number": number,
        "user": user,
        "unread": sum(message.direction == "outbound-api" and not message.read for message in messages),
        "typing_for": network.typing_for(number=number, user=user),
        "last": _message_view(network, messages[-1]) if messages else None,
    }


def _message_view(network: Network, message: Message) -> dict[str, Any]:
    """As `sandbox.twilio.phone.message_view`."""
    quoted = network.messages.get(message.quoted)
    return {
        "sid": message.sid,
        "user": message.user,
        "number": message.number,
        "direction": "out" if message.direction == "inbound" else "in",
        "kind": message.kind,
        "body": message.body,
        "html": to_html(message.body),
        "at": message.created,
        "media": [_media_view(network, message.media)] if message.media in network.media else [],
        "media_urls": [],
        "template": message.template,
        "details": {},
        "quote": quoted and {"sid": quoted.sid, "body": quoted.body or quoted.kind, "sender": quoted.direction},
        "status": message.status,
        "error": "",
        "read": message.read,
        "settled": message.answer is not None,
        "answer": message.answer,
    }


def _media_view(network: Network, media_id: str) -> dict[str, Any]:
    content_type, content = network.media[media_id]
    return {"name": "File", "content_type": content_type, "size": len(content), "url": f"/phone/media/{media_id}"}


routes = [
    Route("/", handset.page, methods=["GET"]),
    Route("/phone/state", state, methods=["GET"]),
    Route("/phone/chat", chat, methods=["GET"]),
    Route("/phone/events", events, methods=["GET"]),
    Route("/phone/send", send, methods=["POST"]),
    Route("/phone/seen", seen, methods=["POST"]),
    Route("/phone/media/{id}", media, methods=["GET"]),
    Mount("/static", StaticFiles(directory=handset.STATIC)),
]
