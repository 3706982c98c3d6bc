"""A bot with true far ends: Twilio's and the AI provider's stand-ins on sockets, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from bots import answering, bell, turns
from bots.ai import breaker
from bots.ai.retries import send_with_retries
from bots.models import AIConfiguration, Channel, Conversation, Message
from sandbox.twilio.client import Phone, running
from tenants.models import Tenant
from tests.ai.conftest import KEY, FarEnd
from tests.bots.factories import ACME, ConversationFactory, OutboundFactory, claimed
from tests.bots.talk import Talk
from tests.databases import SECRETS

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="session")
def network() -> Iterator[Phone]:
    """Twilio's stand-in. Its status callbacks reach nobody: these tests bring their own."""
    number = {
        "number": ACME.number,
        "name": "Acme",
        "account_sid": ACME.account_sid,
        "auth_token": SECRETS["ACME_TWILIO_TOKEN"],
        "webhook_url": "https://bots.example.com/api/whatsapp/webhook/",
        "deliver_to": NOBODY,
    }
    with running({"numbers": [number], "status_pause": 0.0}) as phone:
        yield phone


@pytest.fixture
def phone(network: Phone, settings: Any) -> Phone:
    network.reset()
    settings.TWILIO_API_BASE_URL = network.url
    return network


@pytest.fixture(scope="session")
def running_ai() -> Iterator[FarEnd]:
    far_end = FarEnd()
    yield far_end
    far_end.stop()


@pytest.fixture
def ai(running_ai: FarEnd) -> FarEnd:
    """The AI provider's stand-in: it says back what it was told last, unless it has `state.replies`."""
    running_ai.reset()
    return running_ai


@pytest.fixture
def bot(tenant: Tenant, phone: Phone, ai: FarEnd, monkeypatch: pytest.MonkeyPatch) -> AIConfiguration:
    """Acme's bot, which asks the stand-in. Retries wait for nothing."""
    monkeypatch.setattr(answering, "send_with_retries", partial(send_with_retries, sleep=lambda _: None))
    configuration = AIConfiguration.objects.get(is_active=True)
    configuration.provider, configuration.api_key = "custom", KEY
    configuration.base_url, configuration.model_name = f"http://127.0.0.1:{ai.port}/v1", "echo-small"
    configuration.system_prompt = "You are Rosa of Acme."
    configuration.save()
    return configuration


@pytest.fixture
def during_the_call(bot: AIConfiguration, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Do something while the AI thinks over the first question."""

    def arrange(happens: Callable[[], None]) -> None:
        left = [happens]

        def adapter_of(configuration: AIConfiguration) -> Any:
            adapter = build(configuration)
            send = adapter.send_message

            def send_message(*args: Any, **kwargs: Any) -> Any:
                if left:
                    left.pop()()
                return send(*args, **kwargs)

            monkeypatch.setattr(adapter, "send_message", send_message)
            return adapter

        build = answering.adapter_of
        monkeypatch.setattr(answering, "adapter_of", adapter_of)

    return arrange


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    return Channel.objects.get()


@pytest.fixture
def conversation(tenant: Tenant) -> Conversation:
    """A conversation in which nothing was said."""
    return ConversationFactory()


@pytest.fixture(autouse=True)
def _broker_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "_silent_until", 0.0)


@pytest.fixture(autouse=True)
def _providers_are_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "_breakers", {})


@pytest.fixture
def talk(bot: AIConfiguration, tenant: Tenant, phone: Phone, ai: FarEnd) -> Talk:
    return Talk(tenant=tenant, phone=phone, ai=ai)


@pytest.fixture
def held(conversation: Conversation) -> turns.Claim:
    """The conversation, claimed."""
    return claimed(conversation.id)


@pytest.fixture
def queued(conversation: Conversation) -> Callable[..., Message]:
    """Queue one message with this text."""

    def queue(text: str = "2.40 euro.", **fields: Any) -> Message:
        return OutboundFactory(conversation=conversation, content=text, **fields)

    return queue


@pytest.fixture
def on_the_phone(conversation: Conversation, phone: Phone) -> Callable[[], list[str]]:
    """The texts that the contact has got."""

    def texts() -> list[str]:
        return [reply["body"] for reply in phone.replies(number=ACME.number, user=conversation.contact.identity)]

    return texts
