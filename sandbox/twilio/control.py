"""What tests, benchmarks and the demo tell the stand-in. Bodies are JSON and must say so, which other sites cannot."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.twilio import inbound
from sandbox.twilio.config import parse_number
from sandbox.twilio.messages import MediaFile, Message, new_sid
from sandbox.twilio.network import Network
from sandbox.twilio.samples import kind_of, sample

_KEYS = {
    "from", "to", "body", "kind", "media", "sid", "copies", "signature", "details", "reply_to", "name", "wait",
}  # fmt: skip
_USER = re.compile(r"\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9._-]{1,137}")


class ControlError(Exception):
    """A request that makes no sense, in a sentence."""


async def refuse(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


async def read_json(request: Request) -> dict[str, Any]:
    """Raises `ControlError`."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ControlError("The body has to be application/json.")
    try:
        raw = json.loads(await request.body())
    except ValueError:
        raise ControlError("The body is no JSON.") from None
    if not isinstance(raw, dict):
        raise ControlError("The body has to be an object.")
    return raw


async def send(request: Request) -> Response:
    """A user writes, and the webhook's answers come back.

    `media`: a list of sample names ("photo", "voice", "document", "sticker", "contact") or of {"content_type",
    "content" (base64), "name"}. `details`: more webhook fields by Twilio's names (ButtonText, Latitude, ...). `sid`:
    repeats a message under its own SID. `copies`: how often the webhook is posted, at once. `signature`: valid, wrong
    or missing. `wait`: false answers before the webhook does. An unknown `from` becomes a user called `name`.
    """
    network: Network = request.app.state.network
    raw = await read_json(request)
    draft = read_draft(network, raw)
    message = inbound.take(network, draft)
    signature = raw.get("signature", "valid")
    if signature not in ("valid", "wrong", "missing"):
        raise ControlError("signature is valid, wrong or missing.")
    posts = [
        network.spawn(inbound.deliver(network, request.app.state.courier, message, signature=signature))
        for _ in range(int(raw.get("copies", 1)))
    ]
    if not raw.get("wait", True):
        return JSONResponse({"sid": message.sid, "answers": []})
    deliveries = await asyncio.gather(*posts)
    return JSONResponse({"sid": message.sid, "answers": [asdict(answer) for each in deliveries for answer in each]})


def read_draft(network: Network, raw: dict[str, Any]) -> inbound.Draft:
    """What a user is about to send, from JSON. Raises `ControlError`."""
    if set(raw) - _KEYS:
        raise ControlError(f"Unknown: {', '.join(sorted(set(raw) - _KEYS))}.")
    user, number = str(raw.get("from", "")), str(raw.get("to", ""))
    if number not in network.numbers:
        raise ControlError(f"to: {number or 'nothing'} is no number of this network.")
    if not _USER.fullmatch(user):
        raise ControlError("from: a phone number (+15551230001) or a user id (US.1349) is needed.")
    network.user(user, name=str(raw.get("name", "")))
    files, kind = _media(raw.get("media", []))
    return inbound.Draft(
        user=user,
        number=number,
        body=str(raw.get("body", "")),
        kind=raw.get("kind") or kind,
        media=files,
        details={str(name): str(value) for name, value in raw.get("details", {}).items()},
        reply_to=str(raw.get("reply_to", "")),
        sid=str(raw.get("sid", "")),
    )


def _media(raw: list[Any]) -> tuple[list[MediaFile], Any]:
    files, kind = [], "text"
    for item in raw:
        try:
            if isinstance(item, str):
                file, kind = sample(item)
            else:
                content = base64.b64decode(item["content"], validate=True)
                content_type, name = item["content_type"], item.get("name", "file")
                file = MediaFile(sid=new_sid("ME"), name=name, content_type=content_type, content=content)
                kind = kind_of(content_type)
        except (KeyError, TypeError, ValueError):
            raise ControlError("media: a sample's name, or content_type and content in base64.") from None
        files.append(file)
    return files, kind


async def messages(request: Request) -> Response:
    """All messages, or those of one number, one user or both."""
    network: Network = request.app.state.network
    number, user = request.query_params.get("number"), request.query_params.get("user")
    chats = [chat for chat in network.chats.values() if number in (None, chat.number) and user in (None, chat.user)]
    found = sorted((message for chat in chats for message in chat.messages), key=lambda message: message.created)
    typing = sorted((event for chat in chats for event in chat.typing), key=lambda event: event["at"])
    return JSONResponse({"messages": [describe(message) for message in found], "typing": typing})


def describe(message: Message) -> dict[str, Any]:
    """A message as the control API shows it: its fields, and `from` and `to` as Twilio writes them."""
    fields = asdict(message)
    fields["from"], fields["to"] = message.sender, message.recipient
    return fields


async def faults(request: Request) -> Response:
    network: Network = request.app.state.network
    if request.method == "POST":
        try:
            network.faults.add(await read_json(request))
        except ValueError as error:
            raise ControlError(str(error)) from None
    elif request.method == "DELETE" and "name" in request.query_params:
        network.faults.remove(request.query_params["name"])
    elif request.method == "DELETE":
        network.faults.clear()
    network.publish("faults")
    return JSONResponse({"faults": network.faults.as_list()})


async def requests(request: Request) -> Response:
    network: Network = request.app.state.network
    answers: dict[str, dict[str, int]] = {}
    for (operation, status), count in network.answers.items():
        answers.setdefault(operation, {})[str(status)] = count
    return JSONResponse({"calls": dict(network.calls), "answers": answers})


async def numbers(request: Request) -> Response:
    network: Network = request.app.state.network
    try:
        number = parse_number(await read_json(request))
    except ValueError as error:
        raise ControlError(str(error)) from None
    network.numbers[number.number] = number
    network.publish("reset")
    return JSONResponse({"numbers": sorted(network.numbers)}, status_code=201)


async def reset(request: Request) -> Response:
    await read_json(request)
    request.app.state.network.reset()
    return JSONResponse({})


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
    return Route(f"/sandbox/{path}", endpoint, methods=list(methods))


routes = [
    _route("send", send, "POST"),
    _route("messages", messages, "GET"),
    _route("faults", faults, "GET", "POST", "DELETE"),
    _route("requests", requests, "GET"),
    _route("numbers", numbers, "POST"),
    _route("reset", reset, "POST"),
]
