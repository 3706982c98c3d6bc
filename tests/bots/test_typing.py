from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from bots import typing
from tests.bots.factories import ACME, ADA, ContactFactory


@pytest.fixture
def contact(tenant, phone):
    return ContactFactory(identity=ADA)


@pytest.fixture
def sid(phone) -> str:
    """A message of the contact's, as the provider names it."""
    return phone.send(user=ADA, number=ACME.number, body="hello")["sid"]


def shown(phone) -> list[str]:
    return [event["message_sid"] for event in phone.typing(number=ACME.number)]


def wait_for(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_it_is_shown_while_the_block_takes_its_time(contact, sid, phone, monkeypatch):
    monkeypatch.setattr(typing, "PATIENCE", 0.01)
    with typing.shown(contact, message_id=sid):
        wait_for(lambda: shown(phone))

        assert shown(phone) == [sid]


def test_a_quick_block_shows_nothing_and_leaves_nobody_waiting(contact, sid, phone, monkeypatch):
    monkeypatch.setattr(typing, "PATIENCE", 30)
    with typing.shown(contact, message_id=sid):
        pass
    monkeypatch.setattr(typing, "PATIENCE", 0.01)
    with typing.shown(contact, message_id=sid):
        wait_for(lambda: shown(phone))

    assert shown(phone) == [sid]


def test_many_who_wait_at_once_share_a_few_threads(contact, sid, monkeypatch):
    monkeypatch.setattr(typing, "PATIENCE", 30)
    before = threading.active_count()
    with ExitStack() as turns:
        for _ in range(50):
            turns.enter_context(typing.shown(contact, message_id=sid))

        assert threading.active_count() - before <= typing.THREADS


def test_a_provider_that_refuses_it_disturbs_nobody(contact, sid, phone, monkeypatch):
    monkeypatch.setattr(typing, "PATIENCE", 0.01)
    phone.fault(on="typing", mode="status", status=500)
    with typing.shown(contact, message_id=sid):
        wait_for(lambda: phone.requests()["answers"].get("typing"))

    assert phone.requests()["answers"]["typing"] == {"500": 1}


def test_a_block_that_breaks_is_not_kept_from_breaking(contact, sid, phone):
    with pytest.raises(RuntimeError), typing.shown(contact, message_id=sid):
        raise RuntimeError
