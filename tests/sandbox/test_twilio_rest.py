"""The true `twilio` SDK against the stand-in's REST API."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from sandbox.templates import TEMPLATES
from sandbox.twilio.client import Phone
from sandbox.twilio.messages import Message
from tests.sandbox.conftest import ACCOUNT, ADA, BAKERY, CLINIC, GRACE, OTHER_ACCOUNT, TOKEN, LocalHttpClient
from tests.sandbox.receiver import Receiver

TO, FROM = f"whatsapp:{ADA}", f"whatsapp:{BAKERY}"
CALLBACK = "https://bots.example/api/whatsapp/status/7"


def test_a_created_message_has_all_that_twilio_says_of_it(phone: Phone, twilio: Client) -> None:
    phone.send(user=ADA, number=BAKERY, body="hello")
    before = datetime.now(UTC).replace(microsecond=0)
    message = twilio.messages.create(to=TO, from_=FROM, body="Good *morning*")
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert (message.status, message.direction, message.error_code) == ("queued", "outbound-api", None)
    assert (message.to, message.from_, message.body) == (TO, FROM, "Good *morning*")
    assert before <= message.date_created <= datetime.now(UTC)
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}.json"
    assert message.subresource_uris == {"media": f"{message.uri.removesuffix('.json')}/Media.json"}
    assert message.fetch().sid == message.sid
    assert [reply["body"] for reply in phone.replies(number=BAKERY, user=ADA)] == ["Good *morning*"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"body": "x" * 1601}, 21617),
        ({"body": ""}, 21619),
        ({"to": "whatsapp:12", "body": "x"}, 21211),
        ({"from_": f"whatsapp:{CLINIC}", "body": "x"}, 63007),
        ({"from_": "whatsapp:+14155550000", "body": "x"}, 63007),
    ],
)
def test_a_wrong_message_is_refused_with_twilios_code(
    phone: Phone, twilio: Client, fields: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        twilio.messages.create(**{"to": TO, "from_": FROM} | fields)
    assert (refusal.value.status, refusal.value.code) == (400, code)
    assert phone.messages() == []


def test_the_longest_body_is_counted_in_characters(phone: Phone, twilio: Client) -> None:
    assert twilio.messages.create(to=TO, from_=FROM, body="\u00e9\U0001f950" * 800).status == "queued"


@pytest.mark.parametrize("credentials", [(ACCOUNT, "wrong"), ("AC" + "f" * 32, TOKEN)])
def test_wrong_credentials_are_refused(phone: Phone, credentials: tuple[str, str]) -> None:
    client = Client(*credentials, http_client=LocalHttpClient(phone.url))
    with pytest.raises(TwilioRestException) as refusal:
        client.api.accounts(credentials[0]).fetch()
    assert (refusal.value.status, refusal.value.code) == (401, 20003)


def test_one_accounts_credentials_do_not_open_another(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        twilio.api.accounts(OTHER_ACCOUNT).fetch()
    assert (refusal.value.status, refusal.value.code) == (401, 20003)


def test_the_account_is_shown_to_its_owner(twilio: Client) -> None:
    account = twilio.api.accounts(ACCOUNT).fetch()
    assert (account.sid, account.status, account.friendly_name) == (ACCOUNT, "active", "Lumen Bakery")


def test_messages_are_listed_newest_first_by_recipient_sender_and_time(phone: Phone, twilio: Client) -> None:
    phone.send(user=ADA, number=BAKERY, body="hello")
    first, second = (twilio.messages.create(to=TO, from_=FROM, body=body).sid for body in ("one", "two"))
    twilio.messages.create(to=f"whatsapp:{GRACE}", from_=FROM, body="not for Ada")
    now = datetime.now(UTC)
    found = twilio.messages.list(to=TO, from_=FROM, date_sent_after=now - timedelta(seconds=5))
    assert [message.sid for message in found] == [second, first]
    assert twilio.messages.list(to=TO, from_=FROM, date_sent_after=now + timedelta(seconds=5)) == []
    assert twilio.messages.list(to=TO, from_=FROM, date_sent_before=now - timedelta(seconds=5)) == []
    assert len(twilio.messages.list(to=TO, from_=FROM, date_sent=now.date().isoformat())) == 2
    assert [message.direction for message in twilio.messages.list(from_=TO)] == ["inbound"]
    assert len(twilio.messages.list()) == 4


def test_the_sdk_pages_through_a_long_list(phone: Phone, twilio: Client) -> None:
    sent = [twilio.messages.create(to=TO, from_=FROM, body=str(index)).sid for index in range(7)]
    assert [message.sid for message in twilio.messages.list(to=TO, page_size=3)] == sent[::-1]
    assert phone.requests()["calls"]["messages.list"] == 3


def test_another_accounts_messages_are_not_seen(phone: Phone, twilio: Client) -> None:
    sid = phone.send(user=ADA, number=CLINIC, body="private")["sid"]
    assert twilio.messages.list() == []
    with pytest.raises(TwilioRestException) as refusal:
        twilio.messages(sid).fetch()
    assert (refusal.value.status, refusal.value.code) == (404, 20404)


def test_typing_marks_the_message_and_all_before_it_as_read(phone: Phone, twilio: Client) -> None:
    sids = [phone.send(user=ADA, number=BAKERY, body=body)["sid"] for body in ("one", "two", "three")]
    answer = twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sids[1])
    assert answer.success is True
    assert [bool(message["read_at"]) for message in phone.messages()] == [True, True, False]
    assert [event["message_sid"] for event in phone.typing(user=ADA)] == [sids[1]]


def test_typing_for_an_unknown_message_is_refused(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id="SM" + "0" * 32)
    assert refusal.value.status == 404


def test_status_callbacks_come_signed_in_the_order_of_the_statuses(
    phone: Phone, twilio: Client, application: Receiver
) -> None:
    phone.send(user=ADA, number=BAKERY, body="hello")
    message = twilio.messages.create(to=TO, from_=FROM, body="hi", status_callback=CALLBACK)
    received = application.wait_for(lambda each: each.path == "/api/whatsapp/status/7", count=2)
    assert {each.fields["MessageStatus"] for each in received} == {"sent", "delivered"}
    for each in received:
        assert each.fields["MessageSid"] == each.fields["SmsSid"] == message.sid
        assert (each.fields["From"], each.fields["To"]) == (FROM, TO)
        assert each.headers["Host"] == "bots.example"
        assert RequestValidator(TOKEN).validate(CALLBACK, each.fields, each.headers["X-Twilio-Signature"])
    assert message.fetch().status == "delivered"


def test_a_message_is_read_when_the_phone_shows_its_chat(phone: Phone, twilio: Client, application: Receiver) -> None:
    phone.send(user=ADA, number=BAKERY, body="hello")
    twilio.messages.create(to=TO, from_=FROM, body="hi", status_callback=CALLBACK)
    requests.post(f"{phone.url}/phone/seen", json={"user": ADA, "number": BAKERY}, timeout=5)
    received = application.wait_for(lambda each: each.fields.get("MessageStatus") == "read")
    assert received[0].fields["EventType"] == "READ"


def test_a_status_never_goes_back() -> None:
    message = Message(
        sid="SM1", account_sid=ACCOUNT, direction="outbound-api", number=BAKERY, user=ADA, created=0.0, body="x"
    )
    changes = [message.advance(status=status, at=1.0) for status in ("queued", "sent", "read", "delivered", "read")]
    assert changes == [True, True, True, False, False]
    assert [event["status"] for event in message.history] == ["queued", "sent", "read"]


def test_outside_the_window_a_message_is_taken_and_fails_later(
    phone: Phone, twilio: Client, application: Receiver
) -> None:
    message = twilio.messages.create(to=TO, from_=FROM, body="hi", status_callback=CALLBACK)
    assert message.status == "queued"
    [received] = application.wait_for(lambda each: "ErrorCode" in each.fields)
    assert (received.fields["MessageStatus"], received.fields["ErrorCode"]) == ("failed", "63016")
    failed = message.fetch()
    assert (failed.status, failed.error_code) == ("failed", 63016)


def test_a_template_is_carried_outside_the_window(phone: Phone, twilio: Client) -> None:
    content_sid = TEMPLATES[0].sid
    message = twilio.messages.create(to=TO, from_=FROM, content_sid=content_sid, content_variables='{"1": "Ada"}')
    deadline = time.monotonic() + 5
    while message.fetch().status != "delivered":
        assert time.monotonic() < deadline
    assert message.fetch().body == "Hi Ada, your order 1042 is ready. Come by whenever it suits you!"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content_sid": "HX" + "1" * 32}, 21655),
        ({"content_sid": TEMPLATES[0].sid, "content_variables": '{"1": 7}'}, 21656),
        ({"content_sid": TEMPLATES[0].sid, "content_variables": "Ada"}, 21656),
    ],
)
def test_a_template_that_nobody_has_is_refused(twilio: Client, fields: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        twilio.messages.create(to=TO, from_=FROM, **fields)
    assert refusal.value.code == code


def test_templates_are_listed_with_what_whatsapp_thinks_of_them(twilio: Client) -> None:
    listed = twilio.content.v1.content_and_approvals.list()
    assert {(one.friendly_name, one.approval_requests["status"]) for one in listed} == {
        (sample.name, sample.status) for sample in TEMPLATES
    }


def test_a_file_that_cannot_be_fetched_never_arrives(phone: Phone, twilio: Client) -> None:
    phone.send(user=ADA, number=BAKERY, body="hello")
    message = twilio.messages.create(to=TO, from_=FROM, media_url=["http://127.0.0.1:9/menu.pdf"])
    deadline = time.monotonic() + 5
    while message.fetch().status != "failed":
        assert time.monotonic() < deadline
    assert message.fetch().error_code == 63019


def test_media_wants_credentials_and_redirects_to_a_host_that_wants_none(phone: Phone, twilio: Client) -> None:
    sid = phone.send(user=ADA, number=BAKERY, media=["photo"])["sid"]
    [media_sid] = phone.messages()[0]["media"]
    url = f"{phone.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/{media_sid}"
    assert requests.get(url, timeout=5).status_code == 401
    redirect = requests.get(url, auth=(ACCOUNT, TOKEN), allow_redirects=False, timeout=5)
    assert redirect.status_code == 307
    assert requests.get(redirect.headers["Location"], auth=(ACCOUNT, TOKEN), timeout=5).status_code == 400
    photo = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (photo.headers["Content-Type"], photo.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert twilio.messages(sid).media(media_sid).fetch().content_type == "image/jpeg"
