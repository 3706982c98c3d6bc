"""What we push into the queue ourselves is what Celery would have pushed, and Celery's own worker takes it."""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from celery import Celery, current_app
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.test import override_settings

from bots import broker

TASK = "tests.broker.heard"
TIMES = ("eta", "expires")


def waiting() -> list[dict[str, Any]]:
    """What waits in the queue, oldest first."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    return [json.loads(letter) for letter in reversed(client.lrange(settings.CELERY_TASK_DEFAULT_QUEUE, 0, -1))]


@pytest.mark.parametrize("delay", [0.0, 1.5])
def test_what_is_pushed_is_what_send_task_pushes(delay: float) -> None:
    broker.send(TASK, 7, "ada", delay=delay, expires=60.0)
    current_app.send_task(TASK, args=(7, "ada"), countdown=delay or None, expires=60.0, retry=False)
    ours, theirs = waiting()
    assert base64.b64decode(ours["body"]) == base64.b64decode(theirs["body"])
    for letter in (ours, theirs):
        headers, properties = letter["headers"], letter["properties"]
        assert headers["id"] == headers["root_id"] == properties["correlation_id"]
        # Their own in each.
        for name in ("id", "root_id"):
            headers.pop(name)
        for name in ("correlation_id", "delivery_tag", "reply_to"):
            assert isinstance(properties.pop(name), str)
    for name in TIMES:
        moments = [letter["headers"].pop(name) for letter in (ours, theirs)]
        if all(moments):
            first, second = map(datetime.fromisoformat, moments)
            assert abs(first - second) < timedelta(seconds=5)
            assert first.utcoffset() == second.utcoffset()
        else:
            assert moments == [None, None]
    ours.pop("body"), theirs.pop("body")
    assert ours == theirs


def test_a_worker_of_celerys_takes_runs_and_acknowledges_it() -> None:
    """One at once, one that has expired, and one after its delay."""
    heard: list[tuple[str, float]] = []
    app = Celery("tests-broker", broker=settings.CELERY_BROKER_URL)
    app.conf.update(task_default_queue=settings.CELERY_TASK_DEFAULT_QUEUE, task_acks_late=True)

    @app.task(name=TASK)
    def listen(number: int, word: str) -> None:
        heard.append((f"{number} {word}", time.monotonic()))

    broker.send(TASK, 1, "late", delay=0.0, expires=-1.0)
    broker.send(TASK, 0, "first", delay=0.0, expires=600.0)
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="WARNING"):
        deadline = time.monotonic() + 60
        while not heard and time.monotonic() < deadline:
            time.sleep(0.02)
        assert heard.pop()[0] == "0 first"
        started = time.monotonic()
        broker.send(TASK, 2, "waited", delay=3.0, expires=63.0)
        broker.send(TASK, 3, "now", delay=0.0, expires=60.0)
        while len(heard) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert [word for word, _ in heard] == ["3 now", "2 waited"]
    assert heard[1][1] - started >= 3.0 - 0.1  # the delay is counted on the other clock
    assert not waiting()
    assert not redis.Redis.from_url(settings.CELERY_BROKER_URL).hlen("unacked")


@override_settings(CELERY_BROKER_URL="amqp://somewhere")
def test_another_broker_is_celerys_to_speak_with(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        current_app._get_current_object(), "send_task", lambda *args, **options: sent.append((args, options))
    )
    broker.send(TASK, 7, "ada", delay=0.0, expires=60.0)
    assert sent == [((TASK,), {"args": (7, "ada"), "countdown": None, "expires": 60.0, "retry": False})]


def test_the_tasks_that_wait_for_a_worker_are_counted_and_another_broker_is_not_asked() -> None:
    for number in range(3):
        broker.send(TASK, number, "ada", delay=0.0, expires=60.0)

    assert broker.queued() == 3
    with override_settings(CELERY_BROKER_URL="amqp://somewhere"):
        assert broker.queued() == 0
