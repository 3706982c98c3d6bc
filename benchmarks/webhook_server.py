"""Webhooks a second under the Procfile's server, at 32 connections, against the floor under the same server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2

from benchmarks import messages
from benchmarks.figures import compare
from benchmarks.ground import Ground, free_port
from benchmarks.table import Row
from sandbox.procfile import commands

CONNECTIONS = 32
CONTACTS = 200
#: Requests of one run; two to three seconds of ours.
REQUESTS, FLOOR_REQUESTS, TURNS = 1200, 3600, 9


def measure(ground: Ground) -> list[Row]:
    ours, floor = free_port(), free_port()
    command = commands()["web"].replace("config.wsgi:application", "benchmarks.floor_web:application")
    token = ground.tenants[0].auth_token
    with ExitStack() as ends:
        web = ends.enter_context(ground.process("web", PORT=str(ours)))
        bare_web = ends.enter_context(ground.process("floor", command=command, PORT=str(floor), FLOOR_TOKEN=token))
        ground.until(lambda: _answers(ours), of=web)
        ground.until(lambda: _answers(floor), of=bare_web)
        for port in (ours, floor):
            _rate(ground, port=port, count=REQUESTS // 2)
        compared = compare(
            lambda: _rate(ground, port=ours, count=REQUESTS),
            lambda: _rate(ground, port=floor, count=FLOOR_REQUESTS),
            turns=TURNS,
        )
    ground.redis.flushdb()
    return [
        Row(
            what=f"webhook under granian, requests/s at {CONNECTIONS} connections",
            value=compared.ratio,
            unit="x floor",
            must=0.4,
            aim=0.55,
            at_least=True,
            how=f"{compared.ours:.0f}/s; floor {compared.floor:.0f}/s",
        )
    ]


def _answers(port: int) -> bool:
    """Whether a server is there; the floor knows no health."""
    try:
        httpx2.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
    except httpx2.HTTPError:
        return False
    return True


def _rate(ground: Ground, *, port: int, count: int) -> float:
    """Requests a second over `count` of them. Raises `RuntimeError` unless each is answered 200."""
    posts = [
        messages.as_http(messages.message(ground.tenants[index % 3], contact=index % CONTACTS))
        for index in range(count)
    ]
    started = time.monotonic()
    asyncio.run(_send(posts, port=port))
    return count / (time.monotonic() - started)


async def _send(posts: list[bytes], *, port: int) -> None:
    waiting = iter(posts)
    await asyncio.gather(*(_connection(waiting, port=port) for _ in range(CONNECTIONS)))


async def _connection(waiting: Iterator[bytes], *, port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for post in waiting:
        writer.write(post)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"a webhook was answered {head[:40]!r}")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
