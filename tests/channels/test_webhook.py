"""The provider's webhook: read, set, read back."""

from __future__ import annotations

import pytest
from django.test import Client

from bots.channels.checking import check, leads_here, messages_url
from bots.channels.connecting import connect
from bots.channels.findings import Findings
from bots.channels.webhook import set_webhook
from bots.models import Channel
from bots.whatsapp.accounts import AccountError
from sandbox.meta.client import MetaPhone
from sandbox.twilio.client import Phone
from tenants.models import Tenant, User
from tests.channels.conftest import CARRIED, ELSEWHERE, META_LINE, OURS, TOKEN


def test_the_address_for_twilio_asks_it_to_repeat_what_failed() -> None:
    assert messages_url("twilio") == OURS
    assert messages_url("meta") == OURS.partition("#")[0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [(OURS, True), (OURS.partition("#")[0], True), (ELSEWHERE, False), ("", False), (None, False)],
)
def test_only_this_platforms_address_leads_here(url: str | None, expected: bool) -> None:
    assert leads_here(url) is expected


def test_what_is_set_at_twilio_is_read_back(connected: Channel, twilio: Phone, tenant: Tenant, actor: User) -> None:
    found = set_webhook(connected, tenant=tenant, actor=actor)
    assert found.webhook == OURS
    kept = Findings.from_json(Channel.objects.get(pk=connected.pk).findings)
    assert kept == found
    assert twilio.requests()["answers"]["senders.update"] == {"202": 1}


def test_a_number_without_whatsapp_has_no_webhook_to_set(
    connected: Channel, twilio: Phone, tenant: Tenant, actor: User
) -> None:
    twilio.add_number(**{**CARRIED, "status": ""})
    with pytest.raises(AccountError, match="cannot_set"):
        set_webhook(connected, tenant=tenant, actor=actor)


def test_a_check_tells_what_changed_at_the_provider_since(connected: Channel, twilio: Phone) -> None:
    twilio.add_number(**{**CARRIED, "status": "OFFLINE", "offline_reason": "Quality is too low."})
    found = check(connected)
    assert (found.credentials, found.number, found.number_reason) == ("good", "offline", "Quality is too low.")
    twilio.add_number(**{**CARRIED, "auth_token": "another"})
    assert check(connected).credentials == "wrong_credentials"
    assert Channel.objects.get(pk=connected.pk).findings["credentials"] == "wrong_credentials"


def test_credentials_that_work_again_clear_the_error_of_a_send(connected: Channel, twilio: Phone) -> None:
    Channel.objects.filter(pk=connected.pk).update(error="Twilio answered 401")
    check(connected)
    assert Channel.objects.get(pk=connected.pk).error == ""


def test_a_check_that_began_before_the_credentials_were_replaced_says_nothing_of_the_new_ones(
    connected: Channel, twilio: Phone, tenant: Tenant, actor: User
) -> None:
    old = Channel.objects.get(pk=connected.pk)
    twilio.add_number(**{**CARRIED, "auth_token": "another"})
    Channel.objects.filter(pk=connected.pk).update(credentials_set_at="2030-01-01T00:00:00Z")
    assert check(old).credentials == "wrong_credentials"
    assert Channel.objects.get(pk=connected.pk).findings["credentials"] == "good"


def test_what_could_not_be_found_out_is_told_from_what_is_wrong(connected: Channel, twilio: Phone) -> None:
    twilio.fault(on="senders.list", mode="status", status=400, code=20006)
    found = check(connected)
    assert (found.credentials, found.number, found.number_problem) == ("good", "", "not_allowed")


@pytest.mark.parametrize("operation", ["account.fetch", "senders.list"])
def test_a_provider_that_does_not_answer_takes_nothing_away_from_what_is_known(
    connected: Channel, twilio: Phone, operation: str
) -> None:
    before = Channel.objects.get(pk=connected.pk).findings
    twilio.fault(on=operation, mode="status", status=503)
    with pytest.raises(AccountError, match="unreachable"):
        check(connected)
    assert Channel.objects.get(pk=connected.pk).findings == before


def test_findings_survive_their_way_through_the_database_and_unknown_keys_are_ignored(connected: Channel) -> None:
    kept = Channel.objects.get(pk=connected.pk).findings
    assert Findings.from_json(kept).as_json() == kept
    assert Findings.from_json({**kept, "of_a_newer_version": 1}) == Findings.from_json(kept)
    assert Findings.from_json({}) == Findings()


def test_findings_hold_no_secret(connected: Channel) -> None:
    assert TOKEN not in str(Channel.objects.get(pk=connected.pk).findings)


def test_metas_verification_is_answered_for_the_token_that_the_number_was_given(
    at_meta: MetaPhone, tenant: Tenant, actor: User, public_client: Client
) -> None:
    channel = Channel.objects.get(pk=connect(META_LINE, name="", tenant=tenant, actor=actor).pk)
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    token = channel.credentials["verify_token"]
    answer = public_client.get("/api/whatsapp/webhook/", {**asked, "hub.verify_token": token})
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert public_client.get("/api/whatsapp/webhook/", {**asked, "hub.verify_token": "no"}).status_code == 403


def test_meta_says_so_when_it_cannot_reach_this_platform(at_meta: MetaPhone, tenant: Tenant, actor: User) -> None:
    channel = Channel.objects.get(pk=connect(META_LINE, name="", tenant=tenant, actor=actor).pk)
    with pytest.raises(AccountError, match="callback_refused"):
        set_webhook(channel, tenant=tenant, actor=actor)
    assert at_meta.requests()["answers"]["subscribed_apps"] == {"200": 1}
