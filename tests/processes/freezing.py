"""Processes that are there and do nothing: suspended machines, stuck disks, servers that are slow rather than dead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Inside, the process and its children stand still; whoever asks them something waits. Afterwards they go on, as if
    nothing had been."""
    top = psutil.Process(pid)
    stopped = [top, *top.children(recursive=True)]
    for process in stopped:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.resume()
