"""Status callbacks raise what is known of a sent message, for its own tenant only, and never lower it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django_tenants.utils import schema_context

from bots.models import Channel, Contact, Conversation, Message
from tests.webhooks.posting import (
    BRAVO_ACCOUNT,
    BRAVO_NUMBER,
    BRAVO_TOKEN,
    ORIGIN,
    STATUS,
    deliver,
    logs,
    payload,
    post,
    signature,
    unrouted,
    without,
)

#: An id that no message has.
NOBODYS = "6848df13-a1e0-4800-a526-c96244b96a78"
pytestmark = pytest.mark.django_db

SID = payload("status")["MessageSid"]


def outbound(schema: str = "acme", *, status: str = "sent", external_id: str | None = SID) -> Message:
    """A message of the tenant's bot, so far on its way."""
    with schema_context(schema):
        contact, _ = Contact.objects.get_or_create(
            channel=Channel.objects.get(), identity="+4915112345601", reply_to="whatsapp:+4915112345601"
        )
        conversation, _ = Conversation.objects.get_or_create(contact=contact)
        return Message.objects.create(
            conversation=conversation,
            role="assistant",
            direction="out",
            status=status,
            external_id=external_id,
            content="A croissant is 2.40 euro.",
        )


def now(message: Message, schema: str = "acme") -> Message:
    with schema_context(schema):
        return Message.objects.get(pk=message.pk)


def path_of(message: Message) -> str:
    return f"{STATUS}twilio/{message.pk}/"


def test_a_status_finds_its_message_by_the_providers_id() -> None:
    message = outbound()
    response = deliver(payload("status"), path=STATUS)
    assert response.status_code == 204
    assert response.content == b""
    assert now(message).status == "delivered"
    (log,) = logs()
    assert (log.kind, log.outcome, log.response_status, log.message) == ("status", "updated", 204, message)


def test_a_status_finds_its_message_by_our_id_before_the_providers_is_known() -> None:
    """The send's answer never came; the callback brings the id that it would have brought."""
    message = outbound(status="sending", external_id=None)
    assert deliver(payload("status", MessageStatus="sent"), path=path_of(message)).status_code == 204
    assert (now(message).status, now(message).external_id) == ("sent", SID)


def test_a_status_by_our_id_with_another_id_of_the_provider_changes_nothing() -> None:
    message = outbound(external_id="SM-of-its-own")
    assert deliver(payload("status"), path=path_of(message)).status_code == 204
    assert (now(message).status, now(message).external_id) == ("sent", "SM-of-its-own")
    assert logs()[0].outcome == "ignored"


def test_a_providers_id_that_another_message_has_is_not_taken_twice() -> None:
    first, second = outbound(), outbound(status="sending", external_id=None)
    assert deliver(payload("status"), path=path_of(second)).status_code == 204
    assert (now(second).status, now(second).external_id) == ("sending", None)
    assert now(first).status == "sent"


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        ("queued", "accepted", "queued"),
        ("queued", "sending", "sending"),
        ("sending", "sent", "sent"),
        ("sent", "delivered", "delivered"),
        ("sent", "read", "read"),
        ("delivered", "read", "read"),
        ("read", "delivered", "read"),
        ("read", "sent", "read"),
        ("delivered", "sent", "delivered"),
        ("sent", "queued", "sent"),
        ("sent", "failed", "failed"),
        ("sending", "undelivered", "failed"),
        ("delivered", "failed", "delivered"),
        ("read", "undelivered", "read"),
        ("failed", "sent", "failed"),
        ("failed", "delivered", "failed"),
        ("sent", "DELIVERED", "delivered"),
        ("sent", "teleported", "sent"),
    ],
)
def test_a_status_is_only_ever_raised(before: str, word: str, after: str) -> None:
    message = outbound(status=before)
    assert deliver(payload("status", MessageStatus=word), path=STATUS).status_code == 204
    assert now(message).status == after
    assert logs()[0].outcome == ("updated" if before != after else "ignored")


def test_statuses_in_the_wrong_order_end_at_the_highest() -> None:
    message = outbound(status="sending")
    for word in ("read", "sent", "delivered", "queued", "read"):
        deliver(payload("status", MessageStatus=word), path=path_of(message))
    assert now(message).status == "read"
    assert sorted(log.outcome for log in logs()) == ["ignored"] * 4 + ["updated"]


def test_a_read_event_is_read_whatever_its_status_says() -> None:
    message = outbound()
    assert deliver(payload("status", EventType="READ"), path=STATUS).status_code == 204
    assert now(message).status == "read"


def test_a_read_event_needs_no_status() -> None:
    message = outbound()
    fields = without(payload("status", EventType="READ"), "MessageStatus")
    assert deliver(fields, path=STATUS).status_code == 204
    assert now(message).status == "read"


def test_why_a_message_failed_is_kept() -> None:
    message = outbound()
    failure = {"ErrorCode": "63016", "ChannelStatusMessage": "Outside the allowed window\0." + "x" * 1000}
    assert deliver(payload("status", MessageStatus="undelivered", **failure), path=STATUS).status_code == 204
    failed = now(message)
    assert (failed.status, failed.error_code) == ("failed", "63016")
    assert failed.error.startswith("Outside the allowed window.x")
    assert len(failed.error) == 300


@pytest.mark.parametrize("path", [STATUS, f"{STATUS}twilio/{NOBODYS}/"])
def test_a_status_of_an_unknown_message_is_taken_and_ignored(path: str) -> None:
    assert deliver(payload("status"), path=path).status_code == 204
    assert [(log.outcome, log.message) for log in logs()] == [("ignored", None)]


@pytest.mark.parametrize("name", ["MessageSid", "MessageStatus"])
def test_a_status_without_its_message_or_word_is_malformed(name: str) -> None:
    outbound()
    assert deliver(without(payload("status"), name), path=STATUS).status_code == 400
    assert logs()[0].outcome == "malformed"


@pytest.mark.parametrize("signed", [None, "forged"])
def test_a_forged_status_changes_nothing(signed: str | None) -> None:
    message = outbound()
    body = urlencode(payload("status")).encode()
    for path in (STATUS, path_of(message)):
        assert post(body, path=path, signed=signed).status_code == 403
    assert now(message).status == "sent"
    assert [(log.outcome, log.message) for log in logs()] == [("forged", None)] * 2


def test_a_signature_for_one_messages_url_is_none_for_anothers() -> None:
    message, other = outbound(), outbound(external_id="SM-of-the-other")
    fields = payload("status")
    signed = signature(fields, url=ORIGIN + path_of(other))
    assert post(urlencode(fields).encode(), path=path_of(message), signed=signed).status_code == 403
    assert now(message).status == "sent"


def test_another_tenants_message_cannot_be_changed_by_id() -> None:
    message = outbound("acme")
    fields = payload("status", From=BRAVO_NUMBER, AccountSid=BRAVO_ACCOUNT)
    for path in (STATUS, path_of(message)):
        assert deliver(fields, token=BRAVO_TOKEN, path=path).status_code == 204
    assert now(message).status == "sent"
    assert [log.outcome for log in logs("bravo")] == ["ignored", "ignored"]
    assert not logs("acme")


def test_an_inbound_message_has_no_delivery_status() -> None:
    deliver(payload("text"))
    deliver(payload("status", MessageSid=payload("text")["MessageSid"]), path=STATUS)
    with schema_context("acme"):
        assert Message.objects.get().status == "received"


def test_a_status_for_a_number_of_nobodys_is_noted() -> None:
    assert deliver(payload("status", From="whatsapp:+15005550006"), path=STATUS).status_code == 404
    assert [(kept.path, kept.response_status) for kept in unrouted()] == [(STATUS, 404)]


@pytest.mark.parametrize("path", [f"{STATUS}twilio/1/", f"{STATUS}twilio/{'0' * 40}/", f"{STATUS}telex/{NOBODYS}/"])
def test_a_status_url_that_we_never_gave_is_not_found(path: str) -> None:
    assert deliver(payload("status"), path=path).status_code == 404
