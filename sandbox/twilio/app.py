"""The application: Twilio's API, the control API and the phone over one `Network`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.changes import keep_saving
from sandbox.twilio import accounts, content, control, media, phone, rest, store
from sandbox.twilio.config import Config
from sandbox.twilio.network import Network
from sandbox.twilio.webhooks import Courier

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(config: Config, *, state: Path | None = None) -> Starlette:
    """`state`: the folder that keeps conversations between runs; without it they end with the process."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        network: Network = app.state.network
        app.state.courier = Courier(network)
        saving = None
        if state is not None:
            store.load(network, state)
            saving = asyncio.create_task(keep_saving(network, save=partial(store.save, network, state)))
        yield
        network.stop_tasks()
        if saving is not None and state is not None:
            saving.cancel()
            store.save(network, state)
        await app.state.courier.close()

    app = Starlette(
        routes=[*rest.routes, *accounts.routes, *content.routes, *media.routes, *control.routes, *phone.routes],
        exception_handlers={rest.ApiError: rest.refuse, control.ControlError: control.refuse},
        middleware=[Middleware(PageHeaders)],
        lifespan=lifespan,
    )
    app.state.network = Network(config)
    return app


class PageHeaders:
    """Adds the security headers of the phone's page to answers that have none of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
