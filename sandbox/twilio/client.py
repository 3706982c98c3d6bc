"""The stand-in for those who drive it: started inside the process for tests, and its control API as methods."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any, Self

import httpx2

from sandbox.twilio.config import parse_config
from sandbox.twilio.server import Server, listen, make_server

_STARTING = 10.0


class Phone:
    """The control API of a running stand-in. `url` has no slash at its end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx2.Client(base_url=url, trust_env=False, timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, *, user: str, number: str, body: str = "", **more: Any) -> dict[str, Any]:
        """A user writes; returns {"sid", "answers"}. `more`: see `sandbox.twilio.control.send`."""
        return self._post("/sandbox/send", {"from": user, "to": number, "body": body, **more})

    def messages(self, *, number: str = "", user: str = "") -> list[dict[str, Any]]:
        """Messages both ways, oldest first."""
        found: list[dict[str, Any]] = self._get_log(number=number, user=user)["messages"]
        return found

    def typing(self, *, number: str = "", user: str = "") -> list[dict[str, Any]]:
        """Typing indicators that were shown: {"message_sid", "at"}."""
        found: list[dict[str, Any]] = self._get_log(number=number, user=user)["typing"]
        return found

    def replies(self, *, number: str, user: str) -> list[dict[str, Any]]:
        """What the business wrote to the user, oldest first."""
        return [m for m in self.messages(number=number, user=user) if m["direction"] == "outbound-api"]

    def wait_for_replies(
        self,
        *,
        number: str,
        user: str,
        count: int = 1,
        timeout: float = 60.0,
    ) -> list[dict[str, Any]]:
        """The replies once there are `count`. Raises `TimeoutError` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.replies(number=number, user=user)
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} of {count} replies after {timeout:g} s")
            time.sleep(0.05)

    def fault(self, *, on: str, mode: str, **more: Any) -> None:
        """Misbehave from now on; see `sandbox.twilio.faults.Fault`."""
        self._post("/sandbox/faults", {"on": on, "mode": mode, **more})

    def clear_faults(self) -> None:
        self._http.delete("/sandbox/faults").raise_for_status()

    def requests(self) -> dict[str, Any]:
        """{"calls": {operation: count}, "answers": {operation: {status: count}}} of Twilio's REST API."""
        counted: dict[str, Any] = self._http.get("/sandbox/requests").raise_for_status().json()
        return counted

    def add_number(self, **number: str) -> None:
        """A new number, or a new setting of one: the keys of `sandbox.twilio.config.Number`."""
        self._post("/sandbox/numbers", number)

    def reset(self) -> None:
        self._post("/sandbox/reset", {})

    def _get_log(self, **query: str) -> dict[str, Any]:
        wanted = {name: value for name, value in query.items() if value}
        log: dict[str, Any] = self._http.get("/sandbox/messages", params=wanted).raise_for_status().json()
        return log

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self._http.post(path, json=body)
        if response.is_error:
            raise ValueError(response.text)
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def running(config: dict[str, Any], *, port: int = 0, state: Path | None = None) -> Iterator[Phone]:
    """Serve `config` (as in the configuration file) on 127.0.0.1 in a thread of this process, for as long as needed."""
    bound = listen(host="127.0.0.1", port=port)
    with (
        serving(make_server(parse_config(config), state=state), bound=bound),
        Phone(f"http://127.0.0.1:{bound.getsockname()[1]}") as phone,
    ):
        yield phone


@contextmanager
def serving(server: Server, *, bound: socket) -> Iterator[None]:
    """Run the server in a thread of this process."""
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + _STARTING
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("The stand-in did not start.")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=_STARTING)
