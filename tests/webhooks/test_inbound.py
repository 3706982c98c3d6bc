"""A signed message becomes rows in its tenant's schema, and rings once."""

from __future__ import annotations

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from bots.models import AIConfiguration, Contact
from tenants.models import Tenant
from tests.webhooks.posting import (
    BRAVO_ACCOUNT,
    BRAVO_NUMBER,
    BRAVO_TOKEN,
    WEBHOOK,
    bells,
    deliver,
    logs,
    messages,
    nothing_kept,
    payload,
    unrouted,
)

pytestmark = pytest.mark.django_db


def test_a_signed_message_is_answered_with_empty_twiml_and_kept_in_its_tenants_schema() -> None:
    response = deliver(payload("text"))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/xml")
    assert response.content == b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    (message,) = messages("acme")
    assert (message.external_id, message.content) == ("SM0000000000000000000000000000edge", "How much is a croissant?")
    assert (message.direction, message.role, message.status, message.outcome) == ("in", "user", "received", "")
    assert message.conversation.contact.identity == "+4915112345601"
    assert message.conversation.contact.reply_to == "whatsapp:+4915112345601"
    assert message.conversation.due_at is not None
    assert not messages("bravo")


def test_a_signed_message_rings_once_for_its_conversation() -> None:
    deliver(payload("text"))
    (message,) = messages()
    assert bells() == [[Tenant.objects.get(slug="acme").pk, str(message.conversation_id)]]


def test_a_signed_message_is_logged_with_what_it_made() -> None:
    deliver(payload("text"))
    (log,) = logs()
    assert (log.kind, log.outcome, log.response_status, log.method) == ("message", "accepted", 200, "POST")
    assert log.message == messages()[0]
    assert log.body["Body"] == "How much is a croissant?"
    assert log.processing_time >= 0


def test_a_repeated_sid_is_kept_and_rung_for_once() -> None:
    answers = [deliver(payload("text")).status_code for _ in range(20)]
    assert answers == [200] * 20
    assert len(messages()) == len(bells()) == 1
    assert sorted(log.outcome for log in logs()) == ["accepted"] + ["repeat"] * 19


def test_a_repeat_with_other_words_does_not_change_what_was_said() -> None:
    deliver(payload("text"))
    assert deliver(payload("text", Body="Something else")).status_code == 200
    assert [message.content for message in messages()] == ["How much is a croissant?"]


def test_the_same_sid_for_two_tenants_is_two_messages() -> None:
    fields = payload("text")
    deliver(fields)
    response = deliver({**fields, "AccountSid": BRAVO_ACCOUNT, "To": BRAVO_NUMBER}, token=BRAVO_TOKEN)
    assert response.status_code == 200
    assert [len(messages("acme")), len(messages("bravo")), len(bells())] == [1, 1, 2]


def test_blank_fields_are_part_of_the_signature_and_stay_in_the_log() -> None:
    fields = payload("text", Body="", ButtonText="", MediaContentType0="")
    assert deliver(fields).status_code == 200
    assert messages()[0].content == ""
    assert logs()[0].body == fields


def test_fields_that_twilio_may_add_tomorrow_do_no_harm() -> None:
    fields = payload("text", Tomorrow="yes", **{"weird name &=": "ü😀\n", "": "no name"})
    assert deliver(fields).status_code == 200
    assert messages()[0].content == "How much is a croissant?"


def test_words_of_every_script_are_kept_as_they_were_written() -> None:
    body = "Grüß Gott 😀👩‍👩‍👧 مرحبا שלום\r\n日本語 +&=%;#"
    assert deliver(payload("text", Body=body)).status_code == 200
    assert messages()[0].content == body


def test_nul_is_left_out_of_what_is_kept_while_the_signature_covers_it() -> None:
    assert deliver(payload("text", Body="cro\0issant\0", ProfileName="A\0da")).status_code == 200
    (message,) = messages()
    assert message.content == "croissant"
    assert message.conversation.contact.profile_name == "Ada"
    assert logs()[0].body["Body"] == "croissant"


def test_a_message_waits_for_the_rest_of_its_burst() -> None:
    with schema_context("acme"):
        AIConfiguration.objects.filter(is_active=True).update(reply_delay_seconds=30)
    deliver(payload("text"))
    conversation = messages()[0].conversation
    assert conversation.waiting_since is not None
    assert conversation.due_at is not None
    assert 29 < (conversation.due_at - conversation.waiting_since).total_seconds() < 31


def test_a_username_without_a_phone_number_is_a_contact_too() -> None:
    fields = payload("text", From="whatsapp:DE.ada_lovelace.42", ExternalUserId="whatsapp:DE.ada_lovelace.42", WaId="")
    assert deliver(fields).status_code == 200
    with schema_context("acme"):
        contact = Contact.objects.get()
    assert (contact.identity, contact.phone, contact.reply_to) == (
        "DE.ada_lovelace.42",
        "",
        "whatsapp:DE.ada_lovelace.42",
    )


def test_a_message_for_a_suspended_tenant_is_kept_and_the_log_says_why_nobody_answers() -> None:
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)
    assert deliver(payload("text")).status_code == 200
    assert len(messages()) == 1
    (log,) = logs()
    assert log.outcome == "accepted"
    assert "suspended" in log.error


def test_a_closed_tenants_number_is_nobodys() -> None:
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.CLOSED)
    assert deliver(payload("text")).status_code == 404
    assert nothing_kept()
    assert not logs()
    assert [(kept.response_status, kept.address) for kept in unrouted()] == [(404, "+14155238886")]


def test_an_unknown_number_is_noted_without_what_was_said() -> None:
    fields = payload("text", To="whatsapp:+15005550006")
    assert deliver(fields).status_code == 404
    assert nothing_kept()
    (kept,) = unrouted()
    assert (kept.address, kept.provider, kept.response_status, kept.path) == ("+15005550006", "twilio", 404, WEBHOOK)
    assert kept.fields == sorted(fields)
    assert kept.body_bytes > 0
    noted = repr([kept.headers, kept.fields, kept.reason])
    assert all(words not in noted for words in ("croissant", "Ada", "4915112345601"))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(method: str, public_client: Client) -> None:
    assert public_client.generic(method, WEBHOOK).status_code == 405
    assert nothing_kept()


@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/xml", "nonsense"])
def test_get_says_that_the_webhook_is_there(accept: str, public_client: Client) -> None:
    response = public_client.get(WEBHOOK, headers={"accept": accept})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    assert response.text.count("\n") == 0


@pytest.mark.parametrize("accept", ["*/*", "text/xml", "application/xml", "nonsense"])
def test_what_the_caller_would_like_to_read_does_not_matter(accept: str) -> None:
    assert deliver(payload("text"), headers={"accept": accept}).status_code == 200
    assert len(messages()) == 1
