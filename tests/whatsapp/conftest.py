"""Clients of every provider, and the far end that each one speaks to with its true SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bots.whatsapp import PROVIDERS, build_client
from bots.whatsapp.base import WhatsAppClient
from sandbox.twilio.client import Phone, running

NUMBER, USER = "+14155238886", "+4915112345601"
ACCOUNT, TOKEN = "AC" + "0a" * 16, "a-token-of-the-bakery"


@dataclass
class FarEnd:
    """A provider's stand-in, and how our channel is known there. `codes`: the provider's words for what goes wrong."""

    phone: Phone
    address: str
    to: str
    account_id: str
    credentials: dict[str, str]
    wrong_credentials: dict[str, str]
    codes: dict[str, dict[str, Any]]

    def fails(self, on: str, **fault: Any) -> None:
        self.phone.fault(on=on, **fault)

    def received(self) -> list[dict[str, Any]]:
        """What reached the user, oldest first."""
        return self.phone.replies(number=NUMBER, user=USER)


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
        codes={
            "outside the window": {"mode": "status", "status": 400, "code": 63016},
            "no such recipient": {"mode": "status", "status": 400, "code": 21211},
            "opted out": {"mode": "status", "status": 400, "code": 21610},
            "daily limit": {"mode": "status", "status": 429, "code": 63038},
            "no such sender": {"mode": "status", "status": 400, "code": 63007},
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
