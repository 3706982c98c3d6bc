"""Sends that fail: what is tried again, in which order, and what is given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bots import outbox, turns
from bots.models import Channel, Message
from bots.models.clock import database_time
from bots.whatsapp.base import WhatsAppError
from tests.bots.factories import age, sends, status_of

pytestmark = pytest.mark.usefixtures("tenant", "phone")


TRANSIENT = {
    "429": {"mode": "status", "status": 429},
    "503": {"mode": "status", "status": 503},
    "dropped": {"mode": "drop"},
    "no answer": {"mode": "hang", "seconds": 2},
    "taken, but no answer": {"mode": "accept_and_hang", "seconds": 2},
    "taken, and an answer without an id": {"mode": "accept_and_garble"},
    "taken, but 500": {"mode": "accept_and_status", "status": 500},
}


@pytest.fixture
def impatient(monkeypatch):
    """The true client, with a timeout that a test can wait for."""
    from bots.whatsapp import twilio

    monkeypatch.setattr(twilio, "TIMEOUT", 0.4)
    twilio.http.cache_clear()
    yield
    twilio.http.cache_clear()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_what_passes_is_tried_again_and_nothing_overtakes_or_comes_twice(held, queued, on_the_phone, phone, fault):
    first, second = queued("first"), queued("second")
    phone.fault(on="messages.create", times=1, **fault)

    assert outbox.deliver(held) >= 1
    assert status_of(first) in ("queued", "sending")
    assert (status_of(second), "second" in on_the_phone()) == ("queued", False)
    assert outbox.deliver(held) is None
    assert on_the_phone() == ["first", "second"]
    assert Message.objects.get(pk=first.pk).error == ""


@pytest.mark.parametrize(("fault", "status_after"), [("429", "queued"), ("503", "sending")])
def test_only_what_may_have_been_sent_is_looked_for_at_the_provider(held, queued, phone, fault, status_after):
    message = queued()
    phone.fault(on="messages.create", times=1, **TRANSIENT[fault])
    outbox.deliver(held)
    assert status_of(message) == status_after
    outbox.deliver(held)

    assert phone.requests()["calls"].get("messages.list", 0) == (1 if status_after == "sending" else 0)


def test_a_limit_is_given_time(held, queued, phone):
    queued()
    phone.fault(on="messages.create", mode="status", status=429, times=1)

    assert outbox.deliver(held) == 5


def test_what_may_have_been_sent_is_looked_for_no_sooner_than_its_send_could_arrive(held, queued, phone):
    queued()
    phone.fault(on="messages.create", mode="status", status=503)

    assert outbox.deliver(held) == outbox.UNCERTAIN_WAIT


def old(queued, *, seconds, **fields):
    return queued(timestamp=database_time() - timedelta(seconds=seconds), **fields)


@pytest.mark.parametrize(("seconds", "wait"), [(0, 5), (40, 20), (1000, 60)])
def test_the_waits_grow_with_the_time_that_was_tried(held, queued, phone, seconds, wait):
    old(queued, seconds=seconds)
    phone.fault(on="messages.create", mode="status", status=429)

    assert outbox.deliver(held) == pytest.approx(wait, abs=2)


def test_a_reply_that_nobody_waits_for_any_more_is_given_up_with_what_follows_it(held, queued, phone):
    message, later = old(queued, seconds=outbox.LONGEST_TRY + 1), queued("second")
    phone.fault(on="messages.create", mode="status", status=503)

    assert outbox.deliver(held) is None
    assert (status_of(message), status_of(later), sends(phone)) == ("failed", "failed", 1)


def test_the_search_at_the_provider_begins_at_the_first_send(held, queued, phone):
    message = queued()
    phone.fault(on="messages.create", mode="status", status=429, times=2)
    outbox.deliver(held)
    first = Message.objects.get(pk=message.pk).sending_at
    outbox.deliver(held)

    assert first is not None
    assert Message.objects.get(pk=message.pk).sending_at == first


def test_a_process_that_was_held_up_before_its_send_sends_nothing(held, queued, phone, monkeypatch):
    queued()
    monkeypatch.setattr(outbox, "FRESH", -1.0)

    with pytest.raises(turns.LeaseLostError):
        outbox.deliver(held)
    assert sends(phone) == 0


@pytest.mark.parametrize("decision", [{}, {"permanent": True}, {"uncertain": True}], ids=["wait", "give up", "look"])
def test_a_failure_that_comes_after_the_conversation_was_lost_decides_nothing(held, queued, monkeypatch, decision):
    message = queued()

    class Late:
        lists_sent = True

        def send_message(self, *args, **kwargs):
            age(held.conversation_id, seconds=1, column="lease_until")
            assert turns.claim(held.conversation_id, lease_seconds=30)
            raise WhatsAppError("Twilio answered at last", **decision)

    monkeypatch.setattr(outbox, "client_of", lambda _channel: Late())
    with pytest.raises(turns.LeaseLostError):
        outbox.deliver(held)
    # Whoever has the conversation now may be sending it: it is looked for before it is sent again.
    assert (status_of(message), Message.objects.get(pk=message.pk).error) == ("sending", "")


def test_a_token_that_no_header_can_hold_does_not_jam_the_conversation(held, queued, phone, channel):
    message = queued()
    channel.credentials = {"auth_token": "schlüssel-日本"}
    channel.save()

    assert outbox.deliver(held) == outbox.UNCERTAIN_WAIT
    assert "broke" in Message.objects.get(pk=message.pk).error


@pytest.mark.parametrize("code", [63016, 21211])
def test_what_no_retry_helps_is_failed_at_once_with_what_would_follow_it(held, queued, phone, code, channel):
    first, second = queued("first"), queued("second")
    phone.fault(on="messages.create", mode="status", status=400, code=code)

    assert outbox.deliver(held) is None
    assert (status_of(first), status_of(second), sends(phone)) == ("failed", "failed", 1)
    failed = Message.objects.get(pk=first.pk)
    assert failed.error_code == str(code)
    assert failed.error == f"Twilio answered 400 with error {code}"
    assert Channel.objects.get(pk=channel.pk).error == ""


def test_refused_credentials_are_noted_on_the_channel_until_they_are_taken(held, queued, phone, channel):
    first = queued()
    phone.fault(on="messages.create", mode="status", status=401, code=20003, times=1)
    outbox.deliver(held)
    assert status_of(first) == "failed"
    assert "refused" in Channel.objects.get(pk=channel.pk).error

    queued()
    outbox.deliver(held)
    assert Channel.objects.get(pk=channel.pk).error == ""
