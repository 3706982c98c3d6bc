"""Status callbacks: how far a message got."""

from __future__ import annotations

import pytest

from bots import outbox, statuses
from bots.models import Contact, Message
from bots.models.clock import database_time
from tests.bots.factories import InboundFactory, sends, status_of

pytestmark = pytest.mark.usefixtures("tenant", "phone")


def report(message: Message, word: str, *, external_id: str = "SM1", by_id: bool = True, **error) -> Message | None:
    return statuses.raise_status(
        message_id=str(message.id) if by_id else None, external_id=external_id, status=word, **error
    )


def test_a_status_is_raised_step_by_step(queued):
    message = queued(status="sent", external_id="SM1")
    for word in ("delivered", "read"):
        assert report(message, word).pk == message.pk
        assert status_of(message) == word


@pytest.mark.parametrize("by_id", [True, False], ids=["by our id", "by the provider's id"])
def test_a_late_callback_lowers_nothing(queued, by_id):
    message = queued(status="read", external_id="SM1")
    for word in ("queued", "sending", "sent", "delivered", "read"):
        assert report(message, word, by_id=by_id) is None

    assert status_of(message) == "read"


def test_a_status_may_skip_steps(queued):
    message = queued(status="sent", external_id="SM1")
    report(message, "read", by_id=False)

    assert status_of(message) == "read"


def test_a_callback_that_comes_before_the_sid_is_known_settles_the_message(held, queued, phone):
    message = queued(status="sending", sending_at=database_time())

    assert report(message, "delivered").pk == message.pk
    settled = Message.objects.get(pk=message.pk)
    assert (settled.status, settled.external_id) == ("delivered", "SM1")
    assert outbox.deliver(held) is None
    assert sends(phone) == 0


@pytest.mark.parametrize("word", ["queued", "sending"])
def test_a_message_that_the_provider_reports_at_all_is_not_sent_again(held, queued, phone, word):
    message = queued(status="sending", sending_at=database_time())

    assert report(message, word)
    assert (status_of(message), Message.objects.get(pk=message.pk).external_id) == ("sent", "SM1")
    assert outbox.deliver(held) is None
    assert sends(phone) == 0


def test_the_answer_to_the_send_lowers_nothing_that_a_quicker_callback_raised(held, queued):
    message = queued(status="sending")
    report(message, "delivered")
    statuses.sent(message, external_id="SM1")

    assert status_of(message) == "delivered"


def test_a_worker_that_comes_late_from_its_send_takes_no_id_from_another_message(queued):
    adopted = queued(status="sent", external_id="SM1")
    ours = queued(status="sending")

    assert not statuses.sent(ours, external_id="SM1")
    assert Message.objects.get(pk=ours.pk).external_id is None
    assert status_of(ours) == "sending", "it is looked up again"
    assert statuses.sent(ours, external_id="SM2")
    assert not statuses.sent(ours, external_id="SM3"), "of a send that somebody else made again"
    assert Message.objects.get(pk=ours.pk).external_id == "SM2"
    assert Message.objects.get(pk=adopted.pk).external_id == "SM1"


def test_a_failure_is_kept_with_its_code(queued):
    message = queued(status="sent", external_id="SM1")
    report(message, "failed", error_code="63016", error_text="outside the window")
    failed = Message.objects.get(pk=message.pk)

    assert (failed.status, failed.error_code, failed.error) == ("failed", "63016", "outside the window")


@pytest.mark.parametrize("settled", ["delivered", "read"])
def test_a_failure_after_the_delivery_is_ignored(queued, settled):
    message = queued(status=settled, external_id="SM1")

    assert report(message, "failed", error_code="63016") is None
    assert (status_of(message), Message.objects.get(pk=message.pk).error_code) == (settled, "")


def test_unknown_ids_are_ignored(queued):
    message = queued(status="sent", external_id="SM1")
    unknown = "00000000-0000-0000-0000-000000000000"

    assert statuses.raise_status(message_id=unknown, external_id="SM9", status="read") is None
    assert statuses.raise_status(message_id=None, external_id="SM9", status="read") is None
    assert status_of(message) == "sent"


def test_a_callback_whose_two_ids_disagree_is_ignored(queued):
    first = queued(status="sent", external_id="SM1")
    second = queued(status="sending")

    assert report(first, "read", external_id="SM2") is None
    assert report(second, "read", external_id="SM1") is None
    assert (status_of(first), status_of(second)) == ("sent", "sending")
    assert Message.objects.get(pk=second.pk).external_id is None


def test_an_inbound_message_has_no_delivery(queued):
    message = queued(direction="in", status="received", external_id="SM1")

    assert report(message, "read") is None
    assert report(message, "read", by_id=False) is None
    assert status_of(message) == "received"


def test_a_report_that_the_contact_wrote_stop_to_the_provider_opts_them_out(queued):
    message = queued(status="sent", external_id="SM1")
    report(message, "failed", error_code="21610", opted_out=True)

    contact = Contact.objects.get()
    assert (contact.opted_out, contact.opted_out_at is not None) == (True, True)


def test_a_late_report_of_a_stop_does_not_undo_a_start(queued):
    message = queued(status="sent", external_id="SM1")
    InboundFactory(conversation=message.conversation, content="START", outcome="answered", outcome_reason="start")
    report(message, "failed", error_code="21610", opted_out=True)

    assert (status_of(message), Contact.objects.get().opted_out) == ("failed", False)


def test_any_other_failure_opts_nobody_out(queued):
    report(queued(status="sent", external_id="SM1"), "failed", error_code="63016")

    assert not Contact.objects.get().opted_out


def test_when_a_message_got_so_far_is_kept_whichever_report_comes_first(queued):
    message = queued(status="sent", external_id="SM1")
    assert report(message, "read")
    assert report(message, "delivered") is None
    message.refresh_from_db()
    assert message.status == "read"
    assert message.delivered_at >= message.read_at
    first = message.delivered_at
    report(message, "delivered")

    message.refresh_from_db()
    assert (message.delivered_at, message.sent_at) == (first, None)


def test_a_message_knows_when_the_provider_took_it(held, queued):
    message = queued()
    outbox.deliver(held)

    message.refresh_from_db()
    assert message.sending_at <= message.sent_at
    assert (message.delivered_at, message.read_at) == (None, None)


def test_a_message_that_failed_was_not_delivered_by_a_late_report(queued):
    message = queued(status="failed", external_id="SM1")
    report(message, "delivered")

    message.refresh_from_db()
    assert (message.status, message.delivered_at) == ("failed", None)
