"""Programs that outlive who started them: found, ended, killed, and what they said when they did not start."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Collection, Iterable
from pathlib import Path

import psutil


class SandboxError(Exception):
    """A server that could not be started; the text says why and what to do about it."""


def find(*, programs: Collection[str], argument: str) -> psutil.Process | None:
    """The running process of one of `programs` that has `argument`, a path of its own, on its command line.

    The process table is asked and not a pid file: a pid file may be stale, or name a process that took the number
    after a reboot.
    """
    found = []
    for process in psutil.process_iter(["cmdline", "create_time"]):
        command = process.info["cmdline"] or []  # none for zombies and for other users' processes
        if argument in command and Path(command[0]).name in programs:
            found.append(process)
    # A child that was forked an instant ago still has its parent's command line.
    return min(found, key=lambda process: process.info["create_time"], default=None)


def at_work_in(folder: Path, *, program: str) -> list[psutil.Process]:
    """The running processes of `program` whose working directory is `folder`."""
    attributes = ["name", "cwd"]
    return [it for it in psutil.process_iter(attributes) if it.info == {"name": program, "cwd": str(folder)}]


def end(process: psutil.Process, *, by: signal.Signals, within: float) -> None:
    """Ask `process` to end by a signal; kill it if it has not after `within` seconds."""
    _send(process, by)
    if not _gone([process], within=within):
        kill(process)


def kill(process: psutil.Process) -> None:
    """End `process` and its children at once, as a power cut would; return when they are gone."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        _send(member, signal.SIGKILL)
    if not _gone(family, within=10):
        raise SandboxError(f"Process {process.pid} does not end, even when killed.")


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _gone(processes: Iterable[psutil.Process], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while any(_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _alive(process: psutil.Process) -> bool:
    # A container whose first process reaps nobody leaves zombies for ever.
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def failure(name: str, *, log: Path, folder: Path, detail: str = "") -> SandboxError:
    """The error for a server that did not start: the end of its log, and what can be done."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    said = "\n".join(f"    {line}" for line in [*lines[-15:], *detail.strip().splitlines()[-5:]])
    return SandboxError(
        f"{name} did not start. It said:\n{said or '    (nothing)'}\n"
        f"Its whole log is {log}. To begin again without the data, delete {folder} and start again."
    )
