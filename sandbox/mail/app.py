"""The mailbox on the web."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sandbox.mail import pages, smtp
from sandbox.mail.store import Mail, Mailbox

#: Mails are somebody else's HTML: nothing in them runs or is fetched.
GUARDED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
#: Mail programs know no style sheets but inline ones.
MAIL = {**GUARDED, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"}


def create_app(mailbox: Mailbox, *, smtp_port: int) -> Starlette:
    """The pages, with the SMTP server beside them for as long as they are served."""

    @asynccontextmanager
    async def with_smtp(app: Starlette) -> AsyncIterator[None]:
        server = await smtp.serve(mailbox.keep, port=smtp_port)
        try:
            yield
        finally:
            server.close()

    def index(request: Request) -> Response:
        return HTMLResponse(pages.list_of(mailbox.newest_first()), headers=GUARDED)

    def mail(request: Request) -> Response:
        return HTMLResponse(pages.one(_found(request)), headers=GUARDED)

    def as_html(request: Request) -> Response:
        return HTMLResponse(_found(request).html, headers=MAIL)

    def style(request: Request) -> Response:
        return FileResponse(pages.HERE / "mail.css")

    def _found(request: Request) -> Mail:
        found = mailbox.get(request.path_params["number"])
        if found is None:
            raise HTTPException(404, "There is no such mail.")
        return found

    return Starlette(
        routes=[
            Route("/", index),
            Route("/mail.css", style),
            Route("/mails/{number:int}", mail),
            Route("/mails/{number:int}/html", as_html),
        ],
        lifespan=with_smtp,
    )
