"""Files through each provider's stand-in, with the channel's true client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from bots.media import fetching
from bots.models import Channel, Message
from bots.whatsapp import build_client
from bots.whatsapp.downloads import Limits, MediaError
from sandbox.meta.client import MetaPhone, running
from tests.bots.factories import AT_META, ConversationFactory, InboundFactory
from tests.media.sending import OGG


@pytest.fixture
def meta(settings: Any) -> Iterator[MetaPhone]:
    with running({"numbers": [AT_META]}) as phone:
        settings.META_API_BASE_URL = phone.url
        yield phone


def message_of(media_id: str, *, token: str = "a-token") -> Message:
    """A voice note over Meta, as its webhook leaves it."""
    channel = Channel.objects.create(
        provider="meta", address=AT_META["phone_number_id"], credentials={"access_token": token}
    )
    return InboundFactory(
        conversation=ConversationFactory(contact__channel=channel),
        kind="audio",
        media=[{"url": f"https://graph.facebook.com/v24.0/{media_id}", "content_type": "audio/ogg; codecs=opus"}],
    )


def test_a_file_comes_from_meta_in_two_steps(tenant, meta):
    row = fetching.fetch(message=message_of(meta.upload(OGG, content_type="audio/ogg")), index=0)
    assert (row.state, row.content_type, row.bytes) == ("kept", "audio/ogg", len(OGG))
    assert meta.requests()["answers"]["media"] == {"200": 1}


def test_a_file_that_meta_does_not_know_failed(tenant, meta):
    row = fetching.fetch(message=message_of("9000000000000000"), index=0)
    assert (row.state, row.error) == ("failed", "unavailable")


def test_a_wrong_token_is_not_the_contacts_affair(tenant, meta):
    row = fetching.fetch(message=message_of(meta.upload(OGG, content_type="audio/ogg"), token="wrong"), index=0)
    assert (row.state, row.error) == ("failed", "unavailable")


def test_a_failed_fetch_is_tried_again_when_it_is_asked_for_again(tenant, meta):
    meta.fault(on="media", mode="status", status=503)
    message = message_of(meta.upload(OGG, content_type="audio/ogg"))
    assert fetching.fetch(message=message, index=0).state == "failed"
    meta.clear_faults()
    row = fetching.fetch(message=message, index=0)
    assert (row.state, row.error) == ("kept", "")


@pytest.mark.parametrize("provider", ["twilio", "meta"])
def test_no_provider_follows_an_address_that_is_not_its_own(provider):
    client = build_client(provider=provider, address="1", account_id="AC1", credentials={})
    for url in ("https://evil.example/", "http://169.254.169.254/", "file:///etc/passwd", ""):
        with pytest.raises(MediaError) as failed:
            client.fetch_media(url, limits=Limits(most_bytes=10, ends=time.monotonic() + 5), into=BytesIO())
        assert failed.value.kind == "refused"
