"""The application: the Graph API and the control API over one `Network`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from sandbox.meta import accounts, control, media, rest
from sandbox.meta.network import Network, Number
from sandbox.meta.webhooks import Courier
from sandbox.twilio.control import ControlError
from sandbox.twilio.control import refuse as refuse_control


def create_app(numbers: list[Number]) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.courier = Courier()
        yield
        app.state.network.stop_tasks()
        await app.state.courier.close()

    app = Starlette(
        # The control API comes first: /sandbox/... would be a number of the Graph API otherwise.
        routes=[*control.routes, *media.routes, *accounts.routes, *rest.routes],
        exception_handlers={rest.GraphError: rest.refuse, ControlError: refuse_control},
        lifespan=lifespan,
    )
    app.state.network = Network(numbers)
    return app
