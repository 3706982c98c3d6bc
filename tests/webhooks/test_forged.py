"""Who cannot sign for a number's account says nothing in its name."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django_tenants.utils import schema_context

from bots.models import Channel
from tests.webhooks.posting import (
    ACME_TOKEN,
    BRAVO_ACCOUNT,
    BRAVO_TOKEN,
    ORIGIN,
    WEBHOOK,
    bells,
    deliver,
    logs,
    messages,
    nothing_kept,
    payload,
    post,
    signature,
    unrouted,
    without,
)

pytestmark = pytest.mark.django_db


def assert_refused(response: HttpResponse) -> None:
    """403, nothing but the row that says so."""
    assert response.status_code == 403
    assert nothing_kept()
    (log,) = logs("acme")
    assert (log.outcome, log.response_status, log.message) == ("forged", 403, None)
    assert log.error
    assert not logs("bravo")
    assert not unrouted()


def body(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


@pytest.mark.parametrize("signed", [None, "", "AAAA", "ä" * 28, "=" * 28, "A" * 5000])
def test_a_missing_or_invented_signature_is_refused(signed: str | None) -> None:
    assert_refused(post(body(payload("text")), signed=signed))


def test_a_word_changed_on_the_way_is_refused() -> None:
    signed = signature(payload("text"))
    assert_refused(post(body(payload("text", Body="How much is the bank?")), signed=signed))


def test_a_field_added_on_the_way_is_refused() -> None:
    signed = signature(payload("text"))
    assert_refused(post(body(payload("text", Added="")), signed=signed))


def test_a_blank_field_dropped_on_the_way_is_refused() -> None:
    fields = payload("text", MediaUrl0="")
    signed = signature(fields)
    assert_refused(post(body(without(fields, "MediaUrl0")), signed=signed))


def test_another_account_is_refused_even_with_the_right_token() -> None:
    assert_refused(deliver(payload("text", AccountSid=BRAVO_ACCOUNT)))


def test_a_missing_account_is_refused_even_with_the_right_token() -> None:
    assert_refused(deliver(without(payload("text"), "AccountSid")))


def test_another_tenants_token_does_not_sign_for_this_number() -> None:
    assert_refused(deliver(payload("text"), token=BRAVO_TOKEN))


def test_another_tenants_account_and_token_do_not_sign_for_this_number() -> None:
    assert_refused(deliver(payload("text", AccountSid=BRAVO_ACCOUNT), token=BRAVO_TOKEN))


@pytest.mark.parametrize(
    "url",
    [
        "http://bots.example.com" + WEBHOOK,
        "https://evil.example.net" + WEBHOOK,
        ORIGIN + WEBHOOK.rstrip("/"),
        ORIGIN + WEBHOOK + "?tenant=acme",
        ORIGIN + "/api/whatsapp/status/",
    ],
)
def test_a_signature_for_another_url_is_refused(url: str) -> None:
    fields = payload("text")
    assert_refused(post(body(fields), signed=signature(fields, url=url)))


def test_the_hosts_that_the_caller_names_cannot_make_a_signature_right() -> None:
    fields = payload("text")
    signed = signature(fields, url="https://evil.example.net" + WEBHOOK)
    names = {"host": "evil.example.net", "x-forwarded-host": "evil.example.net", "x-original-url": "/"}
    assert_refused(post(body(fields), signed=signed, headers=names))


def test_the_hosts_that_the_caller_names_cannot_make_a_signature_wrong() -> None:
    names = {"host": "bravo.localhost:9999", "x-forwarded-host": "evil.example.net", "x-forwarded-port": "1"}
    assert deliver(payload("text"), headers=names).status_code == 200
    assert [len(messages("acme")), len(messages("bravo"))] == [1, 0]


@pytest.mark.parametrize("query", ["?tenant=acme", "?a=b%20c&d=%C3%BC&e=", "?a=1&a=2", "?bodySHA256=x"])
def test_the_query_of_the_url_is_signed_as_it_was_sent(query: str) -> None:
    assert deliver(payload("text"), path=WEBHOOK + query).status_code == 200
    assert len(messages()) == len(bells()) == 1


def test_a_query_that_was_not_signed_is_refused() -> None:
    fields = payload("text")
    assert_refused(post(body(fields), path=WEBHOOK + "?tenant=bravo", signed=signature(fields)))


def settings_header(algorithm: str) -> dict[str, str]:
    return {"x-twilio-webhooks-signature-settings": f"key=webhooks_sharedkey_1,algorithm={algorithm}"}


def test_a_sha256_signature_by_the_channels_shared_key_is_good() -> None:
    with schema_context("acme"):
        channel = Channel.objects.get()
        channel.credentials = {**channel.credentials, "signing_key": "the-shared-key"}
        channel.save()
    fields = payload("text")
    signed = signature(fields, token="the-shared-key", algorithm="HMAC_SHA256")
    assert post(body(fields), signed=signed, headers=settings_header("HMAC_SHA256")).status_code == 200
    assert len(messages()) == 1


def test_a_sha256_signature_by_the_auth_token_is_refused() -> None:
    fields = payload("text")
    signed = signature(fields, token=ACME_TOKEN, algorithm="HMAC_SHA256")
    assert_refused(post(body(fields), signed=signed, headers=settings_header("HMAC_SHA256")))


@pytest.mark.parametrize("algorithm", ["HMAC_SHA256", "hmac_sha256", "HMAC_MD5", "none", "\xff", "HMAC_SHA1 x"])
def test_a_caller_who_names_the_algorithm_gains_nothing(algorithm: str) -> None:
    """Also not the empty key of a channel that has no shared key."""
    fields = payload("text")
    for token in ("", ACME_TOKEN):
        signed = signature(fields, token=token, algorithm="HMAC_SHA256")
        assert post(body(fields), signed=signed, headers=settings_header(algorithm)).status_code == 403
    assert nothing_kept()


def test_the_default_algorithm_may_be_named() -> None:
    assert deliver(payload("text"), headers=settings_header("HMAC_SHA1")).status_code == 200
