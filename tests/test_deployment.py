"""What is deployed: one set of commands, settings that are complete, and nothing of the machine where it was made."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from bots.knowledge import sources
from bots.media import sendable
from config.environment import Config
from dashboard.views import knowledge_actions
from sandbox import procfile

PROJECT = Path(__file__).resolve().parent.parent
REQUIRED = {name for name, field in Config.model_fields.items() if field.is_required()}
PROCESSES = set(procfile.commands())
#: Places that exist on one machine only, and hosts from which packages were fetched there.
FORBIDDEN = re.compile(
    r"/(?:work|home/\w+|Users/\w+)/|pythonhosted\.org|pypi\.org/simple|--index-url|://[^/\s]*registry\."
)


def kept_files() -> list[Path]:
    """Every file that git keeps, or would."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [PROJECT / name for name in listing.stdout.split("\0") if name and (PROJECT / name).is_file()]


def compose() -> dict[str, Any]:
    """The services of docker-compose.yml."""
    services: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    return services


def started_by(command: list[str], *, programs: Path) -> list[str]:
    """What `deploy/run` starts, with programs that only say how they were called."""
    for name in ("python", "granian", "celery", "web"):
        (programs / name).write_text('#!/bin/sh\nprintf "%s\\n" "${0##*/}" "$@"\n')
        (programs / name).chmod(0o755)
    environment = {"PATH": f"{programs}{os.pathsep}{os.defpath}"}
    run = subprocess.run(
        ["deploy/run", *command], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.splitlines()


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_a_process_is_started_as_the_procfile_has_it(name: str, tmp_path: Path) -> None:
    defaults = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", procfile.commands()[name])
    assert started_by([name], programs=tmp_path) == shlex.split(defaults)


@pytest.mark.parametrize("command", [["python", "manage.py", "onboard", "web", "a file.toml"], ["web", "--help"]])
def test_anything_else_is_started_as_a_command(command: list[str], tmp_path: Path) -> None:
    assert started_by(command, programs=tmp_path) == command


def test_compose_runs_each_process_of_the_procfile_by_its_name() -> None:
    assert {name for name, service in compose().items() if service.get("build")} == PROCESSES
    for name in PROCESSES:
        assert compose()[name]["command"] == [name]
        assert "entrypoint" not in compose()[name]


def test_compose_waits_for_the_release_before_it_starts_anything_else() -> None:
    for name in PROCESSES - {"release"}:
        assert compose()[name]["depends_on"]["release"] == {"condition": "service_completed_successfully"}
    for service in ("db", "redis"):
        assert compose()["web"]["depends_on"][service] == {"condition": "service_healthy"}
        assert compose()[service]["healthcheck"]["test"]


def test_the_image_starts_web_by_the_procfile() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["/app/deploy/run"]\nCMD ["web"]' in dockerfile
    assert dockerfile.index("USER switchboard") < dockerfile.index("collectstatic")


def test_the_image_is_built_with_settings_that_are_complete() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text()
    given = dict(re.findall(r"^(?:RUN)?\s+([A-Z_]+)=(\S+) \\$", dockerfile, re.MULTILINE))
    assert set(given) == REQUIRED
    Config.validate(given)


def test_the_image_holds_every_package_but_the_sandbox_and_nothing_that_is_secret() -> None:
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert lines[1] == "*"
    assert kept >= {*contracts["root_packages"], "Procfile", "manage.py", "deploy/run", "static", "templates"} - {
        "sandbox"
    }
    assert not kept & {".", "sandbox", "tests", ".env", ".git", ".switchboard"}
    assert all((PROJECT / name).exists() for name in kept)


def most_megabytes(path: str) -> int:
    """The largest body that the example proxy lets through to this path."""
    server = (PROJECT / "deploy/nginx.conf").read_text().rpartition("server {")[2]
    usual, *_ = re.findall(r"^    client_max_body_size (\d+)m;$", server, re.MULTILINE)
    own = re.findall(
        r"location (=|~) (\S+)\s+\{ client_max_body_size (\d+)m;\s+proxy_pass http://switchboard; \}", server
    )
    exact = [most for kind, place, most in own if kind == "=" and place == path]
    like = [most for kind, place, most in own if kind == "~" and re.search(place, path)]
    return int([*exact, *like, usual][0])


@pytest.mark.parametrize(
    ("name", "bytes_needed"),
    [
        ("knowledge_upload", knowledge_actions.MOST_FILES * sources.MOST_BYTES),
        ("knowledge_file", sources.MOST_BYTES),
        ("composer_reply", max(sendable.MOST.values())),
        ("team", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        ("whatsapp-webhook", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
    ],
)
def test_the_example_proxy_lets_through_the_largest_body_that_a_page_takes(name: str, bytes_needed: int) -> None:
    urls = settings.PUBLIC_SCHEMA_URLCONF if name.startswith("whatsapp") else settings.ROOT_URLCONF
    arguments = {"pk": "5f0f4b0e-0c1c-4f7e-9d55-0a3f6b1f7a11"} if name in ("knowledge_file", "composer_reply") else {}
    most = most_megabytes(reverse(name, urlconf=urls, kwargs=arguments)) * 1024 * 1024
    # A form with files is a little larger than they are; without, the bound is the application's own.
    assert most >= bytes_needed + (1024 * 1024 if bytes_needed > settings.DATA_UPLOAD_MAX_MEMORY_SIZE else 0)


def test_the_example_environment_names_every_required_setting_and_no_unknown_one() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (PROJECT / "deploy/env.example").read_text(), re.MULTILINE))
    assert REQUIRED - named == set()
    assert named - set(Config.model_fields) == {"POSTGRES_PASSWORD", "POSTGRES_SHARED_BUFFERS"}  # the compose file's


def test_no_file_names_a_machine_or_a_package_index() -> None:
    found = []
    for file in kept_files():
        if file == Path(__file__).resolve():
            continue
        text = file.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{file.relative_to(PROJECT)}: {match.group()}" for match in FORBIDDEN.finditer(text)]
    assert found == []
