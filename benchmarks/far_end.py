"""Both far ends in one cheap server: an AI that says the same after a while, a Twilio that takes everything.

`python -m benchmarks.far_end PORT`. It parses no more of HTTP than it must: what it costs is not to be seen in what is
measured. `FarEnd` starts it, and asks it when what came.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx2

from sandbox.procfile import PROJECT

#: Seconds. What takes this long has gone wrong.
_PATIENCE = 90.0
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "A croissant is 2.40 euro.", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 120, "completion_tokens": 8, "total_tokens": 128},
}


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message that Twilio took: when (`time.monotonic`, one clock for all processes), and how it is listed."""

    at: float
    listed: dict[str, Any]


@dataclass
class _State:
    """Delays in seconds, times of `time.monotonic`."""

    ai_delay: float = 0.0
    twilio_delay: float = 0.0
    asked: list[float] = field(default_factory=list)
    sent: list[_Sent] = field(default_factory=list)
    in_flight: int = 0
    #: (how many sends to whom somebody waits for, how to tell them); to "" is to anybody.
    waiting: list[tuple[int, str, Callable[[], None]]] = field(default_factory=list)

    def sent_to(self, to: str) -> list[_Sent]:
        return [one for one in self.sent if to in ("", one.listed["to"])]


class _Connection(asyncio.Protocol):
    def __init__(self, state: _State) -> None:
        self.state = state
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        _, named, after = head.lower().partition(b"content-length:")
        length = int(after.partition(b"\r\n")[0]) if named else 0
        if len(rest) >= length:
            self.buffer = rest[length:]
            method, address = head.decode().split(" ", 2)[:2]
            self._answer(method, address, rest[:length])

    def _answer(self, method: str, address: str, body: bytes) -> None:
        state, loop = self.state, asyncio.get_running_loop()
        path = urlsplit(address).path
        if path.endswith("/chat/completions"):
            state.asked.append(time.monotonic())
            state.in_flight += 1
            loop.call_later(state.ai_delay, self._said)
        elif path.endswith("/Messages.json") and method == "GET":
            self._list(dict(parse_qsl(urlsplit(address).query)))
        elif path.endswith("/Messages.json"):
            self._take(dict(parse_qsl(body.decode())))
        elif path == "/far-end/begin":
            asked = json.loads(body)
            state.ai_delay, state.twilio_delay = asked["ai"], asked["twilio"]
            state.asked, state.sent = [], []
            self._write({})
        elif path == "/far-end/wait":
            asked = json.loads(body)
            state.waiting.append((asked["sent"], asked["to"], lambda: self._write({})))
            self._tell()
        elif path == "/far-end/log":
            sent = state.sent_to(json.loads(body)["to"])
            self._write(
                {
                    "asked": state.asked,
                    "sent": [one.at for one in sent],
                    "recipients": len({one.listed["to"] for one in sent}),
                    "in_flight": state.in_flight,
                }
            )
        else:
            self._write({"success": True})

    def _take(self, form: dict[str, str]) -> None:
        """Take a message. https://www.twilio.com/docs/messaging/api/message-resource"""
        taken = {
            "sid": f"SM{uuid4().hex}",
            "status": "queued",
            "to": form["To"],
            "from": form["From"],
            "body": form.get("Body", ""),
            "num_media": "0",
            "num_segments": "1",
            "date_created": formatdate(),
        }
        self.state.sent.append(_Sent(time.monotonic(), taken))
        asyncio.get_running_loop().call_later(self.state.twilio_delay, self._write, taken)
        self._tell()

    def _list(self, wanted: dict[str, str]) -> None:
        """What was sent from one number to another, the latest first; all of a run is of one day."""
        found = [
            one.listed
            for one in reversed(self.state.sent_to(wanted.get("To", "")))
            if wanted.get("From", one.listed["from"]) == one.listed["from"]
        ]
        self._write({"messages": found, "next_page_uri": None})

    def _tell(self) -> None:
        state = self.state
        due = [one for one in state.waiting if len(state.sent_to(one[1])) >= one[0]]
        state.waiting = [one for one in state.waiting if one not in due]
        for _, _, tell in due:
            tell()

    def _said(self) -> None:
        self.state.in_flight -= 1
        self._write(ANSWER)

    def _write(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        self.transport.write(head.encode() + text)


async def _serve(port: int) -> None:
    state = _State()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(state), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


class FarEnd:
    """The running server, from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=url, trust_env=False, timeout=_PATIENCE)

    def begin(self, *, ai: float = 0.0, twilio: float = 0.0) -> None:
        """Forget what came, and from now on answer so many seconds late."""
        self._post("begin", {"ai": ai, "twilio": twilio})

    def wait(self, *, sent: int, to: str = "") -> None:
        """Until so many messages were sent, to this address only if one is given. Raises `TimeoutError` when they do
        not come."""
        try:
            self._post("wait", {"sent": sent, "to": to})
        except httpx2.TimeoutException:
            raise TimeoutError(f"{len(self.log(to=to)['sent'])} of {sent} replies after {_PATIENCE:.0f} s") from None

    def log(self, *, to: str = "") -> dict[str, Any]:
        """{"asked": [times], "sent": [times], "recipients": to how many different ones, "in_flight": AI calls that wait
        for their answer now}. Times are of `time.monotonic`; what was sent, only to this address if one is given."""
        return self._post("log", {"to": to})

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post(f"/far-end/{path}", json=body).raise_for_status().json()
        return answer


@contextmanager
def running(port: int) -> Iterator[FarEnd]:
    """Serve on 127.0.0.1, in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.far_end", str(port)], cwd=PROJECT)
    far_end = FarEnd(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                far_end.begin()
                break
            except httpx2.ConnectError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.02)
        yield far_end
    finally:
        far_end.http.close()
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
