"""A worker whose broker is away tries again every few seconds, for as long as it takes."""

from __future__ import annotations

import re

import pytest
from celery.worker import consumer as celerys
from kombu import Connection
from kombu.utils import functional

from config.celery import app
from config.consumer import Consumer
from tests.ports import free_port


class EnoughError(Exception):
    """The test has seen what it wanted."""


def test_the_worker_is_started_with_this_consumer() -> None:
    assert app.conf.worker_consumer == "config.consumer:Consumer"


def test_pauses_between_tries_stay_short(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    seconds: list[float] = []

    def note(pause: float) -> None:
        seconds.append(pause)
        if len(seconds) > 30:
            raise EnoughError

    monkeypatch.setattr(functional, "sleep", note)
    monkeypatch.setattr(celerys.consumer, "maybe_shutdown", lambda: None)
    # Without the worker that its constructor wants.
    consumer = object.__new__(Consumer)
    consumer.app = app
    with pytest.raises(EnoughError), Connection(f"redis://127.0.0.1:{free_port()}/0") as connection:
        consumer.ensure_connected(connection)
    pauses = [float(pause) for pause in re.findall(r"Trying again in ([\d.]+) second", caplog.text)]
    assert pauses[:3] == [1, 2, 3]
    assert set(pauses[3:]) == {3}
    assert len(pauses) > 8
