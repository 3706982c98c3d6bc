"""What is Twilio's own: its hosts, its signature."""

from __future__ import annotations

import pytest
from twilio.request_validator import HMAC_SHA256, RequestValidator
from urllib3 import HTTPSConnectionPool

from bots.whatsapp import build_client, twilio, twilio_signature
from bots.whatsapp.base import WhatsAppError

URL = "https://bots.example.com/api/whatsapp/webhook/?a=b"
FIELDS = {"Body": "how much? €", "From": "whatsapp:+4915112345601", "Blank": ""}
CREDENTIALS = {"auth_token": "a-token", "signing_key": "a-shared-key"}


def signed(url: str = URL, *, fields=FIELDS, token: str = "a-token") -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, fields)}


def is_valid(headers, *, url: str = URL, fields=FIELDS, credentials=CREDENTIALS) -> bool:
    return twilio_signature.signature_is_valid(url=url, fields=fields, headers=headers, credentials=credentials)


@pytest.mark.parametrize("variable", ["TWILIO_EDGE", "TWILIO_REGION"])
def test_without_an_override_twilios_own_host_is_asked_whatever_the_environment_says(monkeypatch, variable):
    monkeypatch.setenv(variable, "elsewhere")
    asked = []

    def urlopen(pool, _method, path, **options):
        asked.append((f"https://{pool.host}{path}", options["timeout"].read_timeout))
        raise ConnectionError

    monkeypatch.setattr(HTTPSConnectionPool, "urlopen", urlopen)
    client = build_client(provider="twilio", address="+1", account_id="AC1", credentials={"auth_token": "t"})
    with pytest.raises((WhatsAppError, ConnectionError)):
        client.send_message("whatsapp:+2", "hello")

    assert asked == [("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json", twilio.TIMEOUT)]


def test_all_calls_share_one_pool_of_connections():
    assert twilio.http("http://127.0.0.1:9") is twilio.http("http://127.0.0.1:9")


def test_the_accounts_own_signature_is_valid():
    assert is_valid(signed())


def test_blank_fields_are_part_of_what_is_signed():
    assert not is_valid(signed(), fields={"Body": FIELDS["Body"], "From": FIELDS["From"]})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "nonsense"},
        {"X-Twilio-Signature": "é"},
        signed(token="another"),
        signed("https://bots.example.com/api/whatsapp/webhook/"),
        signed(fields={**FIELDS, "Body": "something else"}),
    ],
    ids=["none", "empty", "nonsense", "not ASCII", "another token", "another address", "another text"],
)
def test_any_other_signature_is_not(headers):
    assert not is_valid(headers)


def test_without_a_token_nothing_is_valid():
    assert not is_valid(signed(token=""), credentials={})


def test_a_shared_keys_signature_is_valid_where_its_header_says_so():
    settings = {"X-Twilio-Webhooks-Signature-Settings": f"algorithm={HMAC_SHA256}"}
    signature = RequestValidator("a-shared-key").compute_signature(URL, FIELDS, HMAC_SHA256)

    assert is_valid({"X-Twilio-Signature": signature, **settings})
    assert not is_valid({"X-Twilio-Signature": signature})
    assert not is_valid({"X-Twilio-Signature": signature, **settings}, credentials={"auth_token": "a-token"})
