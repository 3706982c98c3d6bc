"""Clients of every provider, and the far end that each one speaks to with its true SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bots.whatsapp import PROVIDERS, build_client
from bots.whatsapp.base import WhatsAppClient
from sandbox.meta import client as meta
from sandbox.twilio.client import Phone, running

NUMBER, USER = "+14155238886", "+4915112345601"
ACCOUNT, TOKEN = "AC" + "0a" * 16, "a-token-of-the-bakery"
PHONE_NUMBER_ID = "106540352242922"
MESSAGE_ID = "0a0e8a5e-5f3c-4a55-8f1c-7f1e1d9b6a11"
CALLBACK = f"https://bots.example.com/api/whatsapp/status/vendor/{MESSAGE_ID}/"


@dataclass
class FarEnd:
    """A provider's stand-in, and how our channel is known there.

    `callback`: what it is told of where to report. `codes`: the provider's words for what goes wrong.
    """

    phone: Phone
    address: str
    to: str
    account_id: str
    credentials: dict[str, str]
    wrong_credentials: dict[str, str]
    callback: str
    codes: dict[str, dict[str, Any]]

    def fails(self, on: str, **fault: Any) -> None:
        self.phone.fault(on=on, **fault)

    def received(self) -> list[dict[str, Any]]:
        """What reached the user, oldest first."""
        return self.phone.replies(number=self.address, user=self.to.removeprefix("whatsapp:"))


@pytest.fixture(scope="session")
def twilio_network() -> Iterator[Phone]:
    number = {
        "number": NUMBER,
        "name": "Bakery",
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "webhook_url": "https://bots.example.com/api/whatsapp/webhook/",
        "deliver_to": "http://127.0.0.1:9",
    }
    with running({"numbers": [number], "status_pause": 0.0}) as phone:
        yield phone


@pytest.fixture(params=sorted(PROVIDERS))
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def far_end(provider: str, request: pytest.FixtureRequest) -> FarEnd:
    """One line a provider."""
    return request.getfixturevalue(f"{provider}_far_end")


@pytest.fixture
def twilio_far_end(twilio_network: Phone) -> FarEnd:
    twilio_network.reset()
    return FarEnd(
        phone=twilio_network,
        address=NUMBER,
        to=f"whatsapp:{USER}",
        account_id=ACCOUNT,
        credentials={"auth_token": TOKEN},
        wrong_credentials={"auth_token": "wrong"},
        callback=CALLBACK,
        codes={
            "outside the window": {"mode": "status", "status": 400, "code": 63016},
            "no such recipient": {"mode": "status", "status": 400, "code": 21211},
            "opted out": {"mode": "status", "status": 400, "code": 21610},
            "daily limit": {"mode": "status", "status": 429, "code": 63038},
            "no such sender": {"mode": "status", "status": 400, "code": 63007},
            "something new": {"mode": "status", "status": 400, "code": 99999},
        },
    )


@pytest.fixture(scope="session")
def meta_network() -> Iterator[meta.MetaPhone]:
    number = {
        "phone_number_id": PHONE_NUMBER_ID,
        "access_token": TOKEN,
        "app_secret": "the-apps-secret",
        "webhook_url": "https://bots.example.com/api/whatsapp/webhook/",
        "deliver_to": "http://127.0.0.1:9",
    }
    with meta.running({"numbers": [number]}) as phone:
        yield phone


@pytest.fixture
def meta_far_end(meta_network: meta.MetaPhone) -> FarEnd:
    meta_network.reset()
    return FarEnd(
        phone=meta_network,
        address=PHONE_NUMBER_ID,
        to=USER,
        account_id="102290129340398",
        credentials={"access_token": TOKEN, "app_secret": "the-apps-secret", "verify_token": "a-verify-token"},
        wrong_credentials={"access_token": "wrong"},
        callback=MESSAGE_ID,
        codes={
            "outside the window": {"mode": "status", "status": 400, "code": 131047},
            "no such recipient": {"mode": "status", "status": 400, "code": 131026},
            "opted out": {"mode": "status", "status": 400, "code": 131050},
            "daily limit": {"mode": "status", "status": 429, "code": 131048},
            "no such sender": {"mode": "status", "status": 400, "code": 133010},
            "something new": {"mode": "status", "status": 400, "code": 99999},
        },
    )


@pytest.fixture
def connect(provider: str, far_end: FarEnd) -> Callable[..., WhatsAppClient]:
    """Build a client that speaks to the far end."""

    def build(**changes: Any) -> WhatsAppClient:
        given = {
            "address": far_end.address,
            "account_id": far_end.account_id,
            "credentials": far_end.credentials,
            "api_base_url": far_end.phone.url,
        }
        return build_client(provider=provider, **(given | changes))

    return build


@pytest.fixture
def client(connect: Callable[..., WhatsAppClient]) -> WhatsAppClient:
    return connect()
