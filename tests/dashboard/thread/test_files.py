"""The files of messages: what is shown of them, and how they are handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_context

from bots.media import keeping
from bots.models import (
    Channel,
    Contact,
    Conversation,
    MediaFile,
    Message,
)
from tenants.models import Tenant
from tests.dashboard.thread.reading import HTMX, MARKUP, Say, bubble, url


@pytest.fixture
def photo(say: Say) -> Message:
    return say("", kind="image", media=[{"url": "https://x.test/1", "content_type": "image/jpeg"}])


def test_a_file_that_the_bot_did_not_open_is_on_its_way_once_somebody_wants_it(
    owner: Client, conversation: Conversation, photo: Message, rung: list[str]
) -> None:
    action = url(conversation, f"messages/{photo.pk}/files/0/")
    page = bubble(owner.get(url(conversation)).text, photo)
    assert f'hx-post="{action}"' in page
    assert "intersect once" in page
    assert rung == [], "looking at a page asks for nothing that is not in sight"

    asked = owner.post(action, {"shown": "missing"}, headers=HTMX)
    assert "It is on its way." in bubble(asked.text, photo)
    assert 'hx-trigger="submit, every 5s"' in asked.text
    assert rung == [str(MediaFile.objects.get().pk)]
    waiting = owner.post(action, {"shown": "coming"}, headers=HTMX)
    assert (waiting.status_code, waiting.content) == (204, b"")
    assert len(rung) == 1, "a worker was told of it already"
    assert owner.post(url(conversation, f"messages/{photo.pk}/files/1/")).status_code == 404


def test_whoever_waits_gets_the_message_with_the_file_in_it_once_it_is_there(
    owner: Client, conversation: Conversation, photo: Message, say: Say, rung: list[str]
) -> None:
    say("\N{THUMBS UP SIGN}", kind="reaction", metadata={"reacted_to": photo.external_id})
    action = url(conversation, f"messages/{photo.pk}/files/0/")
    owner.post(action, headers=HTMX)
    MediaFile.objects.update(state="kept")
    there = owner.post(action, {"shown": "coming"}, headers=HTMX).text
    assert '<img src="/conversations/files/' in bubble(there, photo)
    assert "\N{THUMBS UP SIGN}" in bubble(there, photo), "as it stands in its thread"
    assert there.count("<article") == 1


def test_a_file_that_cannot_be_had_says_why_and_is_asked_for_again(
    owner: Client, conversation: Conversation, photo: Message, rung: list[str]
) -> None:
    action = url(conversation, f"messages/{photo.pk}/files/0/")
    owner.post(action, headers=HTMX)
    MediaFile.objects.update(state="failed", error="unavailable")
    failed = bubble(owner.post(action, {"shown": "coming"}, headers=HTMX).text, photo)
    assert "It could not be fetched just now." in failed
    assert "Try again" in failed
    assert "hx-trigger" not in failed.split("data-wants-file")[1].split(">")[0], "only by hand"
    again = bubble(owner.post(action, {"shown": "failed"}, headers=HTMX).text, photo)
    assert "It is on its way." in again
    assert len(rung) == 2


def test_without_javascript_the_page_is_shown_again(
    owner: Client, conversation: Conversation, photo: Message, rung: list[str]
) -> None:
    page = owner.post(url(conversation, f"messages/{photo.pk}/files/0/"), follow=True)
    assert page.redirect_chain[0][0].endswith(f"?message={photo.pk}#m-{photo.pk}")
    assert "It is on its way." in bubble(page.text, photo)


def test_a_file_shows_what_is_known_of_it(owner: Client, conversation: Conversation, say: Say) -> None:
    def with_file(content_type: str, **columns: Any) -> str:
        message = say("", media=[{"url": "https://x.test/1", "content_type": content_type}], kind="document")
        fields = {"state": "kept", "content_type": content_type, "expires_at": timezone.now(), "bytes": 2048}
        MediaFile.objects.create(message=message, index=0, **(fields | columns))
        return bubble(owner.get(url(conversation)).text, message)

    assert '<img src="/conversations/files/' in with_file("image/png")
    voice = with_file("audio/ogg", state="read", text=f"See you {MARKUP}")
    assert "<audio controls" in voice
    assert "See you &lt;script&gt;" in voice
    document = with_file("application/pdf", name=f"{MARKUP}.pdf")
    assert "PDF · 2.0\xa0KB" in document
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in document
    assert "No longer kept" in with_file("image/png", state="expired")
    assert "It is on its way." in with_file("image/png", state="fetching")
    gone = with_file("image/png", state="failed", error="gone")
    assert "WhatsApp no longer has it." in gone
    assert "Try again" in gone
    assert "<img" not in with_file("image/svg+xml"), "it could hold a script"


@pytest.fixture
def kept(say: Say) -> Iterator[Callable[..., MediaFile]]:
    """A file that is really there."""
    rows: list[MediaFile] = []

    def keep(content: bytes = b"0123456789", content_type: str = "audio/ogg", **columns: Any) -> MediaFile:
        message = say("", media=[{"url": "", "content_type": content_type}])
        row = MediaFile.objects.create(
            message=message, index=0, state="kept", content_type=content_type, expires_at=timezone.now(), **columns
        )
        keeping.keep(row, content=BytesIO(content))
        rows.append(row)
        return row

    yield keep
    for row in rows:
        default_storage.delete(row.id.hex)


def get(client: Client, row: MediaFile, **headers: str) -> HttpResponseBase:
    return client.get(f"/conversations/files/{row.pk}/", headers=headers)


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_sound_is_handed_out_so_that_it_can_do_nothing_else(owner: Client, kept: Callable[..., MediaFile]) -> None:
    response = get(owner, kept(name="note.ogg"))

    assert content_of(response) == b"0123456789"
    assert response["Content-Type"] == "audio/ogg"
    assert response["Content-Disposition"] == 'inline; filename="note.ogg"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Content-Security-Policy"].endswith("sandbox")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "text/xml", "application/javascript", ""])
def test_what_a_browser_might_run_is_only_downloaded(
    owner: Client, kept: Callable[..., MediaFile], content_type: str
) -> None:
    response = get(owner, kept(b"<script>alert(1)</script>", content_type=content_type, name='a".html'))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment; filename=")


@pytest.mark.parametrize(
    ("asked", "content", "told"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=0-1,3-4", b"0123456789", None),
        ("bytes=x", b"0123456789", None),
        ("bytes=-", b"0123456789", None),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(
    owner: Client, kept: Callable[..., MediaFile], asked: str, content: bytes, told: str | None
) -> None:
    response = get(owner, kept(), range=asked)
    assert (response.status_code, response.get("Content-Range")) == (206 if told else 200, told)
    assert content_of(response) == content
    assert response["Content-Length"] == str(len(content))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=5-2", "bytes=-0"])
def test_a_part_that_is_not_there_is_said_not_to_be(owner: Client, kept: Callable[..., MediaFile], asked: str) -> None:
    response = get(owner, kept(), range=asked)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */10")


def test_a_file_that_is_gone_is_not_there(owner: Client, kept: Callable[..., MediaFile]) -> None:
    row = kept()
    default_storage.delete(row.id.hex)
    assert get(owner, row).status_code == 404


def test_another_tenants_file_is_not_there(owner: Client, kept: Callable[..., MediaFile], other_tenant: Tenant) -> None:
    with schema_context(other_tenant.schema_name):
        contact = Contact.objects.create(channel=Channel.objects.get(), identity="x", reply_to="x")
        conversation = Conversation.objects.create(contact=contact)
        theirs = MediaFile.objects.create(
            message=Message.objects.create(
                conversation=conversation, role="user", direction="in", status="received", media=[{}]
            ),
            index=0,
            state="kept",
            content_type="audio/ogg",
            expires_at=timezone.now(),
        )
        keeping.keep(theirs, content=BytesIO(b"secret"))
    assert get(owner, theirs).status_code == 404
    with schema_context(other_tenant.schema_name):
        default_storage.delete(theirs.id.hex)
