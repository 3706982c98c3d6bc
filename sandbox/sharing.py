"""Many may use one folder of servers at once: the first to come starts them, the last to leave ends them.

A user is who holds a shared lock on `users.lock`; who could have it alone has no company. A keeper, a small process
of its own, holds it for each user and is told by the end of a pipe that the user has left, so that leaving needs no
last words: a user that is killed leaves too. Locks and pipes end with their processes; nothing of them is ever stale.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Protocol

from sandbox.processes import SandboxError

PROJECT = Path(__file__).resolve().parent.parent


class Server(Protocol):
    """What `Postgres` and `Redis` are here."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@contextmanager
def shared(folder: Path, *, servers: Sequence[Server], durable: bool) -> Iterator[None]:
    """Run `servers`, whose data is in `folder`, for as long as anyone is inside. Raises `SandboxError`."""
    with ExitStack() as presence:
        with gate(folder):
            alone = presence.enter_context(_user(folder, durable=durable))
            for server in servers:
                if alone:
                    server.stop()  # left over by a keeper that was killed; it may run with other settings
                try:
                    server.start()
                except PermissionError as error:
                    raise _not_ours(error, folder=folder) from error
        yield


def stop_if_unused(folder: Path, *, servers: Sequence[Server]) -> None:
    """End `servers` unless someone uses the folder."""
    with gate(folder), _open(folder / "users.lock") as users:
        if _alone(users):
            for server in servers:
                server.stop()


@contextmanager
def gate(folder: Path) -> Iterator[None]:
    """Come, start, stop, leave: one at a time."""
    with _open(folder / "gate.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _user(folder: Path, *, durable: bool) -> Iterator[bool]:
    """Be one of the folder's users; yields whether there are no others. To be entered inside the gate."""
    with _open(folder / "users.lock") as users:
        alone = _alone(users)
        if alone:
            users.truncate(0)
            users.write("durable" if durable else "fast")
            users.flush()
        elif durable and users.read() == "fast":
            raise SandboxError(
                f"The servers in {folder} are in use by a test or a benchmark, with settings that may lose data. "
                "Wait for its end, or choose another folder."
            )
        fcntl.flock(users, fcntl.LOCK_SH)
        keeper = subprocess.Popen(
            [sys.executable, "-m", "sandbox.keeper", folder, str(users.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[users.fileno()],
            cwd=PROJECT,
            start_new_session=True,  # Ctrl-C is not for it
        )
    try:
        yield alone
    finally:
        if keeper.stdin:
            keeper.stdin.close()
        keeper.wait()


def _alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(file: Path) -> IO[str]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = file.open("a+")
    except OSError as error:
        raise _not_ours(error, folder=file.parent) from error
    stream.seek(0)
    return stream


def _not_ours(error: OSError, *, folder: Path) -> SandboxError:
    return SandboxError(
        f"{error.filename}: {error.strerror}. If {folder} is left from a run by another user, as by root, delete it; "
        "or choose another folder."
    )
