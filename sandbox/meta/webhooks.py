"""Requests that Meta sends to the application, signed over their bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import httpx2

from sandbox.meta.messages import Message
from sandbox.meta.network import Network, Number

Signature = Literal["valid", "wrong", "missing"]
_PATIENCE = 20.0


def sign(*, body: bytes, app_secret: str) -> str:
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def payload(*values: dict[str, Any]) -> dict[str, Any]:
    """One post of so many changes."""
    changes = [{"field": "messages", "value": value} for value in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


def message_value(number: Number, *, user: str, name: str, message: dict[str, Any]) -> dict[str, Any]:
    """A change that holds one message of `user`: a number in E.164, or a user id."""
    phone = user.removeprefix("+") if user.startswith("+") else ""
    who = {"from": phone} if phone else {"from_user_id": user}
    contact = {"profile": {"name": name}, **({"wa_id": phone} if phone else {"user_id": user})}
    stamped = {**who, "timestamp": str(int(time.time())), **message}
    return {**_about(number), "contacts": [contact], "messages": [stamped]}


def status_value(number: Number, message: Message, *, status: str) -> dict[str, Any]:
    """A change that holds one status of a message that the business sent."""
    report = {
        "id": message.sid,
        "status": status,
        "timestamp": str(int(time.time())),
        "recipient_id": message.user.removeprefix("+"),
        **({"biz_opaque_callback_data": message.callback} if message.callback else {}),
    }
    return {**_about(number), "statuses": [report]}


def _about(number: Number) -> dict[str, Any]:
    metadata = {"display_phone_number": number.display, "phone_number_id": number.phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata}


class Courier:
    """Posts to applications through one pool of connections. Without Meta's retries, which go on for days."""

    def __init__(self) -> None:
        self._client = httpx2.AsyncClient(trust_env=False, timeout=_PATIENCE)

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, number: Number, content: Any, *, signature: Signature = "valid") -> dict[str, Any]:
        """What the application answered: {"status", "body", "error"}; status 0 when it did not."""
        if not number.webhook_url:
            return {"status": 0, "body": "", "error": "no webhook is set for this number"}
        body = json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        if signature != "missing":
            secret = number.app_secret if signature == "valid" else f"not {number.app_secret}"
            headers["X-Hub-Signature-256"] = sign(body=body, app_secret=secret)
        url, behind_proxy = _route(number, number.webhook_url)
        try:
            response = await self._client.post(url, content=body, headers=headers | behind_proxy)
        except httpx2.HTTPError as error:
            return {"status": 0, "body": "", "error": type(error).__name__}
        return {"status": response.status_code, "body": response.text[:2000], "error": ""}

    async def verify(self, number: Number, *, url: str, verify_token: str) -> bool:
        """Ask a new webhook address whether it knows the verify token, as Meta does before it takes it."""
        challenge = secrets.token_hex(8)
        asked = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        connect_to, headers = _route(number, url)
        try:
            answer = await self._client.get(connect_to, params=asked, headers=headers)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200 and answer.text == challenge  # noqa: PLR2004


def _route(number: Number, public_url: str) -> tuple[str, dict[str, str]]:
    """Where to connect for a public address, and what a proxy in front of the application would tell it."""
    if not number.deliver_to:
        return public_url, {}
    public, inside = urlsplit(public_url), urlsplit(number.deliver_to)
    connect_to = urlunsplit(public._replace(scheme=inside.scheme, netloc=inside.netloc))
    return connect_to, {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}


async def report(network: Network, courier: Courier, message: Message) -> None:
    """Tell the application that its message went out and arrived, unless a fault keeps that back."""
    number = network.numbers[message.number]
    for status in ("sent", "delivered"):
        if (fault := network.faults.take("callbacks")) is not None and fault.mode == "drop":
            continue
        await courier.post(number, payload(status_value(number, message, status=status)))
        if not message.read:
            network.change(message, status=status)
