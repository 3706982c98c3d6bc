"""The processes of the Procfile, run as they stand there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
#: Seconds that a process gets to end what it is doing.
PATIENCE = 15.0


def commands() -> dict[str, str]:
    """The Procfile: the name of each process, and its command line for the shell."""
    lines = (PROJECT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines if line.strip())}


@dataclass
class Process:
    """One process of the Procfile, or another `command` of the shell, with what it prints in a file.

    It may be killed and started again.
    """

    name: str
    environment: Mapping[str, str]
    log: Path
    command: str = ""
    popen: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                ["sh", "-c", f"exec {self.command or commands()[self.name]}"],
                cwd=PROJECT,
                env=with_programs(self.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: it ends with its children, and Ctrl-C reaches it through us alone.
                start_new_session=True,
            )

    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def terminate(self) -> None:
        """SIGTERM, without waiting for the end."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.terminate()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for what does not end."""
        if self.popen is None or self.popen.poll() is not None:
            return
        self.popen.terminate()
        try:
            self.popen.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, to it and its children."""
        if self.popen is not None and self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()

    def last_lines(self, count: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def with_programs(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with this virtual environment's programs first on the PATH, as the Procfile wants it."""
    programs = str(Path(sys.executable).parent)
    return {**environment, "PATH": programs + os.pathsep + environment.get("PATH", os.defpath)}
