"""`bin/demo`, run as a person does: started, read, ended by Ctrl-C."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from sandbox.procfile import PROJECT, with_programs
from tests.browser import anew
from tests.ports import free_port

READY = "Ctrl-C ends everything"
#: Seconds.
STARTING = 150.0
ENDING = 40.0


@dataclass
class Demo:
    """The demo on two ports, its data in a folder that outlives it."""

    data: Path
    web_port: int
    phone_port: int
    environment: dict[str, str]
    mail_port: int = field(default_factory=free_port)
    meta_port: int = field(default_factory=free_port)
    lines: list[str] = field(default_factory=list, init=False)
    popen: subprocess.Popen[str] | None = field(default=None, init=False)
    #: The cookies of who signed in already, by name: see tests/browser/entrance.py.
    cookies: dict[str, list[Any]] = field(default_factory=dict, init=False)
    #: Those of businesses that came later, as `login` answers them.
    logins: dict[str, tuple[str, str, str]] = field(default_factory=dict, init=False)

    def begin_anew(self) -> None:
        """Started, and as it was when it was started for the first time."""
        if self.popen is None:
            self.start()
            anew.Services(self.data).keep()
        else:
            self.start()
            anew.Services(self.data).put_back()
            anew.forget_the_phones(self.twilio_url(), config=self.data / "phone.json")
            anew.forget_the_phones(self.meta_url(), config=self.data / "meta.json")
            anew.forget_the_mail(self.data / "mail")
        self.cookies.clear()
        self.logins.clear()
        anew.wait_until_ready(f"http://localhost:{self.web_port}")

    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def start(self) -> None:
        """Return when it says that everything is there, at once if it runs already."""
        if self.is_running():
            return
        ports = ["--web-port", str(self.web_port), "--phone-port", str(self.phone_port)]
        ports += ["--mail-port", str(self.mail_port), "--meta-port", str(self.meta_port)]
        self.lines.clear()
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "sandbox.demo", "--data", str(self.data), *ports],
            cwd=PROJECT,
            env=with_programs(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=[self.popen], daemon=True).start()
        deadline = time.monotonic() + STARTING
        while READY not in self.said():
            assert self.popen.poll() is None, f"The demo ended:\n{self.said()}"
            assert time.monotonic() < deadline, f"The demo is not ready:\n{self.said()}"
            time.sleep(0.1)

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.popen
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(ENDING)

    def clean_up(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.popen and self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(ENDING)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def onboard(self, file: Path, *, secrets: dict[str, str]) -> None:
        """One business more, as somebody does it who works on this demo in a shell."""
        command = f'. "{self.data}/environment.sh" && exec "{sys.executable}" manage.py onboard "{file}"'
        subprocess.run(
            ["sh", "-c", command],
            cwd=PROJECT,
            env=with_programs({**self.environment, **secrets}),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for it: what belongs to its data folder by command line or environment."""
        return [
            process for process in psutil.process_iter() if process.pid != psutil.Process().pid and self._owns(process)
        ]

    def said(self) -> str:
        return "".join(self.lines)

    def phone_url(self) -> str:
        return self._found(r"Write to a bot +(http\S+)")[0]

    def twilio_url(self) -> str:
        """Where Twilio's stand-in is, whose page the phone is."""
        return self.phone_url().partition("/?")[0]

    def meta_phone_url(self) -> str:
        return self._found(r"Write by Meta +(http\S+)")[0]

    def meta_url(self) -> str:
        """Where Meta's stand-in is."""
        return self.meta_phone_url().partition("/?")[0]

    def mail_url(self) -> str:
        return self._found(r"\n  Mail +(http\S+)")[0]

    def login(self, name: str) -> tuple[str, str, str]:
        """Where the business's dashboard is, the owner's email address and password."""
        if name in self.logins:
            return self.logins[name]
        url, email, password = self._found(rf"{name} +(http\S+)\n +(\S+@\S+) +password: (\S+)")
        return url, email, password

    def spare(self, number: str) -> tuple[str, str]:
        """The account and the token of a number that is free."""
        account, token = self._found(rf"{re.escape(number)} .*\n +Account SID: (\S+)\n +Auth Token: +(\S+)")
        return account, token

    def _found(self, pattern: str) -> tuple[str, ...]:
        found = re.search(pattern, self.said())
        assert found, f"{pattern} is not in:\n{self.said()}"
        return found.groups()

    def _read(self, popen: subprocess.Popen[str]) -> None:
        assert popen.stdout
        self.lines.extend(popen.stdout)

    def _owns(self, process: psutil.Process) -> bool:
        try:
            words = [*process.cmdline(), *process.environ().values(), process.cwd()]
        except psutil.Error:
            return False
        return any(str(self.data) in word for word in words)
