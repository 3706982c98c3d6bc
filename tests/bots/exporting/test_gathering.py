"""What nobody has opened yet is fetched for an export of one conversation or contact: from a true far end, within bounds."""

from __future__ import annotations

from typing import Any
from zipfile import ZipFile

import pytest

from bots.exporting import gathering, keeping, packing
from bots.models import Channel, Conversation, Export, MediaFile
from tests.bots.exporting.conftest import Exporting, Speaking, text_of
from tests.media.far_end import Answer, Provider

JPEG = b"\xff\xd8\xff\xe0" + b"a photo of a loaf" * 10


@pytest.fixture
def provider(settings: Any) -> Any:
    provider = Provider()
    settings.TWILIO_API_BASE_URL = provider.url
    yield provider
    provider.stop()


@pytest.fixture
def unopened(speak: Speaking, provider: Provider) -> Conversation:
    """A conversation with a photo that the provider still has."""
    conversation = speak()
    account = Channel.objects.get().account_id
    path = f"/2010-04-01/Accounts/{account}/Messages/MM01/Media/ME01"
    message = conversation.messages.earliest("timestamp")
    message.media = [{"url": f"https://api.twilio.com{path}", "content_type": "image/jpeg"}]
    message.save()
    provider.says(path, Answer(headers={"Content-Type": "image/jpeg"}, pieces=[JPEG]))
    return conversation


def of(conversation: Conversation) -> dict[str, Any]:
    return {"scope": "conversation", "criteria": {"conversation": str(conversation.pk)}}


def test_a_photo_that_nobody_has_opened_comes_along(export: Exporting, unopened: Conversation) -> None:
    done = export(file_format="html", **of(unopened))
    with keeping.open_file(done) as content, ZipFile(content) as archive:
        assert archive.read("files/0001-image.jpg") == JPEG
    assert MediaFile.objects.get().state == "kept"


@pytest.mark.parametrize(("scope", "file_format"), [("all", "html"), ("conversation", "json")])
def test_for_other_exports_nothing_is_fetched(
    export: Exporting, unopened: Conversation, provider: Provider, scope: str, file_format: str
) -> None:
    criteria = of(unopened)["criteria"] if scope == "conversation" else {}
    assert packing.NOT_FETCHED in text_of(export(scope=scope, file_format=file_format, criteria=criteria))
    assert provider.requests == []


def test_what_the_provider_does_not_have_is_said_and_the_rest_is_there(
    export: Exporting, unopened: Conversation, provider: Provider
) -> None:
    provider.answers.clear()
    page = text_of(export(file_format="html", **of(unopened)))
    assert packing.NOT_GIVEN in page
    assert "croissant" in page


@pytest.mark.parametrize("bound", ["MOST_MESSAGES", "LONGEST"])
def test_no_more_is_fetched_than_fits(
    export: Exporting, unopened: Conversation, provider: Provider, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(gathering, bound, 0 if bound == "MOST_MESSAGES" else -1.0)
    assert packing.NOT_FETCHED in text_of(export(file_format="html", **of(unopened)))
    assert provider.requests == []


def test_an_export_that_is_not_wanted_any_more_fetches_nothing_further(
    export: Exporting, unopened: Conversation, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = unopened.messages.earliest("timestamp")
    message.media = message.media * 3
    message.save()
    monkeypatch.setattr("bots.exporting.writing.PAUSE", -1.0)
    fetch = gathering.asking.fetch

    def deleting(*args: Any, **kwargs: Any) -> None:
        fetch(*args, **kwargs)
        Export.objects.all().delete()

    monkeypatch.setattr(gathering.asking, "fetch", deleting)
    with pytest.raises(Export.DoesNotExist):
        export(file_format="html", **of(unopened))
    assert len(provider.requests) == 1
