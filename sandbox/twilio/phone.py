"""The phone's page and what feeds it: state, chats, a stream of changes, and what the person does."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.changes import streamed
from sandbox.twilio import inbound, outbound
from sandbox.twilio.control import ControlError, read_draft, read_json
from sandbox.twilio.formatting import to_html
from sandbox.twilio.messages import MediaFile, Message, new_sid
from sandbox.twilio.network import Chat, Network
from sandbox.twilio.samples import kind_of

STATIC = Path(__file__).parent / "static"
_MAX_FILE = 16 * 1024 * 1024
_MAX_PEOPLE = 12


async def page(_request: Request) -> Response:
    return FileResponse(STATIC / "phone.html")


async def state(request: Request) -> Response:
    """Everything but the messages: people, businesses, chats, faults, the last webhooks."""
    network: Network = request.app.state.network
    return JSONResponse(
        {
            "users": [
                {"address": user.address, "name": user.name, "phone": user.phone}
                for user in list(network.users.values())[:_MAX_PEOPLE]
            ],
            "numbers": [
                {"number": number.number, "name": number.name, "webhook_url": number.webhook_url}
                for number in network.numbers.values()
            ],
            "chats": [chat_view(network, chat) for chat in network.chats.values()],
            "webhooks": list(network.deliveries)[-20:],
            "faults": network.faults.as_list(),
        }
    )


async def chat(request: Request) -> Response:
    """One conversation, oldest message first."""
    network: Network = request.app.state.network
    query = request.query_params
    found = network.chats.get((query.get("number", ""), query.get("user", "")))
    if found is None:
        return JSONResponse({"messages": [], "typing_for": 0})
    views = [message_view(network, message) for message in found.messages]
    return JSONResponse({"messages": views, "typing_for": _typing_for(found)})


def message_view(network: Network, message: Message) -> dict[str, Any]:
    """A bubble. `direction` is the phone's: "out" is what the person at the phone sent."""
    quoted = network.messages.get(message.details.get("OriginalRepliedMessageSid", ""))
    last = message.answers[-1] if message.answers else None
    return {
        "sid": message.sid,
        "user": message.user,
        "number": message.number,
        "direction": "out" if message.direction == "inbound" else "in",
        "kind": message.kind,
        "body": message.body,
        "html": to_html(message.body),
        "at": message.created,
        "media": [media_view(network.media[sid]) for sid in message.media if sid in network.media],
        # Until the files came: then they are shown themselves.
        "media_urls": [] if message.media else message.media_urls,
        "template": message.content_sid,
        "details": message.details,
        "quote": quoted and {"sid": quoted.sid, "body": quoted.body or quoted.kind, "sender": quoted.sender},
        "status": message.status,
        "error": message.error_code and f"{message.error_code}: {message.error_message}",
        "read": message.read_at is not None,
        "settled": message.settled,
        "answer": last and {"ok": last.ok, "status": last.status, "error": last.error, "ms": last.ms},
    }


def chat_view(network: Network, chat: Chat) -> dict[str, Any]:
    last = message_view(network, chat.messages[-1]) if chat.messages else None
    return {
        "number": chat.number,
        "user": chat.user,
        "unread": chat.unread,
        "typing_for": _typing_for(chat),
        "last": last,
    }


def media_view(file: MediaFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "content_type": file.content_type,
        "size": len(file.content),
        "url": f"/phone/media/{file.sid}",
    }


def _typing_for(chat: Chat) -> float:
    return max(0.0, chat.typing_until - time.time())


async def events(request: Request) -> Response:
    """Server-sent events: `message`, `typing`, `seen`, `webhook`, `faults`, `reset`."""
    network: Network = request.app.state.network
    return streamed(request, network=network, view=partial(_change_view, network))


def _change_view(network: Network, change: dict[str, Any]) -> dict[str, Any]:
    if change["event"] == "message":
        return message_view(network, change["message"])
    if change["event"] in ("typing", "seen"):
        return chat_view(network, change["chat"])
    if change["event"] == "webhook":
        return dict(change["delivery"])
    return {"faults": network.faults.as_list()}


async def send(request: Request) -> Response:
    """The person sends. The webhook follows by itself; its fate comes by the stream."""
    network: Network = request.app.state.network
    raw = await read_json(request)
    uploaded = raw.pop("uploaded", "")
    draft = read_draft(network, raw)
    if uploaded:
        file = network.media.get(uploaded)
        if file is None:
            raise ControlError("The chosen file is gone. Choose it again.")
        draft.media, draft.kind = [file], kind_of(file.content_type)
    if not (draft.body or draft.media or draft.details):
        raise ControlError("There is nothing to send.")
    message = inbound.take(network, draft)
    network.spawn(inbound.deliver(network, request.app.state.courier, message))
    return JSONResponse(message_view(network, message), status_code=201)


async def seen(request: Request) -> Response:
    """The chat is before the person's eyes."""
    raw = await read_json(request)
    network: Network = request.app.state.network
    if (raw.get("number"), raw.get("user")) in network.chats:
        outbound.look(network, request.app.state.courier, number=raw["number"], user=raw["user"])
    return JSONResponse({})


async def upload(request: Request) -> Response:
    """Keep a chosen file, as it is. `PUT`, so that no other site can."""
    file = await read_upload(request, sid=new_sid("ME"))
    request.app.state.network.media[file.sid] = file
    return JSONResponse({"uploaded": file.sid}, status_code=201)


async def read_upload(request: Request, *, sid: str) -> MediaFile:
    """The file of a request's body; its own content type says what it is. Raises `ControlError`."""
    content = await request.body()
    if len(content) > _MAX_FILE:
        raise ControlError("WhatsApp takes files of up to 16 MB.")
    return MediaFile(
        sid=sid,
        name=request.query_params.get("name", "file"),
        content_type=request.headers.get("content-type") or "application/octet-stream",
        content=content,
    )


async def media(request: Request) -> Response:
    """A file for the phone itself to show. Sandboxed: a page somebody sent must not run here."""
    file = request.app.state.network.media.get(request.path_params["sid"])
    if file is None:
        return PlainTextResponse("Gone", status_code=404)
    shown = file.content_type.startswith(("image/", "audio/", "video/")) or file.content_type == "application/pdf"
    headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
    if not shown or file.content_type == "image/svg+xml":
        headers["Content-Disposition"] = "attachment"
    return Response(file.content, media_type=file.content_type, headers=headers)


routes = [
    Route("/", page, methods=["GET"]),
    Route("/phone/state", state, methods=["GET"]),
    Route("/phone/chat", chat, methods=["GET"]),
    Route("/phone/events", events, methods=["GET"]),
    Route("/phone/send", send, methods=["POST"]),
    Route("/phone/seen", seen, methods=["POST"]),
    Route("/phone/media", upload, methods=["PUT"]),
    Route("/phone/media/{sid}", media, methods=["GET"]),
    Mount("/static", StaticFiles(directory=STATIC)),
]
