"""The part of the Graph API that a WhatsApp bot needs to talk: messages, read and typing.

Codes and sentences are those of https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.meta.contents import what_is_sent
from sandbox.meta.network import Network, Number
from sandbox.meta.webhooks import report
from sandbox.twilio.faults import drop, hang

MAX_BODY = 4096
_PHONE = re.compile(r"\+?[1-9]\d{6,14}")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9._-]{1,137}")

Act = Callable[[Request, Number, dict[str, Any]], Response | Awaitable[Response]]


class GraphError(Exception):
    """A refusal with Meta's code."""

    def __init__(self, message: str, *, status: int, code: int | None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


async def refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, GraphError)
    said = {"message": str(error), "type": "OAuthException", "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam"}
    if error.code is not None:
        said["code"] = error.code  # type: ignore[assignment]
    return JSONResponse({"error": said}, status_code=error.status)


async def post_messages(request: Request) -> Response:
    """Send a text, or mark a message as read and show "typing"."""
    try:
        content = json.loads(await request.body())
    except ValueError:
        content = {}
    if content.get("status") == "read":
        return await operation(request, name="typing", act=_show_typing, content=content)
    return await operation(request, name="messages.create", act=_send, content=content)


async def operation(request: Request, *, name: str, act: Act, content: dict[str, Any]) -> Response:
    """Count the call, and let the fault set for it strike."""
    network: Network = request.app.state.network
    network.calls[name] += 1
    try:
        response = await _struck(request, name=name, act=act, content=content)
    except GraphError as error:
        network.answers[name, error.status] += 1
        raise
    network.answers[name, response.status_code] += 1
    return response


async def _struck(request: Request, *, name: str, act: Act, content: dict[str, Any]) -> Response:
    network: Network = request.app.state.network
    fault = network.faults.take(name)
    if fault is not None and fault.mode == "drop":
        await drop(request)
    if fault is None or fault.mode == "delay" or fault.mode.startswith("accept_"):
        await asyncio.sleep((fault and fault.mode == "delay" and fault.seconds) or 0)
        done = act(request, _authenticated(request), content)
        response = await done if isawaitable(done) else done
        if fault is None or fault.mode == "delay":
            return response
    if fault.mode.endswith("hang"):
        return await hang(request, seconds=fault.seconds, closing=network.closing)
    if fault.mode.endswith("garble"):
        return Response(fault.body, media_type="application/json")
    raise GraphError("Told to fail", status=fault.status, code=fault.code)


def _authenticated(request: Request) -> Number:
    """The number of the address, if the token is its own; else the token's first. Raises `GraphError`."""
    network: Network = request.app.state.network
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    theirs = [
        known for known in network.numbers.values() if hmac.compare_digest(known.access_token.encode(), token.encode())
    ]
    if not theirs:
        raise GraphError("Invalid OAuth access token", status=401, code=190)
    wanted = request.path_params
    number = network.numbers.get(wanted["phone_number_id"]) if "phone_number_id" in wanted else theirs[0]
    if number not in theirs or wanted.get("business_account", number.business_account) != number.business_account:
        raise GraphError("Object does not exist, or permissions are missing", status=400, code=100)
    return number


def _send(request: Request, number: Number, content: dict[str, Any]) -> Response:
    network: Network = request.app.state.network
    to, recipient = content.get("to", ""), content.get("recipient", "")
    said = what_is_sent(network, content)
    if content.get("messaging_product") != "whatsapp" or said is None:
        raise GraphError("(#100) Invalid parameter", status=400, code=100)
    if not (_PHONE.fullmatch(to) or (not to and _USER_ID.fullmatch(recipient))):
        raise GraphError("(#131009) Parameter value is not valid", status=400, code=131009)
    if len(said["body"]) > MAX_BODY:
        raise GraphError("(#100) Param text['body'] must be at most 4096 characters long.", status=400, code=100)
    message = network.add(
        direction="outbound-api",
        number=number.phone_number_id,
        user=f"+{to.removeprefix('+')}" if to else recipient,
        callback=content.get("biz_opaque_callback_data", ""),
        quoted=content.get("context", {}).get("message_id", ""),
        **said,
    )
    network.spawn(report(network, request.app.state.courier, message))
    contact = {"input": to, "wa_id": to.removeprefix("+")} if to else {"input": recipient, "user_id": recipient}
    return JSONResponse({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.sid}]})


def _show_typing(request: Request, number: Number, content: dict[str, Any]) -> Response:
    network: Network = request.app.state.network
    message = network.messages.get(content.get("message_id", ""))
    if message is None or message.number != number.phone_number_id:
        raise GraphError("(#100) Invalid parameter", status=400, code=100)
    network.mark_read(message, typing=content.get("typing_indicator") == {"type": "text"})
    return JSONResponse({"success": True})


_ENDPOINTS: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
    ("/{version}/{phone_number_id}/messages", post_messages, "POST"),
]
routes = [Route(path, endpoint, methods=[method]) for path, endpoint, method in _ENDPOINTS]
