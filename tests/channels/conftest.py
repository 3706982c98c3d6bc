"""Acme, who connects a second number at its provider's stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from bots.channels.connecting import connect
from bots.channels.proof import ConnectError, Line
from bots.models import Channel
from sandbox.meta import client as meta
from sandbox.twilio.client import Phone, running
from tenants.models import Tenant, User
from tests.dashboard.conftest import SignIn, people, sign_in  # noqa: F401 (fixtures)

NUMBER, ACCOUNT, TOKEN = "+14155550123", "AC" + "5e" * 16, "70ken0f7he5econdnumber0000000001"
#: Another number, of an account of which nobody has the token, until a test gives it to Acme.
ANOTHER = "+14155550177"
PHONE_NUMBER_ID, BUSINESS = "106540352242922", "102290129340398"
ELSEWHERE = "https://elsewhere.example.com/hook"
NOBODY = "http://127.0.0.1:9"
OURS = "https://bots.example.com/api/whatsapp/webhook/#rc=5&rp=all"

CARRIED = {
    "number": NUMBER,
    "name": "Acme Support",
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "webhook_url": ELSEWHERE,
    "deliver_to": NOBODY,
}
CARRIED_BY_META = {
    "phone_number_id": PHONE_NUMBER_ID,
    "name": "Acme Support",
    "display": "14155550123",
    "access_token": "an-access-token",
    "app_secret": "the-apps-secret",
    "webhook_url": "",
    "deliver_to": NOBODY,
}
TWILIO_LINE = Line(provider="twilio", address=NUMBER, account_id=ACCOUNT, credentials={"auth_token": TOKEN})
META_LINE = Line(
    provider="meta",
    address=PHONE_NUMBER_ID,
    account_id=BUSINESS,
    credentials={"access_token": "an-access-token", "app_secret": "the-apps-secret"},
)


@pytest.fixture(scope="session")
def twilio_server() -> Iterator[Phone]:
    with running({"numbers": [CARRIED], "status_pause": 0.0}) as phone:
        yield phone


@pytest.fixture
def twilio(twilio_server: Phone, settings: Any) -> Phone:
    """Twilio, where Acme has a number that does not lead here yet."""
    twilio_server.reset()
    twilio_server.add_number(**CARRIED)
    twilio_server.add_number(**{**CARRIED, "number": ANOTHER, "account_sid": "AC" + "99" * 16})
    settings.TWILIO_API_BASE_URL = twilio_server.url
    return twilio_server


@pytest.fixture(scope="session")
def meta_server() -> Iterator[meta.MetaPhone]:
    with meta.running({"numbers": [CARRIED_BY_META]}) as phone:
        yield phone


@pytest.fixture
def at_meta(meta_server: meta.MetaPhone, settings: Any) -> meta.MetaPhone:
    """Meta, where Acme has a number that leads nowhere yet."""
    meta_server.reset()
    meta_server.add_number(**CARRIED_BY_META)
    settings.META_API_BASE_URL = meta_server.url
    return meta_server


@pytest.fixture
def actor(tenant: Tenant) -> User:
    """Who does it."""
    with schema_context("public"):
        return User.objects.get(email="owner@acme.test")


@pytest.fixture
def connected(twilio: Phone, tenant: Tenant, actor: User) -> Channel:
    """The second number, connected."""
    return Channel.objects.get(pk=connect(TWILIO_LINE, name="Support", tenant=tenant, actor=actor).pk)


@pytest.fixture
def refused(tenant: Tenant, actor: User) -> Callable[..., str]:
    """Why a line cannot be connected."""

    def refused(line: Line) -> str:
        with pytest.raises(ConnectError) as caught:
            connect(line, name="", tenant=tenant, actor=actor)
        return caught.value.refusal

    return refused


@pytest.fixture
def admin(tenant_client: Client, sign_in: SignIn) -> Client:  # noqa: F811 (a fixture)
    """A browser of somebody who may connect numbers."""
    return sign_in(tenant_client, "admin")
