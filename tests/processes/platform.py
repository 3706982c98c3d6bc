"""Switchboard in production mode, as a deployment runs it: the Procfile's processes, told all by their environment."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from sandbox.procfile import PROJECT, Process, commands, with_programs
from sandbox.redis import Redis
from sandbox.twilio.client import Phone
from tests.ai.conftest import FarEnd
from tests.processes.businesses import Business
from tests.processes.database import Database

PUBLIC_URL = "https://bots.example.com"
#: Seconds. What takes this long has gone wrong.
PATIENCE = 60.0
#: Seconds for one AI call; a dead worker's claim on a conversation outlives the call by 15 s.
AI_REQUEST_TIMEOUT = 5


class Platform:
    """Web, worker and beat behind a proxy, the far ends that they talk to, and people who write."""

    def __init__(
        self, *, folder: Path, database: Database, redis: Redis, phone: Phone, far_end: FarEnd, web_port: int
    ) -> None:
        self.folder, self.database, self.redis = folder, database, redis
        self.phone, self.far_end = phone, far_end
        self.url = f"http://127.0.0.1:{web_port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "SECRET_KEY": "a-secret-key-for-a-platform-that-lives-for-a-minute",
            "FIELD_ENCRYPTION_KEY": os.environ["FIELD_ENCRYPTION_KEY"],
            "ALLOWED_HOSTS": ".example.com",
            "DATABASE_URL": database.url,
            "REDIS_URL": redis.url,
            "PUBLIC_BASE_URL": PUBLIC_URL,
            "TWILIO_API_BASE_URL": phone.url,
            "PRIVATE_NETWORK_ALLOWLIST": "127.0.0.1",
            "AI_REQUEST_TIMEOUT": str(AI_REQUEST_TIMEOUT),
            "HOST": "127.0.0.1",
            "PORT": str(web_port),
            "WEB_CONCURRENCY": "2",
            "WEB_THREADS": "8",
            "WORKER_CONCURRENCY": "16",
            "MEDIA_ROOT": str(folder / "media"),
        }
        self.web, self.worker, self.beat = self.processes = [
            Process(name=name, environment=self.environment, log=folder / f"{name}.log")
            for name in ("web", "worker", "beat")
        ]
        #: Everything that anybody wrote: (whom to, who, what).
        self.written: list[tuple[Business, str, str]] = []
        self._asked_before = 0
        self._phones = itertools.count(15_557_000_001)

    # --- Its life

    def release(self) -> None:
        """One at a time on this machine: each collects the static files into the same folder."""
        with (PROJECT / "Procfile").open() as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            self._run(["sh", "-c", commands()["release"]], environment=self.environment)

    def onboard(self, *businesses: Business) -> None:
        """Apply the businesses' files, as an operator does."""
        environment = dict(self.environment)
        for business in businesses:
            environment |= business.secrets()
            self._file(business).write_text(business.file(ai_url=f"http://127.0.0.1:{self.far_end.port}"))
        files = [str(self._file(business)) for business in businesses]
        self._run(["python", "manage.py", "onboard", *files], environment=environment)

    def start(self) -> None:
        """Start what does not run, and return when all of it works."""
        stopped = [process for process in self.processes if not process.is_running()]
        began, said = time.time(), len(self._said(self.worker))
        for process in stopped:
            process.start()
        if stopped:
            self.wait_until(lambda: self._web_and_beat_work(since=began), what="ready")
        if self.worker in stopped:
            self.wait_until(lambda: " ready." in self._said(self.worker)[said:], what="listening")

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.stop()

    def begin(self) -> None:
        """Everything works, and what the AI providers were asked before counts no more."""
        self.phone.clear_faults()
        self.far_end.state.faults.clear()
        self.far_end.state.replies.clear()
        self.start()
        self._asked_before = len(self.far_end.requests)

    def last_words(self) -> list[tuple[str, str]]:
        """The end of each process's log, for whoever looks into a failure."""
        return [(f"{process.name}.log", process.last_lines(30)) for process in self.processes if process.log.exists()]

    def carried(self, business: Business) -> dict[str, str]:
        """The business's number as Twilio carries it. Twilio speaks to the web as the proxy in front of it would."""
        return {
            "number": business.number,
            "name": business.slug,
            "account_sid": business.account_sid,
            "auth_token": business.auth_token,
            "webhook_url": f"{PUBLIC_URL}/api/whatsapp/webhook/#rc=5&rp=all",
            "deliver_to": self.url,
        }

    # --- People

    def somebody(self) -> str:
        """The phone number of somebody who has not written yet."""
        return f"+{next(self._phones)}"

    def write(self, business: Business, body: str, *, user: str, **more: Any) -> list[int]:
        """A person writes; the statuses that the webhook answered. `more`: see `sandbox.twilio.control.send`."""
        self.written.append((business, user, body))
        sent = self.phone.send(user=user, number=business.number, body=body, **more)
        return [answer["status"] for answer in sent["answers"]]

    def ask(self, business: Business, body: str, *, user: str) -> str:
        """A person writes and reads what comes."""
        assert self.write(business, body, user=user) == [200]
        self.wait_until_idle(business)
        return self.replies(business, user=user)[-1]

    def replies(self, business: Business, *, user: str) -> list[str]:
        return [reply["body"] for reply in self.phone.replies(number=business.number, user=user)]

    # --- What happened

    def asked(self, key: str = "") -> list[dict[str, Any]]:
        """What was asked of AI providers since the test began: with this key, or at all."""
        return [one for one in self.far_end.requests[self._asked_before :] if key in ("", one["key"])]

    def wait_until_idle(self, business: Business) -> None:
        """Until nothing is due in any of the business's conversations: what was going to be said has been said."""
        busy = f"SELECT count(*) FROM {business.schema}.bots_conversation WHERE due_at IS NOT NULL"
        self.wait_until(lambda: self.database.query(busy) == [(0,)], what="idle")

    def wait_until(self, condition: Callable[[], bool], *, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            words = "\n".join(f"--- {name}\n{text}" for name, text in self.last_words())
            assert time.monotonic() < deadline, f"Not {what} after {PATIENCE:.0f} s\n{words}"
            time.sleep(0.05)

    def logs(self) -> str:
        """All that the processes have said."""
        return "\n".join(self._said(process) for process in self.processes)

    # --- Its inside

    def _web_and_beat_work(self, *, since: float) -> bool:
        for process in self.processes:
            assert process.is_running(), f"{process.name} has died:\n{process.last_lines(40)}"
        try:
            health = httpx2.get(f"{self.url}/readyz", trust_env=False).json()
        except (httpx2.HTTPError, json.JSONDecodeError):
            return False
        swept = time.time() - (health["queue"] or {}).get("swept_seconds_ago", PATIENCE)
        return health["status"] == "ok" and swept > since

    def _said(self, process: Process) -> str:
        return process.log.read_text() if process.log.exists() else ""

    def _file(self, business: Business) -> Path:
        return self.folder / f"{business.slug}.toml"

    def _run(self, command: list[str], *, environment: dict[str, str]) -> None:
        done = subprocess.run(
            command, cwd=PROJECT, env=with_programs(environment), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
