"""Files of messages: at Twilio's API with credentials, and at the CDN that it redirects to, without."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.twilio.messages import MediaFile, Message
from sandbox.twilio.network import Network
from sandbox.twilio.resources import media_resource
from sandbox.twilio.rest import ApiError, authenticate, operation

_OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


@operation("media")
async def open_media(request: Request) -> Response:
    """`.../Media/ME...` redirects to the bytes at another host name; with `.json` it describes the file."""
    account_sid = authenticate(request)
    message, file = _find(request, account_sid=account_sid)
    if request.path_params["media_sid"].endswith(".json"):
        return JSONResponse(media_resource(file, message=message))
    here = urlsplit(str(request.url))
    host = _OTHER_NAME.get(here.hostname or "", here.hostname or "localhost")
    port = f":{here.port}" if here.port else ""
    return RedirectResponse(f"{here.scheme}://{host}{port}/media-cdn/{file.sid}?signature={file.token}", 307)


@operation("media.list")
async def list_media(request: Request) -> Response:
    """The files of a message, described."""
    account_sid = authenticate(request)
    network: Network = request.app.state.network
    message = network.messages.get(request.path_params["sid"])
    if message is None or message.account_sid != account_sid:
        raise ApiError(status=404, code=20404, detail=request.url.path)
    listed = [media_resource(network.media[sid], message=message) for sid in message.media]
    page = {"page": 0, "page_size": 50, "start": 0, "end": max(len(listed) - 1, 0), "uri": request.url.path}
    pages = {"first_page_uri": request.url.path, "next_page_uri": None, "previous_page_uri": None}
    return JSONResponse({"media_list": listed, **page, **pages})


async def serve_bytes(request: Request) -> Response:
    """The CDN: whoever has the signed address gets the file. Credentials are refused, as S3 refuses them."""
    if "authorization" in request.headers:
        return PlainTextResponse("Only one auth mechanism allowed", status_code=400)
    network: Network = request.app.state.network
    file = network.media.get(request.path_params["media_sid"])
    if file is None or request.query_params.get("signature") != file.token:
        return PlainTextResponse("AccessDenied", status_code=403)
    return Response(file.content, media_type=file.content_type)


def _find(request: Request, *, account_sid: str) -> tuple[Message, MediaFile]:
    network: Network = request.app.state.network
    message = network.messages.get(request.path_params["sid"])
    media_sid = request.path_params["media_sid"].removesuffix(".json")
    if message is None or message.account_sid != account_sid or media_sid not in message.media:
        raise ApiError(status=404, code=20404, detail=request.url.path)
    return message, network.media[media_sid]


_MEDIA = "/2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media"
routes = [
    Route(f"{_MEDIA}.json", list_media, methods=["GET"]),
    Route(f"{_MEDIA}/{{media_sid}}", open_media, methods=["GET"]),
    Route("/media-cdn/{media_sid}", serve_bytes, methods=["GET"]),
]
