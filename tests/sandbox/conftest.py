from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from sandbox.meta import client as meta_client
from sandbox.twilio.client import Phone, running
from tests.sandbox.clinic import configuration, taking_webhooks
from tests.sandbox.receiver import Receiver, receiving

BAKERY, CLINIC = "+14155238886", "+14155238887"
ACCOUNT, TOKEN = "AC" + "0a" * 16, "a-token-of-the-bakery"
OTHER_ACCOUNT, OTHER_TOKEN = "AC" + "0b" * 16, "a-token-of-the-clinic"
ADA, GRACE = "+15551230001", "US.13491208655302741918"
PUBLIC = "https://bots.example/api/whatsapp/webhook/"


class LocalHttpClient(TwilioHttpClient):
    """The SDK's own HTTP client, with scheme and host of every address replaced."""

    def __init__(self, origin: str, *, timeout: float = 5.0) -> None:
        super().__init__(timeout=timeout)
        self._origin = urlsplit(origin)

    def request(self, method: str, url: str, *args: object, **kwargs: object) -> Response:
        local = urlsplit(url)._replace(scheme=self._origin.scheme, netloc=self._origin.netloc)
        return super().request(method, urlunsplit(local), *args, **kwargs)


@pytest.fixture(scope="session")
def application() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def server(application: Receiver) -> Iterator[Phone]:
    config = {
        "numbers": [
            {
                "number": BAKERY,
                "name": "Lumen Bakery",
                "account_sid": ACCOUNT,
                "auth_token": TOKEN,
                "webhook_url": f"{PUBLIC}#rc=5&rp=all",
                "deliver_to": application.url,
            },
            {
                "number": CLINIC,
                "name": "Clinic",
                "account_sid": OTHER_ACCOUNT,
                "auth_token": OTHER_TOKEN,
                "webhook_url": f"{application.url}/clinic",
            },
        ],
        "users": [{"phone": ADA, "name": "Ada"}, {"user_id": GRACE, "name": "Grace"}],
        "status_pause": 0.01,
    }
    with running(config) as phone:
        yield phone


@pytest.fixture
def phone(server: Phone, application: Receiver) -> Phone:
    """The stand-in with nothing remembered, and an application that answers 200."""
    server.reset()
    application.requests.clear()
    application.answers.clear()
    return server


@pytest.fixture
def twilio(phone: Phone) -> Client:
    """The true SDK, signed in as the bakery."""
    return Client(ACCOUNT, TOKEN, http_client=LocalHttpClient(phone.url))


@pytest.fixture
def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An application of a business at Meta: where it is, and the values that it was told."""
    with taking_webhooks() as application:
        yield application


@pytest.fixture
def meta(posted: tuple[str, list[dict[str, Any]]]) -> Iterator[meta_client.MetaPhone]:
    with meta_client.running(configuration(posted[0])) as phone:
        yield phone
