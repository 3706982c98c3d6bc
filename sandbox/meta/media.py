"""Files of messages, in Meta's two steps: an id's object names an address, and that address wants the token too.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
"""

from __future__ import annotations

import base64
import hashlib
from email import message_from_bytes
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.meta.network import Network, Number
from sandbox.meta.rest import GraphError, operation
from sandbox.twilio.control import ControlError, read_json


class MediaIdConvertor(Convertor[str]):
    """Ids of files, told from those of numbers by their length."""

    regex = r"9\d{15}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("media_id", MediaIdConvertor())


async def keep(request: Request) -> Response:
    """A file that a message will name: {"content_type", "content" (base64)}; its id comes back."""
    raw = await read_json(request)
    try:
        content_type, content = str(raw["content_type"]), base64.b64decode(raw["content"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise ControlError("content_type and content in base64 are needed.") from None
    network: Network = request.app.state.network
    file = network.keep_file(name=str(raw.get("name", "File")), content_type=content_type, content=content)
    return JSONResponse({"id": file.sid}, status_code=201)


async def take(request: Request) -> Response:
    """A file that a business is about to send, as a form; its id comes back."""
    fields = form_of(await request.body(), content_type=request.headers.get("content-type", ""))
    return await operation(request, name="media.create", act=_take, content=fields)


def _take(request: Request, _number: Number, fields: dict[str, Any]) -> Response:
    if fields.get("messaging_product") != b"whatsapp" or not fields.get("file") or not fields.get("type"):
        raise GraphError("(#100) Invalid parameter", status=400, code=100)
    network: Network = request.app.state.network
    file = network.keep_file(name="File", content_type=fields["type"].decode(), content=fields["file"])
    return JSONResponse({"id": file.sid})


def form_of(body: bytes, *, content_type: str) -> dict[str, bytes]:
    """The parts of a multipart form by their names."""
    whole = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = [part for part in whole.walk() if not part.is_multipart()]
    named = [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in parts]
    return {str(name): content for name, content in named if name and isinstance(content, bytes)}


async def describe(request: Request) -> Response:
    return await operation(request, name="media", act=_describe, content={})


def _describe(request: Request, _number: Number, _content: dict[str, Any]) -> Response:
    network: Network = request.app.state.network
    media_id = request.path_params["media_id"]
    if media_id not in network.media:
        raise GraphError("Unsupported get request. Object does not exist.", status=400, code=100)
    file = network.media[media_id]
    address = f"{request.base_url}whatsapp_business/attachments/?mid={media_id}&ext=1"
    return JSONResponse(
        {
            "messaging_product": "whatsapp",
            "url": address,
            "mime_type": file.content_type,
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "file_size": len(file.content),
            "id": media_id,
        }
    )


async def serve(request: Request) -> Response:
    """The bytes, for whoever has the token of a number."""
    network: Network = request.app.state.network
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    found = network.media.get(request.query_params.get("mid", ""))
    if token not in {number.access_token for number in network.numbers.values()}:
        return PlainTextResponse("", status_code=401)
    if found is None:
        return PlainTextResponse("", status_code=404)
    return Response(found.content, media_type=found.content_type)


routes = [
    Route("/sandbox/media", keep, methods=["POST"]),
    Route("/whatsapp_business/attachments/", serve, methods=["GET"]),
    Route("/{version}/{phone_number_id}/media", take, methods=["POST"]),
    Route("/{version}/{media_id:media_id}", describe, methods=["GET"]),
]
