"""A file that a member attaches is at rest before its message is saved, and gone where the message is not."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, connection

from bots.desk import replying
from bots.desk.base import NotPossibleError
from bots.media import keeping
from bots.models import Conversation, MediaFile, Message
from bots.models.clock import database_time

pytestmark = pytest.mark.usefixtures("media_root", "tenant", "phone")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def attach(reply):
    """Maria sends a photo."""
    return lambda text="The menu", **more: reply(text, file=SimpleUploadedFile("menu.png", PNG), **more)


def stored() -> list[str]:
    """The files of this tenant that lie in the storage."""
    try:
        return sorted(default_storage.listdir("")[1])
    except FileNotFoundError:
        return []


def test_the_file_is_kept_under_the_row_of_its_message(attach):
    [message] = attach()

    [row] = MediaFile.objects.filter(message=message)
    assert stored() == [row.id.hex]
    assert keeping.open_file(row).read() == PNG
    assert (row.state, row.bytes, row.name, row.content_type) == ("kept", len(PNG), "menu.png", "image/png")


def test_nobody_waits_for_the_disk_with_the_conversation_locked(attach, monkeypatch):
    outside, keep = list(connection.savepoint_ids), keeping.keep

    def kept(row, *, content):
        assert connection.savepoint_ids == outside, "in the transaction that locks the conversation"
        keep(row, content=content)

    monkeypatch.setattr(keeping, "keep", kept)
    assert attach()


def test_a_reply_that_is_not_possible_leaves_no_file(attach):
    Message.objects.filter(direction="in").update(timestamp=database_time() - replying.window.WINDOW)
    with pytest.raises(NotPossibleError, match="24 hours"):
        attach()

    assert stored() == []


def test_a_caption_that_is_too_long_leaves_no_file(attach):
    with pytest.raises(NotPossibleError, match="beneath a file"):
        attach("x" * 1025)

    assert stored() == []


def test_a_file_that_comes_twice_is_kept_once(attach):
    key = uuid4()
    assert [message.pk for message in attach(key=key) + attach(key=key)] == [key, key]

    assert stored() == [MediaFile.objects.get().id.hex]


def test_a_transaction_that_fails_leaves_neither_message_nor_file(attach, monkeypatch):
    def fails(*_args, **_kwargs):
        raise IntegrityError

    monkeypatch.setattr(MediaFile, "save", fails)
    with pytest.raises(IntegrityError):
        attach()

    assert stored() == []
    assert not Message.objects.filter(direction="out").exists()


def test_a_commit_that_nobody_knows_of_keeps_the_file_until_no_row_is_found_for_it(attach, monkeypatch):
    """The connection is lost after COMMIT was sent: the message may be there, and its file with it."""

    def lost(*_args, **_kwargs):
        raise OperationalError

    monkeypatch.setattr(MediaFile, "save", lost)
    with pytest.raises(OperationalError):
        attach()
    assert len(stored()) == 1
    monkeypatch.setattr(keeping, "ORPHANED_AFTER", -keeping.ORPHANED_AFTER)
    keeping.expire()

    assert stored() == []


def test_a_disk_that_is_full_keeps_the_message_from_being_sent(attach, conversation, monkeypatch):
    save = default_storage.save

    def full(name, content):
        save(name, content)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    with pytest.raises(OSError, match="No space"):
        attach()

    assert stored() == []
    assert not Message.objects.filter(direction="out").exists()
    assert Conversation.objects.get().due_at is None
