"""The sweeper's own process."""

from __future__ import annotations

import signal

import pytest
from django.core.management import call_command

from bots import sweeper


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

    monkeypatch.setattr(sweeper, "INTERVAL", 0.01)
    monkeypatch.setattr(sweeper, "sweep", sweep)
    call_command("beat")

    assert rounds == [0, 1, 2]
