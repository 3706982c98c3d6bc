"""What the stand-in posts to the application, checked with the SDK's own validator."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from sandbox.twilio.client import Phone
from sandbox.twilio.webhooks import Overrides
from tests.sandbox.conftest import ACCOUNT, ADA, BAKERY, CLINIC, GRACE, OTHER_ACCOUNT, OTHER_TOKEN, PUBLIC, TOKEN
from tests.sandbox.receiver import Receiver

FIXTURES = Path(__file__).parent / "fixtures"


def last_fields(application: Receiver) -> dict[str, str]:
    return application.requests[-1].fields


def test_a_text_arrives_with_every_field_that_twilio_sends(phone: Phone, application: Receiver) -> None:
    sid = phone.send(user=ADA, number=BAKERY, body="How much is a croissant? \u20ac & more")["sid"]
    expected = json.loads((FIXTURES / "twilio_text.json").read_text().replace("MESSAGE_SID", sid))
    assert last_fields(application) == expected


def test_the_signature_is_over_the_public_address_without_its_fragment(phone: Phone, application: Receiver) -> None:
    phone.send(user=ADA, number=BAKERY, body="")
    [received] = application.requests
    assert received.path == "/api/whatsapp/webhook/"
    assert received.headers["Host"] == "bots.example"
    assert received.headers["X-Forwarded-Proto"] == "https"
    assert received.headers["User-Agent"] == "TwilioProxy/1.1"
    assert received.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert received.headers["I-Twilio-Idempotency-Token"]
    signature = received.headers["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(PUBLIC, received.fields, signature)
    assert not RequestValidator(OTHER_TOKEN).validate(PUBLIC, received.fields, signature)


def test_a_signature_can_be_wrong_or_missing(phone: Phone, application: Receiver) -> None:
    phone.send(user=ADA, number=BAKERY, body="x", signature="wrong")
    phone.send(user=ADA, number=BAKERY, body="x", signature="missing")
    wrong, missing = application.requests
    assert not RequestValidator(TOKEN).validate(PUBLIC, wrong.fields, wrong.headers["X-Twilio-Signature"])
    assert "X-Twilio-Signature" not in missing.headers


def test_a_person_with_a_username_only_has_no_phone_in_any_field(phone: Phone, application: Receiver) -> None:
    phone.send(user=GRACE, number=BAKERY, body="hi")
    fields = last_fields(application)
    assert fields["From"] == fields["ExternalUserId"] == f"whatsapp:{GRACE}"
    assert "WaId" not in fields
    assert json.loads(fields["ChannelMetadata"]) == {"type": "whatsapp", "data": {"context": {"ProfileName": "Grace"}}}


def test_a_number_without_a_proxy_is_reached_at_its_own_address(phone: Phone, application: Receiver) -> None:
    phone.send(user=ADA, number=CLINIC, body="hi")
    [received] = application.requests
    assert received.fields["AccountSid"] == OTHER_ACCOUNT
    assert "X-Forwarded-Proto" not in received.headers
    url = f"{application.url}/clinic"
    assert RequestValidator(OTHER_TOKEN).validate(url, received.fields, received.headers["X-Twilio-Signature"])


@pytest.mark.parametrize(
    ("sample", "message_type", "content_type"),
    [
        ("photo", "image", "image/jpeg"),
        ("voice", "audio", "audio/ogg"),
        ("document", "document", "application/pdf"),
        ("sticker", "sticker", "image/webp"),
        ("contact", "contacts", "text/vcard"),
    ],
)
def test_a_file_is_announced_with_its_address_at_twilio(
    phone: Phone, application: Receiver, sample: str, message_type: str, content_type: str
) -> None:
    sid = phone.send(user=ADA, number=BAKERY, media=[sample])["sid"]
    fields = last_fields(application)
    assert (fields["NumMedia"], fields["MessageType"]) == ("1", message_type)
    assert fields["MediaContentType0"] == content_type
    assert fields["MediaUrl0"].startswith(
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/ME"
    )


def test_details_and_quotes_become_fields(phone: Phone, application: Receiver) -> None:
    first = phone.send(user=ADA, number=BAKERY, body="hi")["sid"]
    button = {"ButtonText": "Yes", "ButtonPayload": "order-7"}
    phone.send(user=ADA, number=BAKERY, body="Yes", kind="button", details=button, reply_to=first)
    fields = last_fields(application)
    assert fields["MessageType"] == "button"
    assert button.items() <= fields.items()
    assert fields["OriginalRepliedMessageSid"] == first
    assert fields["OriginalRepliedMessageSender"] == f"whatsapp:{ADA}"


def test_a_repeated_sid_is_posted_again_and_remembered_once(phone: Phone, application: Receiver) -> None:
    sid = "SM" + "7" * 32
    answers = phone.send(user=ADA, number=BAKERY, body="again", sid=sid, copies=4)["answers"]
    phone.send(user=ADA, number=BAKERY, body="again", sid=sid)
    assert [answer["status"] for answer in answers] == [200] * 4
    assert {each.fields["MessageSid"] for each in application.requests} == {sid}
    assert len(application.requests) == 5
    assert [message["sid"] for message in phone.messages()] == [sid]


def test_the_address_can_ask_for_retries_of_every_failure(phone: Phone, application: Receiver) -> None:
    application.answers[:] = [503, 404]
    answers = phone.send(user=ADA, number=BAKERY, body="x")["answers"]
    assert [answer["status"] for answer in answers] == [503, 404, 200]
    assert answers[0]["body"] == "<Response/>"
    first, _, third = application.requests
    assert first.fields == third.fields
    assert first.headers["I-Twilio-Idempotency-Token"] == third.headers["I-Twilio-Idempotency-Token"]


def test_retries_end_after_the_number_asked_for(phone: Phone, application: Receiver) -> None:
    application.answers[:] = [500] * 9
    assert len(phone.send(user=ADA, number=BAKERY, body="x")["answers"]) == 6


def test_an_error_is_not_retried_by_default(phone: Phone, application: Receiver) -> None:
    application.answers[:] = [503]
    assert [answer["status"] for answer in phone.send(user=ADA, number=CLINIC, body="x")["answers"]] == [503]


def test_a_failed_connect_is_retried_once_by_default(phone: Phone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    phone.add_number(
        number="+14155550009",
        name="Nobody",
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        webhook_url=f"http://127.0.0.1:{port}/",
    )
    answers = phone.send(user=ADA, number="+14155550009", body="x")["answers"]
    assert [(answer["status"], answer["error"]) for answer in answers] == [(0, "could not connect")] * 2


@pytest.mark.parametrize(
    ("fragment", "failure", "retried"),
    [
        ("", "ct", True),
        ("", "5xx", False),
        ("rp=5xx", "5xx", True),
        ("rp=5xx", "4xx", False),
        ("rp=4xx,rt", "rt", True),
    ],
)
def test_the_retry_policy_names_the_failures(fragment: str, failure: str, retried: bool) -> None:
    assert Overrides.from_fragment(fragment).retries(failure) is retried


def test_overrides_are_milliseconds_and_at_most_five_retries() -> None:
    overrides = Overrides.from_fragment("rc=9&rp=all&ct=2000&rt=500&tt=oops")
    assert (overrides.rc, overrides.ct, overrides.rt, overrides.tt) == (5, 2.0, 0.5, 15.0)
