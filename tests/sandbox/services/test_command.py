from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.services.probes import sandbox, servers_in


def test_a_command_gets_both_urls_and_its_exit_code_is_ours(data: Path) -> None:
    user = sandbox("--data", data, "--fast", "--", "sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"; exit 7')
    output, errors = user.communicate()
    assert user.returncode == 7
    assert output.startswith("postgresql://switchboard:")
    assert " redis://:" in output
    assert errors == ""
    assert servers_in(data) == []


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell has what it starts in the background ignore SIGINT, and so everything that is started by that."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_command(data: Path, number: signal.Signals) -> None:
    script = f"trap 'echo caught; exit 5' {number}; echo ready; while :; do sleep 0.05; done"
    # A session of its own has no terminal, from which the command would get the signal anyway.
    user = sandbox("--data", data, "--fast", "--", "sh", "-c", script, start_new_session=True)
    assert user.stdout
    assert user.stdout.readline() == "ready\n"
    user.send_signal(number)
    output, errors = user.communicate()
    assert (user.returncode, output, errors) == (5, "caught\n", "")
    assert servers_in(data) == []


def test_a_command_that_a_signal_ended_gives_128_and_its_number(data: Path) -> None:
    user = sandbox("--data", data, "--fast", "--", "sh", "-c", "kill -KILL $$")
    user.communicate()
    assert user.returncode == 128 + signal.SIGKILL


def test_a_command_that_does_not_exist_gives_127(data: Path) -> None:
    user = sandbox("--data", data, "--fast", "--", "no-such-command")
    _, errors = user.communicate()
    assert (user.returncode, errors) == (127, "no-such-command: command not found\n")
    assert servers_in(data) == []


@pytest.mark.parametrize("arguments", [(), ("--",), ("--fast", "--"), ("true",)])
def test_without_a_command_the_usage_is_shown(arguments: tuple[str, ...]) -> None:
    user = sandbox(*arguments)
    _, errors = user.communicate()
    assert user.returncode == 2
    assert errors.startswith("usage: python -m sandbox.services [--data DIR] [--fast] -- COMMAND")
