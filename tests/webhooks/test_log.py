"""What is kept of a request can explain it, and can be used for nothing else."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.webhooks.posting import FORM, WEBHOOK, deliver, logs, payload, post, signature, unrouted

pytestmark = pytest.mark.django_db

SECRETS = {
    "authorization": "Basic c2VjcmV0LW9uZQ==",
    "cookie": "__Host-sessionid=secret-two",
    "proxy-authorization": "Basic c2VjcmV0LXRocmVl",
    "x-hub-signature": "sha1=secret-four",
    "x-hub-signature-256": "sha256=secret-five",
}


def test_headers_that_vouch_for_somebody_are_kept_as_a_mark_only() -> None:
    fields = payload("text")
    deliver(fields, headers=SECRETS)
    (log,) = logs()
    kept = json.dumps(log.headers)
    assert all(value not in kept for value in [*SECRETS.values(), signature(fields)])
    assert {name.lower() for name, value in log.headers.items() if value == "***"} == {*SECRETS, "x-twilio-signature"}


def test_a_request_for_nobody_leaves_no_secret_either() -> None:
    deliver(payload("text", To="+15005550006"), headers=SECRETS)
    headers = unrouted()[0].headers
    kept = json.dumps(headers)
    assert all(value not in kept for value in SECRETS.values())
    assert {name.lower() for name, value in headers.items() if value == "***"} == {*SECRETS, "x-twilio-signature"}


def test_other_headers_are_kept() -> None:
    deliver(payload("text"), headers={"i-twilio-idempotency-token": "retry-1", "user-agent": "TwilioProxy/1.1"})
    headers = logs()[0].headers
    assert headers["I-Twilio-Idempotency-Token"] == "retry-1"
    assert headers["User-Agent"] == "TwilioProxy/1.1"


def test_many_and_long_headers_are_cut() -> None:
    headers = {f"x-{'n' * 300}-{number}": "v" * 10_000 for number in range(100)}
    assert deliver(payload("text"), headers=headers).status_code == 200
    kept = logs()[0].headers
    assert len(kept) <= 60
    assert max(map(len, kept)) <= 100
    assert max(map(len, kept.values())) <= 2000


def test_long_fields_are_cut_in_the_log_of_a_forged_request() -> None:
    fields = {**payload("text", Body="b" * 50_000), "n" * 5000: "x"}
    assert post(urlencode(fields).encode(), signed="forged").status_code == 403
    (log,) = logs()
    assert len(log.body["Body"]) == 2000
    assert max(map(len, log.body)) == 100


def test_the_names_of_fields_are_cut_in_an_unrouted_request() -> None:
    fields = {**payload("text", To="whatsapp:+15005550006"), "n" * 5000: "x", "nul\0": "x"}
    assert deliver(fields).status_code == 404
    (kept,) = unrouted()
    assert max(map(len, kept.fields)) == 100
    assert "nul" in kept.fields


def test_an_announced_length_of_many_digits_is_too_large(public_client: Client) -> None:
    response = public_client.generic("POST", WEBHOOK, b"", content_type=FORM, CONTENT_LENGTH="9" * 5000)
    assert response.status_code == 413
