"""The sweeper's own process."""

from __future__ import annotations

import signal
from threading import Event

import pytest
from django.core.management import call_command

from bots import housekeeping, sweeper


@pytest.fixture
def signals():
    """The process's own handlers, put back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals", "db")
def test_beat_sweeps_on_after_a_round_that_failed_until_it_is_told_to_end(monkeypatch):
    rounds = []

    def sweep():
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise RuntimeError("the database is away")
        if len(rounds) == 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(housekeeping, "until", lambda stopped: None)
    monkeypatch.setattr(sweeper, "INTERVAL", 0.01)
    monkeypatch.setattr(sweeper, "sweep", sweep)
    call_command("beat")

    assert rounds == [0, 1, 2]


@pytest.mark.usefixtures("signals", "db")
def test_housekeeping_that_takes_long_never_delays_a_round_and_ends_with_beat(monkeypatch):
    rounds, kept, begun = [], [], Event()

    def slow(stopped):
        kept.append("begun")
        begun.set()
        stopped.wait()
        kept.append("ended")

    def sweep():
        begun.wait(10)
        rounds.append(list(kept))
        if len(rounds) == 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(housekeeping, "until", slow)
    monkeypatch.setattr(sweeper, "INTERVAL", 0.01)
    monkeypatch.setattr(sweeper, "sweep", sweep)
    call_command("beat")

    assert len(rounds) == 3
    assert rounds[-1] == ["begun"]
    assert kept == ["begun", "ended"]
