"""What changes in a stand-in's network: told to the page that shows it by server-sent events, and kept between runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

#: Seconds between two signs of life.
HEARTBEAT = 10.0
#: Seconds from a change until it is saved, with all that changed meanwhile.
SAVES_AFTER = 1.0

Change = dict[str, Any]


class Network(Protocol):
    """Puts each change (its `event`, and what belongs to that) into the queue of every listener, until it closes."""

    listeners: set[asyncio.Queue[Change]]
    closing: asyncio.Event


def streamed(request: Request, *, network: Network, view: Callable[[Change], Change]) -> Response:
    """`view`: a change as the page is told of it."""
    content = _events(request, network=network, view=view)
    return StreamingResponse(content, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(request: Request, *, network: Network, view: Callable[[Change], Change]) -> AsyncIterator[str]:
    queue: asyncio.Queue[Change] = asyncio.Queue()
    network.listeners.add(queue)
    try:
        yield "retry: 1000\n\n"
        while not network.closing.is_set() and not await request.is_disconnected():
            try:
                change = await asyncio.wait_for(queue.get(), timeout=HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            yield f"event: {change['event']}\ndata: {json.dumps(view(change))}\n\n"
    finally:
        network.listeners.discard(queue)


async def keep_saving(network: Network, *, save: Callable[[], None]) -> None:
    """Save soon after each change, for as long as the server runs."""
    changes: asyncio.Queue[Change] = asyncio.Queue()
    network.listeners.add(changes)
    while True:
        await changes.get()
        await asyncio.sleep(SAVES_AFTER)
        while not changes.empty():
            changes.get_nowait()
        save()
