"""Files of messages, in Meta's two steps: an id's object names an address, and that address wants the token too.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
"""

from __future__ import annotations

import base64
import hashlib
import secrets
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
        file = (str(raw["content_type"]), base64.b64decode(raw["content"], validate=True))
    except (KeyError, TypeError, ValueError):
        raise ControlError("content_type and content in base64 are needed.") from None
    network: Network = request.app.state.network
    media_id = f"9{secrets.randbelow(10**15):015d}"
    network.media[media_id] = file
    return JSONResponse({"id": media_id}, status_code=201)


async def describe(request: Request) -> Response:
    return await operation(request, name="media", act=_describe, content={})


def _describe(request: Request, _number: Number, _content: dict[str, Any]) -> Response:
    network: Network = request.app.state.network
    media_id = request.path_params["media_id"]
    if media_id not in network.media:
        raise GraphError("Unsupported get request. Object does not exist.", status=400, code=100)
    content_type, content = network.media[media_id]
    address = f"{request.base_url}whatsapp_business/attachments/?mid={media_id}&ext=1"
    return JSONResponse(
        {
            "messaging_product": "whatsapp",
            "url": address,
            "mime_type": content_type,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
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
    content_type, content = found
    return Response(content, media_type=content_type)


routes = [
    Route("/sandbox/media", keep, methods=["POST"]),
    Route("/whatsapp_business/attachments/", serve, methods=["GET"]),
    Route("/{version}/{media_id:media_id}", describe, methods=["GET"]),
]
