"""The ways in which the stand-in can be told to fail, met through the true SDK."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from sandbox.twilio.client import Phone
from tests.sandbox.conftest import ACCOUNT, ADA, BAKERY, TOKEN, LocalHttpClient
from tests.sandbox.receiver import Receiver

TO, FROM = f"whatsapp:{ADA}", f"whatsapp:{BAKERY}"


def impatient(phone: Phone) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=LocalHttpClient(phone.url, timeout=0.3))


def test_a_fault_strikes_as_often_as_told_and_takes_nothing(phone: Phone, twilio: Client) -> None:
    phone.fault(on="messages.create", mode="status", status=429, retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(TwilioRestException) as refusal:
            twilio.messages.create(to=TO, from_=FROM, body="x")
        assert (refusal.value.status, refusal.value.code) == (429, 20429)
    assert phone.messages() == []
    assert twilio.messages.create(to=TO, from_=FROM, body="x").status == "queued"
    assert phone.requests()["answers"]["messages.create"] == {"429": 2, "201": 1}


def test_retry_after_is_a_header(phone: Phone) -> None:
    phone.fault(on="messages.list", mode="status", status=503, retry_after=7)
    url = f"{phone.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_accept_and_hang_takes_the_message_and_never_answers(phone: Phone, twilio: Client) -> None:
    phone.fault(on="messages.create", mode="accept_and_hang", times=1)
    with pytest.raises(requests.Timeout):
        impatient(phone).messages.create(to=TO, from_=FROM, body="uncertain")
    assert [message.body for message in twilio.messages.list(to=TO, from_=FROM)] == ["uncertain"]
    assert phone.replies(number=BAKERY, user=ADA)[0]["body"] == "uncertain"


def test_accept_and_status_takes_the_message_and_says_it_did_not(phone: Phone, twilio: Client) -> None:
    phone.fault(on="messages.create", mode="accept_and_status", status=500)
    with pytest.raises(TwilioRestException):
        twilio.messages.create(to=TO, from_=FROM, body="uncertain")
    assert len(twilio.messages.list(to=TO)) == 1


def test_hang_takes_nothing(phone: Phone, twilio: Client) -> None:
    phone.fault(on="messages.create", mode="hang", times=1)
    with pytest.raises(requests.Timeout):
        impatient(phone).messages.create(to=TO, from_=FROM, body="x")
    assert phone.messages() == []


def test_drop_cuts_the_connection(phone: Phone, twilio: Client) -> None:
    phone.fault(on="messages.create", mode="drop", times=1)
    with pytest.raises(requests.ConnectionError):
        twilio.messages.create(to=TO, from_=FROM, body="x")
    assert phone.messages() == []


def test_a_delay_longer_than_the_callers_patience_times_out(phone: Phone) -> None:
    phone.fault(on="typing", mode="delay", seconds=2, times=1)
    sid = phone.send(user=ADA, number=BAKERY, body="x")["sid"]
    with pytest.raises(requests.Timeout):
        impatient(phone).messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)


def test_dropped_callbacks_never_come(phone: Phone, twilio: Client, application: Receiver) -> None:
    phone.fault(on="callbacks", mode="drop", times=2)
    phone.send(user=ADA, number=BAKERY, body="x")
    first, second = (
        twilio.messages.create(to=TO, from_=FROM, body="x", status_callback="https://bots.example/status").sid
        for _ in range(2)
        if wait_until_delivered(phone)
    )
    told = application.wait_for(lambda each: each.fields.get("MessageStatus") == "delivered")
    assert {each.fields["MessageSid"] for each in told} == {second} != {first}


def wait_until_delivered(phone: Phone) -> bool:
    """Until every reply so far is delivered."""
    while any(reply["status"] != "delivered" for reply in phone.replies(number=BAKERY, user=ADA)):
        pass
    return True


def test_media_can_be_missing_at_first(phone: Phone) -> None:
    phone.fault(on="media", mode="status", status=404, times=1)
    sid = phone.send(user=ADA, number=BAKERY, media=["voice"])["sid"]
    [media_sid] = phone.messages()[0]["media"]
    url = f"{phone.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/{media_sid}"
    assert [requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5).status_code for _ in range(2)] == [404, 200]


def test_a_named_fault_is_replaced_and_ended_by_its_name(phone: Phone, twilio: Client) -> None:
    phone.fault(on="messages.list", mode="status", status=500, name="lists")
    phone.fault(on="messages.list", mode="status", status=503, name="lists")
    faults = requests.get(f"{phone.url}/sandbox/faults", timeout=5).json()["faults"]
    assert [fault["status"] for fault in faults] == [503]
    with pytest.raises(TwilioException):
        twilio.messages.list()
    requests.delete(f"{phone.url}/sandbox/faults?name=lists", timeout=5)
    assert twilio.messages.list() == []


@pytest.mark.parametrize(
    "fault",
    [{"on": "nothing", "mode": "hang"}, {"on": "callbacks", "mode": "hang"}, {"on": "media", "mode": "drop", "x": 1}],
)
def test_a_fault_that_makes_no_sense_is_refused(phone: Phone, fault: dict[str, object]) -> None:
    answer = requests.post(f"{phone.url}/sandbox/faults", json=fault, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_two_hundred_hanging_requests_leave_the_rest_quick(phone: Phone, twilio: Client) -> None:
    phone.fault(on="messages.create", mode="accept_and_hang", times=200, seconds=1.5)
    url = f"{phone.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    fields = {"To": TO, "From": FROM, "Body": "x"}
    answered = threading.Event()

    def create(_: int) -> str:
        try:
            requests.post(url, data=fields, auth=(ACCOUNT, TOKEN), timeout=10)
        except requests.ConnectionError:
            return "cut"
        answered.set()
        return "answered"

    with ThreadPoolExecutor(200) as pool:
        hanging = pool.map(create, range(200))
        while phone.requests()["calls"].get("messages.create", 0) < 200:
            pass
        assert twilio.messages.create(to=TO, from_=FROM, body="quick").status == "queued"
        assert not answered.is_set()
        assert set(hanging) == {"cut"}
    assert len(phone.replies(number=BAKERY, user=ADA)) == 201
