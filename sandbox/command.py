"""`python -m sandbox.services -- COMMAND`: a command between the start of the servers and their end."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sandbox.processes import SandboxError
from sandbox.services import DATA, running

USAGE = "python -m sandbox.services [--data DIR] [--fast] -- COMMAND [ARGUMENT ...]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with DATABASE_URL and REDIS_URL set. Returns its exit code, 128 + N when signal N ended it."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    split = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(prog="sandbox.services", usage=USAGE)
    parser.add_argument("--data", type=Path, default=DATA, help="where PostgreSQL and Redis keep their data")
    parser.add_argument("--fast", action="store_true", help="faster, but a power cut may lose the data")
    options = parser.parse_args(words[:split])
    command = words[split + 1 :]
    if not command:
        parser.error("no command was given after --")
    try:
        with running(options.data, durable=not options.fast) as services:
            return _run(command, environment={**os.environ, **services.environment()})
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run(command: list[str], *, environment: dict[str, str]) -> int:
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(number)
        elif not (number == signal.SIGINT and _in_foreground()):
            child.send_signal(number)

    with _handling((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), by=forward):
        try:
            child = subprocess.Popen(command, env=environment)
        except OSError as error:
            found = shutil.which(command[0]) or Path(command[0]).exists()  # the error is vague: PATH may be unreadable
            print(f"{command[0]}: {error.strerror if found else 'command not found'}", file=sys.stderr)
            return 126 if found else 127
        for number in early:
            child.send_signal(number)
        code = child.wait()
    return code if code >= 0 else 128 - code


def _in_foreground() -> bool:
    """Whether Ctrl-C reaches us: the terminal sends it to the command, too, and a second one would be one too many."""
    try:
        with open("/dev/tty") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


@contextmanager
def _handling(numbers: Sequence[signal.Signals], *, by: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    # What is ignored stays ignored: nohup, and commands that a shell put in the background.
    before = {number: signal.getsignal(number) for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, by)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
