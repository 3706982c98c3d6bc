"""The stand-in's account: its numbers, its senders, and the webhook that the API sets, by the true SDK."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio.client import Phone, running
from tests.sandbox.conftest import ACCOUNT, ADA, BAKERY, CLINIC, TOKEN, LocalHttpClient
from tests.sandbox.receiver import Receiver

NEW = "+14155550142"


def carried(application: Receiver, **more: str) -> dict[str, str]:
    spare = {"number": NEW, "name": "Orders", "account_sid": ACCOUNT, "auth_token": TOKEN, "webhook_url": ""}
    return {**spare, "deliver_to": application.url, **more}


def set_webhook(twilio: Client, *, url: str) -> None:
    sender = next(one for one in twilio.messaging.v2.channels_senders.list() if one.sender_id == f"whatsapp:{NEW}")
    webhook = {"callback_url": url, "callback_method": "POST"}
    twilio.messaging.v2.channels_senders(sender.sid).update(SimpleNamespace(to_dict=lambda: {"webhook": webhook}))


def test_an_account_sees_its_own_senders_alone(phone: Phone, twilio: Client, application: Receiver) -> None:
    phone.add_number(**carried(application))
    listed = twilio.messaging.v2.channels_senders.list(channel="whatsapp")
    addresses = {one.sender_id for one in listed}
    assert {f"whatsapp:{BAKERY}", f"whatsapp:{NEW}"} <= addresses
    assert f"whatsapp:{CLINIC}" not in addresses
    # As at Twilio, only a look at one tells all of it.
    assert listed[0].webhook is None
    whole = twilio.messaging.v2.channels_senders(listed[0].sid).fetch()
    assert whole.webhook["callback_method"] == "POST"


def test_a_number_without_whatsapp_is_a_phone_number_and_no_sender(
    phone: Phone, twilio: Client, application: Receiver
) -> None:
    phone.add_number(**carried(application, status=""))
    assert [one.phone_number for one in twilio.incoming_phone_numbers.list(phone_number=NEW)] == [NEW]
    assert f"whatsapp:{NEW}" not in {one.sender_id for one in twilio.messaging.v2.channels_senders.list()}


def test_messages_go_where_the_api_says_and_nowhere_before(phone: Phone, twilio: Client, application: Receiver) -> None:
    phone.add_number(**carried(application))
    nowhere = phone.send(user=ADA, number=NEW, body="anybody there?")
    assert nowhere["answers"][0]["error"] == "no webhook is set for this number"
    assert application.requests == []
    set_webhook(twilio, url=f"{application.url}/hook#rc=2&rp=all")
    assert phone.send(user=ADA, number=NEW, body="hello")["answers"][0]["status"] == 200
    assert len(application.requests) == 1


def test_what_the_api_set_outlives_the_process(application: Receiver, tmp_path: Path) -> None:
    config = {"numbers": [carried(application)], "users": [{"phone": ADA, "name": "Ada"}]}
    with running(config, state=tmp_path) as phone:
        set_webhook(Client(ACCOUNT, TOKEN, http_client=LocalHttpClient(phone.url)), url=f"{application.url}/kept")
    with running(config, state=tmp_path) as phone:
        assert phone.send(user=ADA, number=NEW, body="hello")["answers"][0]["status"] == 200


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_out_of_order_says_so_and_does_nothing_else(application: Receiver, status: str) -> None:
    with running({"numbers": [carried(application, account_status=status)]}) as phone:
        twilio = Client(ACCOUNT, TOKEN, http_client=LocalHttpClient(phone.url))
        assert twilio.api.v2010.accounts(ACCOUNT).fetch().status == status
        with pytest.raises(TwilioRestException) as refusal:
            twilio.messages.create(to=f"whatsapp:{ADA}", from_=f"whatsapp:{NEW}", body="hello")
        assert (refusal.value.status, refusal.value.code) == (403, 20005)
