"""The HTTP server under the application: uvicorn that can cut a connection, and that stops without waiting."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.twilio.app import create_app
from sandbox.twilio.config import Config

_BACKLOG = 512


class _CuttableProtocol(H11Protocol):
    """Hands the application a way to close its connection without an answer: `scope["sandbox.cut"]()`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app = self.app

        async def with_cut(scope: Scope, receive: Receive, send: Send) -> None:
            scope["sandbox.cut"] = self.transport.abort
            await app(scope, receive, send)

        self.app = with_cut


class Server(uvicorn.Server):
    """Ends open streams and hanging answers as soon as it is told to stop."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.network.closing.set()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def listen(*, host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises `OSError` when the port is taken."""
    bound = socket.create_server((host, port), backlog=_BACKLOG)
    bound.setblocking(False)
    return bound


def make_server(config: Config, *, state: Path | None = None) -> Server:
    return server_of(create_app(config, state=state))


def server_of(app: Starlette) -> Server:
    """`app.state.network.closing` is an event that is set when the server stops."""
    return Server(
        uvicorn.Config(
            app,
            http=_CuttableProtocol,
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
            backlog=_BACKLOG,
        )
    )
