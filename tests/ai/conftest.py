"""The stand-in for the providers on a true socket, and adapters that speak to it with the true SDKs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from bots.ai import build_adapter
from bots.ai.base import BaseAIAdapter
from bots.ai.parameters import forget_refusals
from sandbox.ai.app import build_app
from sandbox.ai.state import Fault, State

KEY = "sk-right"


class FarEnd:
    """The stand-in, in this process: told what to do and asked what it saw without a detour over HTTP."""

    def __init__(self) -> None:
        self.app = build_app()
        # asyncio turns Nagle's algorithm off only for a socket that says that it is TCP: 40 ms a request.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        self.port: int = listener.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_level="critical", access_log=False))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(5)

    def reset(self) -> None:
        self.app.state.sandbox = State(keys={KEY})

    @property
    def state(self) -> State:
        return self.app.state.sandbox

    @property
    def requests(self) -> list[dict[str, Any]]:
        return list(self.state.requests)

    def fails_with(self, mode: str, **details: Any) -> None:
        self.state.faults.append(Fault(mode=mode, **details))


@pytest.fixture(scope="session")
def running_far_end() -> Iterator[FarEnd]:
    far_end = FarEnd()
    yield far_end
    far_end.stop()


@pytest.fixture
def far_end(running_far_end: FarEnd) -> FarEnd:
    running_far_end.reset()
    forget_refusals()
    return running_far_end


@pytest.fixture
def connect(far_end: FarEnd) -> Callable[..., BaseAIAdapter]:
    """Build an adapter of a provider that speaks to the far end, which is on the operator's list of private hosts."""

    def build(provider: str, **changes: Any) -> BaseAIAdapter:
        settings: dict[str, Any] = {
            "api_key": KEY,
            "model": "echo-small",
            "base_url": f"http://127.0.0.1:{far_end.port}" + ("" if provider == "anthropic" else "/v1"),
            "max_tokens": 100,
            "temperature": 0.5,
            "timeout": 5.0,
            "private_hosts": [f"127.0.0.1:{far_end.port}"],
        }
        return build_adapter(provider=provider, **(settings | changes))

    return build
