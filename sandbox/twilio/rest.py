"""Twilio's REST API, as the `twilio` SDK speaks it: messages, the account, the typing indicator.

Error codes and sentences are those of Twilio's error dictionary.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.templates import TEMPLATES
from sandbox.twilio import listing, outbound
from sandbox.twilio.faults import drop, hang
from sandbox.twilio.messages import Message, new_sid
from sandbox.twilio.network import Network
from sandbox.twilio.resources import account_resource, message_resource

MAX_BODY = 1600
_ADDRESS = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9._-]{1,137})")
_TEXTS = {
    20001: "The channel parameter must be whatsapp",
    20003: "Authenticate",
    20005: "Account not active",
    20404: "The requested resource {detail} was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    20503: "Service is unavailable",
    21211: "The 'To' number {detail} is not a valid phone number.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21655: "The ContentSid is Invalid",
    21656: "The ContentVariables Parameter is invalid",
    21619: "A text message body or media urls must be specified.",
    63007: "Twilio could not find a Channel with the specified From address",
}

Endpoint = Callable[[Request], Awaitable[Response]]


class ApiError(Exception):
    """A refusal with Twilio's code."""

    def __init__(self, *, status: int, code: int, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(_TEXTS.get(code, "Told to fail").format(detail=detail))
        self.status = status
        self.code = code
        self.retry_after = retry_after


async def refuse(_request: Request, error: Exception) -> Response:
    """An `ApiError` as Twilio writes it."""
    assert isinstance(error, ApiError)
    body = {
        "code": error.code,
        "message": str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return JSONResponse(body, status_code=error.status, headers=headers)


def operation(name: str) -> Callable[[Endpoint], Endpoint]:
    """Count the calls of an endpoint, and let the faults set for it strike."""

    def wrap(endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            network: Network = request.app.state.network
            network.calls[name] += 1
            try:
                response = await _struck(request, network=network, name=name, endpoint=endpoint)
            except ApiError as error:
                network.answers[name, error.status] += 1
                raise
            network.answers[name, response.status_code] += 1
            return response

        return answer

    return wrap


async def _struck(request: Request, *, network: Network, name: str, endpoint: Endpoint) -> Response:
    fault = network.faults.take(name)
    if fault is None:
        return await endpoint(request)
    if fault.mode == "delay":
        await asyncio.sleep(fault.seconds or 0)
        return await endpoint(request)
    if fault.mode == "drop":
        await drop(request)
    if fault.mode.startswith("accept_"):
        await endpoint(request)
    if fault.mode.endswith("hang"):
        return await hang(request, seconds=fault.seconds, closing=network.closing)
    if fault.mode.endswith("garble"):
        return Response(fault.body, status_code=201, media_type="application/json")
    code = fault.code or {429: 20429, 503: 20503, 404: 20404}.get(fault.status, 20500)
    raise ApiError(status=fault.status, code=code, retry_after=fault.retry_after, detail=request.url.path)


def authenticate(request: Request) -> str:
    """The SID of the account whose credentials the request carries. Raises `ApiError` 20003."""
    network: Network = request.app.state.network
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        account_sid, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError(status=401, code=20003) from None
    for number in network.account_numbers(account_sid):
        if scheme.lower() == "basic" and hmac.compare_digest(number.auth_token.encode(), token.encode()):
            if request.path_params.get("account_sid", account_sid) != account_sid:
                break
            if number.account_status != "active" and request.scope["endpoint"] is not fetch_account:
                raise ApiError(status=403, code=20005)
            return account_sid
    raise ApiError(status=401, code=20003)


async def form(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body()).decode(), keep_blank_values=True)


@operation("messages.create")
async def create_message(request: Request) -> Response:
    account_sid = authenticate(request)
    network: Network = request.app.state.network
    message = _new_message(network, account_sid=account_sid, fields=await form(request))
    network.add(message)
    network.spawn(outbound.carry(network, request.app.state.courier, message))
    return JSONResponse(message_resource(message), status_code=201)


def _new_message(network: Network, *, account_sid: str, fields: dict[str, list[str]]) -> Message:
    """Check what was sent in Twilio's order. Raises `ApiError`."""

    def first(name: str) -> str:
        return fields.get(name, [""])[0]

    to, sender, body, media_urls = first("To"), first("From"), first("Body"), fields.get("MediaUrl", [])
    if not to:
        raise ApiError(status=400, code=21604)
    if not sender:
        raise ApiError(status=400, code=21603)
    if not (body or media_urls or first("ContentSid")):
        raise ApiError(status=400, code=21619)
    if not _ADDRESS.fullmatch(to):
        raise ApiError(status=400, code=21211, detail=to)
    number = network.numbers.get(sender.removeprefix("whatsapp:"))
    if number is None or number.account_sid != account_sid or not sender.startswith("whatsapp:"):
        raise ApiError(status=400, code=63007)
    if len(body) > MAX_BODY:
        raise ApiError(status=400, code=21617)
    described = _template_text(first("ContentSid"), variables=first("ContentVariables")) if first("ContentSid") else ""
    now = time.time()
    message = Message(
        sid=new_sid("MM" if media_urls else "SM"),
        account_sid=account_sid,
        direction="outbound-api",
        number=number.number,
        user=to.removeprefix("whatsapp:"),
        created=now,
        body=body or described,
        media_urls=media_urls,
        content_sid=first("ContentSid"),
        status_callback=first("StatusCallback"),
    )
    message.advance(status="queued", at=now)
    return message


def _template_text(content_sid: str, *, variables: str) -> str:
    """What a template says with these variables, a JSON object of strings. Raises `ApiError`."""
    sample = next((sample for sample in TEMPLATES if sample.sid == content_sid), None)
    if sample is None:
        raise ApiError(status=400, code=21655)
    try:
        return sample.filled({name: value + "" for name, value in json.loads(variables or "{}").items()})
    except (ValueError, TypeError, AttributeError):
        raise ApiError(status=400, code=21656) from None


@operation("messages.list")
async def list_messages(request: Request) -> Response:
    account_sid = authenticate(request)
    network: Network = request.app.state.network
    query = request.query_params
    found = network.newest_first(account_sid=account_sid, to=query.get("To", ""), sender=query.get("From", ""))
    return JSONResponse(listing.page(found, query=dict(query), path=request.url.path))


@operation("messages.fetch")
async def fetch_message(request: Request) -> Response:
    account_sid = authenticate(request)
    return JSONResponse(message_resource(_find(request, request.path_params["sid"], account_sid=account_sid)))


@operation("account.fetch")
async def fetch_account(request: Request) -> Response:
    account_sid = authenticate(request)
    number = request.app.state.network.account_numbers(account_sid)[0]
    return JSONResponse(account_resource(number, at=datetime(2026, 1, 1, tzinfo=UTC)))


@operation("typing")
async def show_typing(request: Request) -> Response:
    account_sid = authenticate(request)
    fields = await form(request)
    if fields.get("channel") != ["whatsapp"]:
        raise ApiError(status=400, code=20001)
    message = _find(request, fields.get("messageId", [""])[0], account_sid=account_sid)
    request.app.state.network.show_typing(message)
    return JSONResponse({"success": True})


def _find(request: Request, sid: str, *, account_sid: str) -> Message:
    message: Message | None = request.app.state.network.messages.get(sid)
    if message is None or message.account_sid != account_sid:
        raise ApiError(status=404, code=20404, detail=request.url.path)
    return message


_ACCOUNT = "/2010-04-01/Accounts/{account_sid}"
routes = [
    Route(f"{_ACCOUNT}/Messages.json", create_message, methods=["POST"]),
    Route(f"{_ACCOUNT}/Messages.json", list_messages, methods=["GET"]),
    Route(f"{_ACCOUNT}/Messages/{{sid}}.json", fetch_message, methods=["GET"]),
    Route("/2010-04-01/Accounts/{account_sid}.json", fetch_account, methods=["GET"]),
    Route("/v2/Indicators/Typing.json", show_typing, methods=["POST"]),
]
