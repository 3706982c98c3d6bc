"""The part of the Graph API about an account's own things: the token, the number, and where messages are posted.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/webhooks/override
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.meta.contents import as_meta_has_it
from sandbox.meta.network import Network, Number
from sandbox.meta.rest import GraphError, operation
from sandbox.templates import TEMPLATES


async def get_me(request: Request) -> Response:
    return await operation(request, name="me", act=_show_me, content={})


async def get_number(request: Request) -> Response:
    return await operation(request, name="account.fetch", act=_describe, content={})


async def post_number(request: Request) -> Response:
    return await operation(request, name="account.update", act=_set_webhook, content=await _content(request))


async def subscribe(request: Request) -> Response:
    return await operation(request, name="subscribed_apps", act=_subscribe, content={})


async def _content(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(await request.body())
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {}


def _show_me(request: Request, number: Number, _content: dict[str, Any]) -> Response:
    proof = request.query_params.get("appsecret_proof", number.app_secret_proof)
    if not hmac.compare_digest(proof.encode(), number.app_secret_proof.encode()):
        raise GraphError("Invalid appsecret_proof provided in the API argument", status=400, code=100)
    return JSONResponse({"id": "122100000000000001"})


def _describe(request: Request, number: Number, _content: dict[str, Any]) -> Response:
    known = {
        "id": number.phone_number_id,
        "display_phone_number": f"+{number.display}",
        "verified_name": number.name,
        "status": number.status,
        "webhook_configuration": {"phone_number": number.webhook_url} if number.webhook_url else {},
    }
    wanted = request.query_params.get("fields", "id").split(",")
    return JSONResponse({name: value for name, value in known.items() if name in {"id", *wanted}})


async def _set_webhook(request: Request, number: Number, content: dict[str, Any]) -> Response:
    """The new address is asked for the verify token first."""
    wanted = content.get("webhook_configuration")
    if not isinstance(wanted, dict) or not wanted.get("override_callback_uri"):
        raise GraphError("(#100) Invalid parameter", status=400, code=100)
    url, token = str(wanted["override_callback_uri"]), str(wanted.get("verify_token", ""))
    if not await request.app.state.courier.verify(number, url=url, verify_token=token):
        raise GraphError("(#2200) Callback verification failed", status=400, code=2200)
    network: Network = request.app.state.network
    network.set_webhook(number, url)
    return JSONResponse({"success": True})


async def list_templates(request: Request) -> Response:
    return await operation(request, name="content.list", act=_templates, content={})


def _templates(_request: Request, _number: Number, _content: dict[str, Any]) -> Response:
    return JSONResponse({"data": [as_meta_has_it(sample) for sample in TEMPLATES], "paging": {}})


def _subscribe(_request: Request, _number: Number, _content: dict[str, Any]) -> Response:
    return JSONResponse({"success": True})


_ENDPOINTS: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
    ("/{version}/me", get_me, "GET"),
    ("/{version}/{business_account}/subscribed_apps", subscribe, "POST"),
    ("/{version}/{business_account}/message_templates", list_templates, "GET"),
    ("/{version}/{phone_number_id}", get_number, "GET"),
    ("/{version}/{phone_number_id}", post_number, "POST"),
]
routes = [Route(path, endpoint, methods=[method]) for path, endpoint, method in _ENDPOINTS]
