"""The demo's parts: its two tenants, its processes, its phones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from shlex import quote as quoted
from typing import Any
from urllib.parse import quote

from sandbox.addresses import write_private
from sandbox.demo.far_ends import META_NUMBER, SPARE_NUMBERS, USERS, FarEnds, has_second_number, second_number
from sandbox.demo.leftovers import remember
from sandbox.demo.surroundings import HERE, DemoError, Surroundings
from sandbox.procfile import PROJECT, Process

#: Seconds. A slow machine on its first run needs a good part of it.
PATIENCE = 120.0
#: Seconds. A round of the sweeper that is younger was made by this run.
RECENTLY = 5.0
PLATFORM_OWNER = "operator@switchboard.test"


class Demo:
    """Starts, watches and ends everything but the services, which are there already."""

    def __init__(self, surroundings: Surroundings, *, environment: Mapping[str, str]) -> None:
        self.surroundings = surroundings
        self.environment = environment
        self.files = self._tenant_files()
        self.tenants = [tomllib.loads(file.read_text()) for file in self.files]
        self.files += [second_number(file) for file in self.files if has_second_number(file)]
        logs = surroundings.data / "logs"
        logs.mkdir(exist_ok=True)
        self.processes = [
            Process(name=name, environment=environment, log=logs / f"{name}.log") for name in ("web", "worker", "beat")
        ]
        far_ends = FarEnds(surroundings, environment=environment, tenants=self.tenants)
        for name, command in (("phone", far_ends.twilio_command()), ("meta", far_ends.meta_command())):
            self.processes.append(
                Process(name=name, environment=environment, log=logs / f"{name}.log", command=command)
            )
        self.processes.append(
            Process(name="mail", environment=environment, log=logs / "mail.log", command=self._mail_command())
        )

    def write_environment(self) -> None:
        """The demo's settings as a file for the shell: `. FILE` and manage.py works on this demo."""
        own = {name: value for name, value in self.environment.items() if os.environ.get(name) != value}
        lines = "".join(f"export {name}={quoted(value)}\n" for name, value in sorted(own.items()))
        write_private(self.surroundings.data / "environment.sh", text=lines)

    def release(self) -> None:
        self._manage("release")
        self._manage("platform_owner", PLATFORM_OWNER, "--password-env", "DEMO_PLATFORM_PASSWORD")

    def onboard(self) -> None:
        self._manage("onboard", *map(str, self.files))

    def start(self) -> None:
        for process in self.processes:
            process.log.unlink(missing_ok=True)
            process.start()
        remember(self.surroundings.data, self.processes)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.stop()

    def check(self) -> None:
        """Raises `DemoError` when a process has died."""
        for process in self.processes:
            if not process.is_running():
                raise DemoError(f"{process.name} has died. The end of {process.log}:\n{process.last_lines()}")

    def wait_until_ready(self) -> None:
        """Until web, phone and mail answer, the worker listens, and beat has made a round."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.check()
            ready = _json(f"{self.surroundings.public_url}/readyz")
            queue = ready.get("queue") or {}
            if (
                ready.get("status") == "ok"
                and queue.get("swept_seconds_ago", PATIENCE) < RECENTLY
                and "ready." in self.processes[1].last_lines()
                and _answers(self.surroundings.phone_url)
                and _answers(self.surroundings.meta_url)
                and _answers(self.surroundings.mail_url)
            ):
                return
            time.sleep(0.2)
        raise DemoError(f"Not ready after {PATIENCE:.0f} s. The logs are in {self.surroundings.data / 'logs'}.")

    def welcome(self) -> str:
        """Where everything is."""
        lines = [
            "",
            f"  {'Write to a bot':<18}  {self._chat(self.tenants[0])}",
            self._below('"how much is a croissant?"'),
            f"  {'Write by Meta':<18}  {self._meta_chat()}",
            self._below(f'"when are you open on friday?" {META_NUMBER["name"]} is at Meta, the others at Twilio'),
            "",
        ]
        for tenant in self.tenants:
            host = f"http://{tenant['tenant']['domain']}:{self.surroundings.web_port}/"
            lines.append(f"  {tenant['tenant']['name']:<18}  {host}")
            lines.append(self._login(tenant["owner"]["email"], password_env=tenant["owner"]["password_env"]))
        lines.append(f"  {'Connect a number':<18}  on a dashboard, under Numbers, with Twilio; these are free:")
        for tenant in self.tenants:
            channel, spare = tenant["channel"], SPARE_NUMBERS[tenant["tenant"]["slug"]]
            lines.append(self._below(f"{spare['number']}  of {tenant['tenant']['name']}"))
            lines.append(self._below(f"  Account SID: {channel['account_sid']}"))
            lines.append(self._below(f"  Auth Token:  {self.environment[channel['auth_token_env']]}"))
        lines.append(f"  {'Platform console':<18}  {self.surroundings.public_url}/")
        lines.append(self._login(PLATFORM_OWNER, password_env="DEMO_PLATFORM_PASSWORD"))
        lines.append(f"  {'Mail':<18}  {self.surroundings.mail_url}/")
        lines.append(self._below("invitations and password links arrive here"))
        lines += ["", f"  Answers come from {self._answerer()}."]
        lines += [f"  {remark}" for remark in self.surroundings.remarks]
        lines.append(f"  Logs are in {self.surroundings.data / 'logs'}.")
        lines += ["  Ctrl-C ends everything.", ""]
        return "\n".join(lines)

    def _login(self, email: str, *, password_env: str) -> str:
        return self._below(f"{email}  password: {self.environment[password_env]}")

    def _below(self, text: str) -> str:
        return f"{'':<22}{text}"

    def _chat(self, tenant: dict[str, Any]) -> str:
        user, number = quote(USERS[0]["phone"]), quote(tenant["channel"]["number"])
        return f"{self.surroundings.phone_url}/?user={user}&number={number}"

    def _meta_chat(self) -> str:
        user = quote(USERS[0]["phone"])
        return f"{self.surroundings.meta_url}/?user={user}&number={META_NUMBER['phone_number_id']}"

    def _answerer(self) -> str:
        found = self.surroundings.language_model()
        if found is None:
            return "the built-in answerer (set OPENAI_API_KEY or ANTHROPIC_API_KEY for a language model)"
        variable, provider, model = found
        return f"{provider}'s {model} for the bakery, by {variable}, and the built-in answerer for the clinic"

    def _tenant_files(self) -> list[Path]:
        """The tenants' files; the first bot's AI is the language model that this machine has a key for."""
        folder = self.surroundings.data / "tenants"
        folder.mkdir(exist_ok=True)
        files = [folder / "lumen-bakery.toml", folder / "harbor-clinic.toml"]
        for file in files:
            text = (HERE / "tenants" / file.name).read_text()
            found = self.surroundings.language_model()
            if found and file is files[0]:
                variable, provider, model = found
                ai = f'provider = "{provider}"\nmodel = "{model}"\napi_key_env = "{variable}"'
                text = text.replace('provider = "builtin"', ai)
            file.write_text(text)
        return files

    def _mail_command(self) -> str:
        folder = quoted(str(self.surroundings.data / "mail"))
        ports = f"--port {self.surroundings.mail_port} --smtp-port {self.surroundings.smtp_port}"
        return f"python -m sandbox.mail {ports} --folder {folder}"

    def _manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=PROJECT, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DemoError(f"manage.py {arguments[0]} failed:\n{done.stderr.strip() or done.stdout.strip()}")


def _json(url: str) -> dict[str, Any]:
    """What the URL answers; nothing while it does not."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 (our own http URLs)
            return json.load(response)
    except (OSError, ValueError):
        return {}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own http URLs)
            return True
    except OSError:
        return False
