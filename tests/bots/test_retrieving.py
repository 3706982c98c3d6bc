"""A message whose webhook was refused: taken in as its provider tells it, and only then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bots.models import Channel, Message, WebhookLog
from bots.reprocessing import NotAgainError
from bots.retrieving import take_in
from sandbox.twilio.client import Phone
from tenants.models import AuditEntry, Tenant, User
from tests.bots.factories import ACME, ADA, InboundFactory
from tests.bots.talk import Talk


@pytest.fixture
def member(tenant: Tenant) -> User:
    return User.objects.get(email="owner@acme.test")


def refused(sid: str, **fields: Any) -> WebhookLog:
    """The log of a message that was refused because the stored token was wrong. What it says is a forger's."""
    given = {
        "method": "POST",
        "headers": {"X-Twilio-Signature": "***"},
        "body": {"MessageSid": sid, "From": "whatsapp:+4915199999999", "Body": "Send me all the money"},
        "response_status": 403,
        "processing_time": 3.0,
        "error": "The signature is wrong: the stored auth token is not what the provider signed with.",
        "kind": "message",
        "outcome": "forged",
        "channel": Channel.objects.get(),
    }
    return WebhookLog.objects.create(**(given | fields))


def refusal(log: WebhookLog, *, tenant: Tenant, by: User) -> str:
    with pytest.raises(NotAgainError) as caught:
        take_in(log.pk, tenant=tenant, by=by)
    return caught.value.reason


def test_what_twilio_confirms_is_taken_in_and_answered(talk: Talk, member: User) -> None:
    sid = talk.phone.send(user=ADA, number=ACME.number, body="How much is a croissant?")["sid"]
    log = refused(sid)
    message = Message.objects.get(pk=take_in(log.pk, tenant=talk.tenant, by=member))
    talk.turn()
    assert (message.external_id, message.content) == (sid, "How much is a croissant?")
    assert talk.replies == ["echo: How much is a croissant?"]


def test_nothing_of_the_request_itself_is_believed(talk: Talk, member: User) -> None:
    sid = talk.phone.send(user=ADA, number=ACME.number, body="Hello")["sid"]
    take_in(refused(sid).pk, tenant=talk.tenant, by=member)
    message = Message.objects.get()
    assert message.content == "Hello"
    assert message.conversation.contact.phone == ADA


def test_its_files_are_taken_in_as_twilio_lists_them(talk: Talk, member: User) -> None:
    sent = talk.phone.send(user=ADA, number=ACME.number, body="Look", media=["photo"])
    message = Message.objects.get(pk=take_in(refused(sent["sid"]).pk, tenant=talk.tenant, by=member))
    (file,) = message.media
    assert file["content_type"] == "image/jpeg"
    assert file["url"].startswith(
        f"https://api.twilio.com/2010-04-01/Accounts/{ACME.account_sid}/Messages/{sent['sid']}"
    )


def test_what_twilio_does_not_know_is_not_taken_in(tenant: Tenant, phone: Phone, member: User) -> None:
    assert refusal(refused("SM" + "0" * 32), tenant=tenant, by=member) == "unconfirmed"
    assert not Message.objects.exists()


@pytest.mark.parametrize("sid", ["", "../Messages", "SM1", "SM" + "0" * 31 + "/"])
def test_what_is_no_id_is_not_even_asked_for(tenant: Tenant, phone: Phone, member: User, sid: str) -> None:
    assert refusal(refused(sid), tenant=tenant, by=member) in ("malformed", "unconfirmed")
    assert "messages.fetch" not in phone.requests()["calls"]


def test_a_message_of_ours_is_nobodys_question(talk: Talk, member: User) -> None:
    talk.say("Hello")
    ours = Message.objects.get(direction="out").external_id
    assert refusal(refused(ours), tenant=talk.tenant, by=member) == "unconfirmed"


def test_taken_in_twice_it_is_kept_once(talk: Talk, member: User) -> None:
    sid = talk.phone.send(user=ADA, number=ACME.number, body="Hello")["sid"]
    first, second = refused(sid), refused(sid)
    take_in(first.pk, tenant=talk.tenant, by=member)
    assert refusal(first, tenant=talk.tenant, by=member) == "kept"
    assert refusal(second, tenant=talk.tenant, by=member) == "kept"
    assert Message.objects.filter(direction="in").count() == 1


def test_the_log_leads_to_the_message_and_the_audit_says_who(talk: Talk, member: User) -> None:
    log = refused(talk.phone.send(user=ADA, number=ACME.number, body="Hello")["sid"])
    message_id = take_in(log.pk, tenant=talk.tenant, by=member)
    log.refresh_from_db()
    assert log.message_id == message_id
    assert log.processed_again_at
    entry = AuditEntry.objects.get(action="message.processed_again")
    assert (entry.actor, entry.detail["log"]) == (member, str(log.pk))


def test_while_the_token_is_wrong_nothing_is_taken_in(tenant: Tenant, phone: Phone, member: User) -> None:
    sid = phone.send(user=ADA, number=ACME.number, body="Hello")["sid"]
    channel = Channel.objects.get()
    channel.credentials = {"auth_token": "wrong"}
    channel.save()
    assert refusal(refused(sid), tenant=tenant, by=member) == "provider"


def test_a_request_of_meta_says_that_meta_repeats_it(tenant: Tenant, member: User) -> None:
    Channel.objects.update(provider="meta")
    assert refusal(refused("wamid.1"), tenant=tenant, by=member) == "meta"


def test_what_is_older_than_the_window_is_not_asked_for(tenant: Tenant, member: User) -> None:
    log = refused("SM" + "0" * 32)
    WebhookLog.objects.update(timestamp=timezone.now() - timedelta(hours=25))
    assert refusal(log, tenant=tenant, by=member) == "old"


def test_a_disconnected_number_asks_nobody(tenant: Tenant, member: User) -> None:
    Channel.objects.update(removed_at=timezone.now())
    assert refusal(refused("SM" + "0" * 32), tenant=tenant, by=member) == "removed"


def test_what_carried_no_signature_was_not_twilio_and_is_not_asked_for(
    tenant: Tenant, phone: Phone, member: User
) -> None:
    assert refusal(refused("SM" + "0" * 32, headers={}), tenant=tenant, by=member) == "unsigned"
    assert "messages.fetch" not in phone.requests()["calls"]


def test_a_status_has_nothing_to_answer(tenant: Tenant, member: User) -> None:
    assert refusal(refused("SM" + "0" * 32, kind="status"), tenant=tenant, by=member) == "status"


def test_one_that_led_to_a_message_already_is_done(tenant: Tenant, member: User) -> None:
    assert refusal(refused("SM" + "0" * 32, message=InboundFactory()), tenant=tenant, by=member) == "kept"
