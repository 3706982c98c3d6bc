"""The application: the Graph API, the control API and the phone over one `Network`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware

from sandbox.changes import keep_saving
from sandbox.meta import accounts, control, media, phone, rest, store
from sandbox.meta.network import Network, Number
from sandbox.meta.webhooks import Courier
from sandbox.twilio.app import PageHeaders
from sandbox.twilio.config import User
from sandbox.twilio.control import ControlError
from sandbox.twilio.control import refuse as refuse_control


def create_app(numbers: list[Number], users: Sequence[User] = (), *, state: Path | None = None) -> Starlette:
    """`state`: the folder that keeps chats between runs; without it they end with the process."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        network: Network = app.state.network
        app.state.courier = Courier()
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
        # The control API and the phone come first: /sandbox/... would be a number of the Graph API otherwise.
        routes=[*control.routes, *phone.routes, *media.routes, *accounts.routes, *rest.routes],
        exception_handlers={rest.GraphError: rest.refuse, ControlError: refuse_control},
        middleware=[Middleware(PageHeaders)],
        lifespan=lifespan,
    )
    app.state.network = Network(numbers, users)
    return app
