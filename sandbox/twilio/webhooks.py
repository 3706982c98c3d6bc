"""Requests that Twilio sends to the application: signed, retried as the address asks, and kept for the phone to show.

Sources: Twilio's "Webhooks security" (signature) and "Webhooks: connection overrides" (the fragment) pages.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx2

from sandbox.twilio.config import Number
from sandbox.twilio.messages import Answer, new_sid
from sandbox.twilio.network import Network

Signature = Literal["valid", "wrong", "missing"]
_RETRY_PAUSE = 0.1
_KEPT_BODY = 500
_FETCH_PATIENCE = 15.0


def sign(*, url: str, fields: dict[str, str], auth_token: str) -> str:
    """The X-Twilio-Signature of a form post: base64 of HMAC-SHA1 over the URL and the sorted names and values."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """How patient Twilio is: `rc` retries on the failures in `rp`; seconds to connect, to read and in all."""

    rc: int = 1
    rp: frozenset[str] = frozenset({"ct"})
    ct: float = 5.0
    rt: float = 15.0
    tt: float = 15.0

    @classmethod
    def from_fragment(cls, fragment: str) -> Overrides:
        """Read `rc=5&rp=all&rt=2000` (milliseconds). What is not understood keeps its default."""
        values = dict(parse_qsl(fragment))
        times = {name: int(values[name]) / 1000 for name in ("ct", "rt", "tt") if values.get(name, "").isdigit()}
        rc = min(int(values["rc"]), 5) if values.get("rc", "").isdigit() else 1
        return cls(rc=rc, rp=frozenset(values.get("rp", "ct").split(",")), **times)

    def retries(self, failure: str) -> bool:
        return failure in self.rp or "all" in self.rp


class Courier:
    """Posts to applications through one pool of connections."""

    def __init__(self, network: Network) -> None:
        self._network = network
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=50)
        self._client = httpx2.AsyncClient(trust_env=False, limits=limits)

    async def close(self) -> None:
        await self._client.aclose()

    async def post(
        self,
        *,
        number: Number,
        url: str,
        fields: dict[str, str],
        kind: str,
        signature: Signature = "valid",
    ) -> list[Answer]:
        """Deliver one event, with retries; every attempt's answer is returned, the last one last."""
        target = urlsplit(url)
        overrides = Overrides.from_fragment(target.fragment)
        public = urlunsplit(target._replace(fragment=""))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": _idempotency_token(),
        }
        if signature != "missing":
            token = number.auth_token if signature == "valid" else f"not {number.auth_token}"
            headers["X-Twilio-Signature"] = sign(url=public, fields=fields, auth_token=token)
        connect_to, behind_proxy = self._route(number, public)
        content = urlencode(fields).encode()
        answers: list[Answer] = []
        deadline = time.monotonic() + overrides.tt
        for attempt in range(1, overrides.rc + 2):
            answer, failure = await self._attempt(
                url=connect_to, headers=headers | behind_proxy, content=content, overrides=overrides, deadline=deadline
            )
            answer.attempt = attempt
            answers.append(answer)
            self._record(number=number, kind=kind, fields=fields, answer=answer)
            if not failure or not overrides.retries(failure) or time.monotonic() + _RETRY_PAUSE >= deadline:
                break
            await asyncio.sleep(_RETRY_PAUSE)
        return answers

    async def fetch(self, *, number: Number, url: str) -> httpx2.Response | None:
        """A file that a business sends by its address, as WhatsApp gets it; None where it could not be had."""
        connect_to, behind_proxy = self._route(number, url)
        try:
            response = await self._client.get(connect_to, headers=behind_proxy, timeout=_FETCH_PATIENCE)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return None
        return response if response.status_code == 200 else None  # noqa: PLR2004

    def _route(self, number: Number, public: str) -> tuple[str, dict[str, str]]:
        """Where to connect for a public address, and what a proxy in front of the application would tell it."""
        target, webhook = urlsplit(public), urlsplit(number.webhook_url)
        if not number.deliver_to or (target.scheme, target.netloc) != (webhook.scheme, webhook.netloc):
            return public, {}
        inside = urlsplit(number.deliver_to)
        connect_to = urlunsplit(target._replace(scheme=inside.scheme, netloc=inside.netloc))
        return connect_to, {"Host": target.netloc, "X-Forwarded-Proto": target.scheme}

    async def _attempt(
        self, *, url: str, headers: dict[str, str], content: bytes, overrides: Overrides, deadline: float
    ) -> tuple[Answer, str]:
        """One request: its answer, and Twilio's word for what failed ("" when nothing did)."""
        started = time.monotonic()
        left = max(deadline - started, 0.05)
        patience = httpx2.Timeout(min(overrides.rt, left), connect=min(overrides.ct, left))
        try:
            response = await self._client.post(url, content=content, headers=headers, timeout=patience)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            connecting = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            answer = Answer(status=0, error=_in_words(error), ms=_since(started))
            return answer, "ct" if connecting else "rt"
        body = response.content[:_KEPT_BODY].decode(errors="replace")
        answer = Answer(status=response.status_code, body=body, ms=_since(started))
        family = response.status_code // 100
        return answer, f"{family}xx" if family in (4, 5) else ""

    def _record(self, *, number: Number, kind: str, fields: dict[str, str], answer: Answer) -> None:
        delivery: dict[str, Any] = asdict(answer) | {
            "id": new_sid("NO"),
            "at": time.time(),
            "kind": kind,
            "number": number.number,
            "business": number.name,
            "fields": fields,
        }
        self._network.deliveries.append(delivery)
        self._network.publish("webhook", delivery=delivery)


def _idempotency_token() -> str:
    digits = new_sid("")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _in_words(error: Exception) -> str:
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return "could not connect"
    if isinstance(error, httpx2.TimeoutException):
        return "timed out"
    return "broke off without an answer"
