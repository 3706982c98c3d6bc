"""What can go wrong at the far end, on purpose.

status      an error: `status`, `code`, `message`, `param`, `retry_after`, `headers`; or `body` word for word
delay       the true answer, `seconds` late, with `headers`
hang        nothing at all for `seconds`
trickle     the headers at once, then a blank every 50 ms for `seconds`, then the true answer
malformed   200, and a body that breaks off in the middle of its JSON (or `body`)
close       200, and the connection ends before the body does
oversize    200, and 16 MB of blanks before the answer
redirect    307 to `/sandbox/elsewhere`
slow        the true answer, its pieces `seconds` apart: a stream word by word
midway      in a stream: the first words, then an error event with `code` and `message`
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sandbox.ai.dialects import Dialect
from sandbox.ai.state import Fault

MODES = ("status", "delay", "hang", "trickle", "malformed", "close", "oversize", "redirect", "slow", "midway")
EVENT_STREAM = "text/event-stream"
TRICKLE_EVERY = 0.05
BLANKS = b" " * 64 * 1024
OVERSIZE_CHUNKS = 256


class CutOff(Response):
    """Promises a longer body than it sends, upon which the server drops the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", (self.media_type or "").encode()), (b"content-length", b"100000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


async def misbehave(
    fault: Fault, *, request: Request, answer: Callable[[], list[bytes]], media_type: str, dialect: Dialect
) -> Response:
    """The faulty response in place of the true one, whose body is `answer()` in pieces."""
    match fault.mode:
        case "status" | "redirect":
            return error_response(fault, dialect=dialect)
        case "malformed":
            return Response(fault.body or '{"choices": [{"mess', media_type=media_type)
        case "close":
            whole = b"".join(answer())
            return CutOff(whole[: len(whole) // 2], media_type=media_type)
        case "delay" | "hang":
            await wait_unless_left(request, seconds=fault.seconds)
            return Response(b"".join(answer()), headers=fault.headers, media_type=media_type)
        case "trickle" | "oversize" | "slow":
            return StreamingResponse(drawn_out(fault, answer=answer(), media_type=media_type), media_type=media_type)
        case _:
            events = answer()
            event = dialect.error_event(message=fault.message or "The stream broke.", code=fault.code)
            return Response(b"".join(events[: len(events) // 2]) + event.encode(), media_type=media_type)


def error_response(fault: Fault, *, dialect: Dialect) -> Response:
    if fault.mode == "redirect":
        return Response(status_code=307, headers={"location": "/sandbox/elsewhere", **fault.headers})
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    if fault.body is not None:
        return Response(fault.body, status_code=fault.status, headers=headers, media_type="application/json")
    message = fault.message or f"The sandbox was told to answer {fault.status}."
    body = dialect.error(status=fault.status, message=message, code=fault.code, param=fault.param)
    return JSONResponse(body, status_code=fault.status, headers=headers)


async def wait_unless_left(request: Request, *, seconds: float) -> None:
    """Wait, but not for a client that has gone: hundreds of hanging calls then cost a parked task each."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    leaving = asyncio.create_task(left())
    await asyncio.wait({leaving}, timeout=seconds)
    leaving.cancel()


def drawn_out(fault: Fault, *, answer: list[bytes], media_type: str) -> AsyncIterator[bytes]:
    """The true answer, and what comes before or between its pieces."""
    match fault.mode:
        case "slow":
            return one_by_one(answer, seconds=fault.seconds)
        case "oversize":
            return followed_by(swollen(), answer=answer)
        case _:
            blank = b": wait\n\n" if media_type == EVENT_STREAM else b" "
            return followed_by(trickled(blank, seconds=fault.seconds), answer=answer)


async def one_by_one(pieces: list[bytes], *, seconds: float) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(seconds)


async def trickled(blank: bytes, *, seconds: float) -> AsyncIterator[bytes]:
    for _ in range(int(seconds / TRICKLE_EVERY)):
        yield blank
        await asyncio.sleep(TRICKLE_EVERY)


async def swollen() -> AsyncIterator[bytes]:
    for _ in range(OVERSIZE_CHUNKS):
        yield BLANKS


async def followed_by(blanks: AsyncIterator[bytes], *, answer: list[bytes]) -> AsyncIterator[bytes]:
    async for blank in blanks:
        yield blank
    for piece in answer:
        yield piece
