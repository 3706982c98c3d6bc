"""What a demo that was killed left running: it would take the next demo's bells and answer on its own phone."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import psutil

from sandbox.procfile import PROJECT, Process

#: Seconds until what was killed is gone, its ports with it.
PATIENCE = 5.0


def remember(data: Path, processes: Sequence[Process]) -> None:
    """Write down what was started: the process ids, and when each began (ids are used again)."""
    started = {}
    for process in processes:
        if process.popen is not None:
            started[process.popen.pid] = psutil.Process(process.popen.pid).create_time()
    _file(data).write_text(json.dumps(started))


def end_leftovers(data: Path) -> None:
    """End what an earlier demo with this data started and did not end itself."""
    try:
        started = json.loads(_file(data).read_text())
    except (OSError, ValueError):
        return
    for pid, began in started.items():
        try:
            process = psutil.Process(int(pid))
            if process.create_time() == began and process.cwd() == str(PROJECT):
                # Each part leads a group of its own, its children in it.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(PATIENCE)
        except (psutil.Error, ProcessLookupError):
            continue


def _file(data: Path) -> Path:
    return data / "processes.json"
