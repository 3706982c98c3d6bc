"""What the checklist and the health card are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bots.channels.connecting import remove
from bots.channels.facts import facts, kept
from bots.models import Channel, Message, WebhookLog
from tenants.models import Tenant, User
from tests.bots.factories import ContactFactory, ConversationFactory


def came(channel: Channel, *, at: object = None, direction: str = "in", **more: object) -> Message:
    conversation = ConversationFactory(contact=ContactFactory(channel=channel))
    return Message.objects.create(
        conversation=conversation,
        role="user" if direction == "in" else "assistant",
        direction=direction,
        timestamp=at or timezone.now(),
        **{"status": "received", "content": "hello", **more},
    )


def refused(channel: Channel, *, why: str = "The signature is wrong: …") -> WebhookLog:
    return WebhookLog.objects.create(
        method="POST",
        headers={},
        body={},
        response_status=403,
        processing_time=1.0,
        kind="message",
        outcome="forged",
        error=why,
        channel=channel,
    )


def test_a_new_number_has_seen_nothing(connected: Channel) -> None:
    found = facts(connected)
    assert (found.kept, found.last_inbound, found.is_signed, found.refusal) == ("readable", None, False, "")
    assert (found.last_outbound, found.trial, found.error) == (None, None, "")


def test_a_message_since_the_credentials_were_given_proves_them(connected: Channel) -> None:
    assert connected.credentials_set_at is not None
    came(connected, at=connected.credentials_set_at - timedelta(minutes=1))
    assert facts(connected).is_signed is False
    came(connected)
    assert facts(connected).is_signed is True


def test_a_number_of_an_onboarding_file_is_proven_by_any_message(tenant: Tenant) -> None:
    channel = Channel.objects.get()
    assert facts(channel).is_signed is False
    came(channel)
    assert facts(channel).is_signed is True


def test_a_message_to_another_number_proves_nothing(connected: Channel) -> None:
    came(Channel.objects.exclude(pk=connected.pk).get())
    found = facts(connected)
    assert (found.last_inbound, found.is_signed) == (None, False)


def test_a_refused_request_is_told_until_a_good_one_comes(connected: Channel) -> None:
    refused(connected, why="The signature is wrong: …")
    assert facts(connected).refusal == "The signature is wrong: …"
    came(connected)
    assert facts(connected).refusal == ""


def test_a_request_that_was_refused_before_the_credentials_were_replaced_is_past(connected: Channel) -> None:
    refused(connected)
    assert facts(connected).refusal != ""
    Channel.objects.filter(pk=connected.pk).update(credentials_set_at=timezone.now())
    assert facts(Channel.objects.get(pk=connected.pk)).refusal == ""


def test_another_numbers_refusal_is_not_this_ones(connected: Channel) -> None:
    refused(Channel.objects.exclude(pk=connected.pk).get())
    assert facts(connected).refusal == ""


def test_the_last_message_out_is_told_with_its_error(connected: Channel) -> None:
    came(connected, direction="out", status="delivered", at=timezone.now() - timedelta(hours=1))
    came(connected, direction="out", status="failed", error_code="63016", error="outside the window")
    last = facts(connected).last_outbound
    assert last is not None
    assert (last.status, last.error_code) == ("failed", "63016")


def test_unreadable_secrets_are_found_without_being_read(connected: Channel) -> None:
    assert kept(connected) == "readable"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_channel SET credentials = 'gAAAAABunreadable' WHERE id = %s", [connected.pk])
    channel = Channel.objects.defer("credentials").get(pk=connected.pk)
    assert kept(channel) == "unreadable"
    assert facts(channel).kept == "unreadable"


def test_missing_secrets_are_told_from_unreadable_ones(connected: Channel, tenant: Tenant, actor: User) -> None:
    remove(connected, tenant=tenant, actor=actor)
    assert kept(Channel.objects.get(pk=connected.pk)) == "missing"


@pytest.mark.parametrize("messages", [0, 3])
def test_however_much_was_said_the_queries_stay_few(
    connected: Channel, messages: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(messages):
        came(connected)
    channel = Channel.objects.defer("credentials").get(pk=connected.pk)
    with django_assert_max_num_queries(6):
        facts(channel)
