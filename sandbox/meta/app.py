"""The application: the Graph API, the control API and the phone over one `Network`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from sandbox.meta import accounts, control, media, phone, rest
from sandbox.meta.network import Network, Number
from sandbox.meta.webhooks import Courier
from sandbox.twilio.app import PageHeaders
from sandbox.twilio.config import User
from sandbox.twilio.control import ControlError
from sandbox.twilio.control import refuse as refuse_control


def create_app(numbers: list[Number], users: Sequence[User] = ()) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.courier = Courier()
        yield
        app.state.network.stop_tasks()
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
