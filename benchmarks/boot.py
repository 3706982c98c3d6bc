"""From the start of a process to its being of use."""

from __future__ import annotations

import time
from statistics import median

import httpx2

from benchmarks.ground import Ground, free_port
from benchmarks.reply import is_ready
from benchmarks.table import Row

TURNS = 3


def measure(ground: Ground) -> list[Row]:
    """The web answers /readyz with 200; the worker says that it listens."""
    measured = {
        "web": median(_web(ground) for _ in range(TURNS)),
        "worker": median(_worker(ground) for _ in range(TURNS)),
    }
    return [
        Row(what=f"boot to ready: {name}", value=value, unit=" s", must=4, aim=2, how="depends on the machine")
        for name, value in measured.items()
    ]


def _web(ground: Ground) -> float:
    port, started = free_port(), time.monotonic()
    with (
        ground.process("web", PORT=str(port)) as web,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        ground.until(lambda: is_ready(http), of=web)
        return time.monotonic() - started


def _worker(ground: Ground) -> float:
    started = time.monotonic()
    with ground.process("worker") as worker:
        ground.until_listening(worker)
        return time.monotonic() - started
