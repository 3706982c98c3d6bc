"""How the stand-in misbehaves when it is told to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import Any, NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

#: What each operation can be made to do. Callbacks are ours to send: they can only come late or not at all.
MODES = {
    "messages.create": {"delay", "status", "hang", "drop", "accept_and_hang", "accept_and_status", "accept_and_garble"},
    "messages.list": {"delay", "status", "hang", "drop"},
    "account.fetch": {"delay", "status", "hang", "drop"},
    "numbers.list": {"delay", "status", "hang", "drop"},
    "senders.list": {"delay", "status", "hang", "drop"},
    "senders.fetch": {"delay", "status", "hang", "drop"},
    "content.list": {"delay", "status", "hang", "drop"},
    "senders.update": {"delay", "status", "hang", "drop"},
    "typing": {"delay", "status", "hang", "drop"},
    # Meta's.
    "me": {"delay", "status", "hang", "drop"},
    "account.update": {"delay", "status", "hang", "drop"},
    "subscribed_apps": {"delay", "status", "hang", "drop"},
    "media": {"delay", "status", "hang", "drop"},
    "media.create": {"delay", "status", "hang", "drop"},
    "callbacks": {"delay", "drop"},
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One way to fail.

    `delay`: answer after `seconds`. `status`: refuse with HTTP `status` (and Twilio's error `code`, `retry_after`
    seconds in Retry-After). `hang`: nothing is done and no answer comes; `drop`: the connection is cut instead.
    `accept_and_hang`: the message is taken and reaches the phone, but no answer comes; `accept_and_status`: the answer
    lies; `accept_and_garble`: the answer is `body`, which tells nothing. Hanging ends after `seconds`, or never.
    `times`: how many requests it strikes; None: all. A `name` replaces the fault of that name.
    """

    on: str
    mode: str
    status: int = 500
    code: int | None = None
    retry_after: int | None = None
    seconds: float | None = None
    body: str = "{}"
    times: int | None = None
    name: str = ""


class Faults:
    """The faults in force. The oldest that fits a request strikes it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, raw: Any) -> Fault:
        """Raises `ValueError` with a sentence when `raw` is no fault."""
        known = {spec.name for spec in fields(Fault)}
        if not isinstance(raw, dict) or set(raw) - known:
            raise ValueError(f"A fault has only these keys: {', '.join(sorted(known))}.")
        if raw.get("on") not in MODES:
            raise ValueError(f"on is one of: {', '.join(sorted(MODES))}.")
        if raw.get("mode") not in MODES[raw["on"]]:
            raise ValueError(f"mode of {raw['on']} is one of: {', '.join(sorted(MODES[raw['on']]))}.")
        fault = Fault(**raw)
        if fault.name:
            self.remove(fault.name)
        self._faults.append(fault)
        return fault

    def remove(self, name: str) -> None:
        self._faults = [fault for fault in self._faults if fault.name != name]

    def clear(self) -> None:
        self._faults = []

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def take(self, operation: str) -> Fault | None:
        """The fault that strikes this request, counted down."""
        for fault in self._faults:
            if fault.on == operation:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None


async def hang(request: Request, *, seconds: float | None, closing: asyncio.Event) -> Response:
    """Say nothing until the caller gives up, `seconds` are over or the server stops; then cut the connection."""
    waits = {asyncio.ensure_future(_caller_gone(request)), asyncio.ensure_future(closing.wait())}
    _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await drop(request)


async def drop(request: Request) -> NoReturn:
    """Cut the connection without an answer."""
    request.scope["sandbox.cut"]()
    await _caller_gone(request)
    raise HTTPException(500)  # goes nowhere: the connection is closed


async def _caller_gone(request: Request) -> None:
    with suppress(ClientDisconnect):
        await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        pass
