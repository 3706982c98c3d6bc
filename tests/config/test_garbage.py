"""What a process has loaded by the time it is ready is none of the garbage collector's business any more."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from celery.signals import worker_ready

import config.celery  # noqa: F401 (the worker's)
from config import garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_a_worker_that_is_ready_has_settled() -> None:
    worker_ready.send(sender=None)
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == garbage.THRESHOLDS


def test_garbage_made_later_is_still_collected() -> None:
    garbage.settle()
    circle = weakref.ref(Circle())
    for _ in range(garbage.THRESHOLDS[0] + 1):
        Circle()
    assert circle() is None


def test_garbage_from_before_is_not_kept_for_ever() -> None:
    circle = weakref.ref(Circle())
    garbage.settle()
    assert circle() is None
