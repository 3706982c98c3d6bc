"""The handset over Meta's network: the page is that of `sandbox.twilio.phone`, and it is fed with the same words."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.changes import streamed
from sandbox.meta import inbound
from sandbox.meta.messages import Message, new_media_id
from sandbox.meta.network import Network
from sandbox.meta.webhooks import payload, status_value
from sandbox.twilio import phone as handset
from sandbox.twilio.control import read_json
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
    """The person sends. The webhook follows by itself; its fate comes by the stream."""
    network: Network = request.app.state.network
    message = inbound.take(network, await read_json(request))
    network.spawn(inbound.deliver(network, request.app.state.courier, message))
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


async def upload(request: Request) -> Response:
    """As `sandbox.twilio.phone.upload`."""
    network: Network = request.app.state.network
    file = await handset.read_upload(request, sid=new_media_id())
    network.media[file.sid] = file
    return JSONResponse({"uploaded": file.sid}, status_code=201)


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
        "media": [_media_view(network, message)] if message.media in network.media else [],
        "media_urls": [],
        "template": message.template,
        "details": message.details,
        "quote": quoted and {"sid": quoted.sid, "body": quoted.body or quoted.kind, "sender": quoted.direction},
        "status": message.status,
        "error": "",
        "read": message.read,
        "settled": message.answer is not None,
        "answer": message.answer,
    }


def _media_view(network: Network, message: Message) -> dict[str, Any]:
    file = network.media[message.media]
    return {**handset.media_view(file), "name": message.file_name or file.name}


routes = [
    Route("/", handset.page, methods=["GET"]),
    Route("/phone/state", state, methods=["GET"]),
    Route("/phone/chat", chat, methods=["GET"]),
    Route("/phone/events", events, methods=["GET"]),
    Route("/phone/send", send, methods=["POST"]),
    Route("/phone/seen", seen, methods=["POST"]),
    Route("/phone/media", upload, methods=["PUT"]),
    Route("/phone/media/{sid}", handset.media, methods=["GET"]),
    Mount("/static", StaticFiles(directory=handset.STATIC)),
]
