"""The files that go along: those that are kept, up to a bound, under names that start nothing, each other one explained."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from bots.exporting import keeping as exports
from bots.exporting import packing, writing
from bots.exporting.file_names import LONGEST, file_name
from bots.media import keeping
from bots.models import Conversation, Export, MediaFile
from tests.bots.exporting.conftest import Exporting, Speaking, document_of, text_of

JPEG = b"\xff\xd8\xff\xe0" + b"a photo of a loaf" * 10
#: Sends a file in a conversation: `send(conversation, content, name=..., content_type=..., state=...)`.
Sending = Callable[..., MediaFile]


@pytest.fixture
def send() -> Sending:
    def send(conversation: Conversation, content: bytes = JPEG, **columns: Any) -> MediaFile:
        message = conversation.messages.earliest("timestamp")
        fields = {"content_type": "image/jpeg", "state": "kept", "bytes": len(content), **columns}
        described = {"url": "https://x.test/1", "content_type": fields["content_type"]}
        message.media = [*message.media, described]
        message.save()
        row = MediaFile.objects.create(
            message=message,
            index=len(message.media) - 1,
            expires_at=timezone.now() + timedelta(days=1),
            **fields,
        )
        if row.state in packing.KEPT:
            keeping.keep(row, content=BytesIO(content))
        return row

    return send


def archive_of(export: Export) -> dict[str, bytes]:
    """The names in the archive, and what is under them; the archive is whole."""
    assert export.file.endswith(".zip"), export.error
    with exports.open_file(export) as content, ZipFile(content) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_page_of_a_conversation_comes_with_its_files_beside_it(
    export: Exporting, speak: Speaking, send: Sending
) -> None:
    conversation = speak()
    send(conversation, name="loaf.jpg")
    send(conversation, b"%PDF-1.7", name="Price list (new).pdf", content_type="application/pdf")
    send(conversation, b"OggS...", content_type="audio/ogg", text="four croissants")
    send(speak(), name="not this one.jpg")
    done = export(scope="conversation", file_format="html", criteria={"conversation": str(conversation.pk)})
    held = archive_of(done)
    page = held.pop("conversation.html").decode()
    assert held == {
        "files/0001-loaf.jpg": JPEG,
        "files/0002-Price-list-new.pdf": b"%PDF-1.7",
        "files/0003-audio.ogg": b"OggS...",
    }
    assert '<img src="files/0001-loaf.jpg"' in page
    assert '<a href="files/0002-Price-list-new.pdf">' in page
    assert '<audio controls preload="none" src="files/0003-audio.ogg" ' in page
    assert "four croissants" in page
    assert "3 in the folder “files”" in page
    assert done.bytes == default_storage.size(done.file)


def test_the_page_allows_the_files_beside_it_and_nothing_from_anywhere_else(
    export: Exporting, speak: Speaking, send: Sending
) -> None:
    send(speak())
    page = archive_of(export(file_format="html"))["conversations.html"].decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'sha256-")


def test_without_a_file_that_is_kept_the_page_stands_alone_and_says_why(
    export: Exporting, speak: Speaking, send: Sending
) -> None:
    conversation = speak()
    send(conversation, name="old.jpg", state="expired")
    send(conversation, name="lost.jpg", state="failed", error="gone")
    message = conversation.messages.earliest("timestamp")
    message.media = [*message.media, {"url": "https://x.test/9", "content_type": "video/mp4"}]
    message.save()
    page = text_of(export(file_format="html"))
    for reason in (packing.NO_LONGER_KEPT, packing.NOT_GIVEN, packing.NOT_FETCHED):
        assert reason in page
    assert "<img" not in page
    assert "1 left out" in page


def test_tables_and_programs_files_name_what_they_do_not_hold(
    export: Exporting, speak: Speaking, send: Sending
) -> None:
    send(speak(), name="loaf.jpg")
    [file] = document_of(export())["conversations"][0]["messages"][0]["files"]
    assert (file["name"], file["path"], file["left_out"]) == ("loaf.jpg", "", packing.NAMED_ONLY)
    line, _ = csv.DictReader(StringIO(text_of(export(file_format="csv")).removeprefix("\ufeff"), newline=""))
    assert line["Files"] == f"loaf.jpg ({packing.NAMED_ONLY})"


@pytest.mark.parametrize("file_format", ["json", "csv", "html"])
def test_all_of_a_contact_is_their_files_too_in_every_format(
    export: Exporting, speak: Speaking, send: Sending, file_format: str
) -> None:
    conversation = speak()
    send(conversation, name="loaf.jpg")
    done = export(scope="contact", file_format=file_format, criteria={"contact": str(conversation.contact_id)})
    held = archive_of(done)
    assert set(held) == {f"conversations.{file_format}", "files/0001-loaf.jpg"}
    assert b"files/0001-loaf.jpg" in held[f"conversations.{file_format}"]
    if file_format == "json":
        document = json.loads(held["conversations.json"])
        assert document["contact"]["number"] == conversation.contact.phone
        assert document["files"] == {"held": 1, "left_out": {}}


@pytest.mark.parametrize("bound", ["MOST_FILES", "MOST_BYTES"])
def test_what_does_not_fit_is_left_out_and_counted(
    export: Exporting, speak: Speaking, send: Sending, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(packing, bound, {"MOST_FILES": 2, "MOST_BYTES": 2 * len(JPEG)}[bound])
    conversation = speak()
    for number in range(5):
        send(conversation, name=f"{number}.jpg")
    held = archive_of(export(file_format="html"))
    assert sorted(held) == ["conversations.html", "files/0001-0.jpg", "files/0002-1.jpg"]
    assert f"3 left out: {packing.BOUND}" in held["conversations.html"].decode()


def test_a_file_that_somebody_deleted_is_owned_up_to(export: Exporting, speak: Speaking, send: Sending) -> None:
    conversation = speak()
    gone = send(conversation, name="gone.jpg")
    send(conversation, name="here.jpg")
    default_storage.delete(gone.pk.hex)
    held = archive_of(export(file_format="html"))
    assert sorted(held) == ["conversations.html", "files/0001-here.jpg"]
    assert packing.NOT_THERE in held["conversations.html"].decode()


def test_whoever_copies_for_long_says_that_they_are_at_it_and_notices_when_it_is_not_wanted(
    export: Exporting, speak: Speaking, send: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PAUSE", -1.0)
    conversation = speak()
    for number in range(3):
        send(conversation, name=f"{number}.jpg")
    copied: list[Any] = []
    copy = packing.Pack._copy

    def looking(self: packing.Pack, *args: Any, **kwargs: Any) -> bool:
        copied.append(Export.objects.get().lease_until)
        if len(copied) == 2:
            Export.objects.all().delete()
        return copy(self, *args, **kwargs)

    monkeypatch.setattr(packing.Pack, "_copy", looking)
    with pytest.raises(Export.DoesNotExist):
        export(file_format="html")
    assert copied[1] > copied[0]
    assert len(copied) == 2
    assert default_storage.listdir(exports.FOLDER)[1] == [] if default_storage.exists(exports.FOLDER) else True


# Names


@pytest.mark.parametrize(
    ("name", "content_type", "called"),
    [
        ("loaf.jpg", "image/jpeg", "0007-loaf.jpg"),
        ("loaf.JPG", "image/jpeg", "0007-loaf.jpg"),
        ("../../etc/passwd", "text/plain", "0007-etc-passwd.txt"),
        ("..\\..\\boot.ini", "text/plain", "0007-boot.ini.txt"),
        ("page.html", "text/html", "0007-page.html.file"),
        ("setup.exe", "application/octet-stream", "0007-setup.exe.file"),
        ("invoice.exe", "application/pdf", "0007-invoice.exe.pdf"),
        ("drawing.svg", "image/svg+xml", "0007-drawing.svg.file"),
        ("photo\u202egpj.exe", "image/jpeg", "0007-photo-gpj.exe.jpg"),
        ("CON", "text/plain", "0007-CON.txt"),
        ("preisliste für märz.pdf", "application/pdf", "0007-preisliste-für-märz.pdf"),
        ("قائمة.pdf", "application/pdf", "0007-قائمة.pdf"),
        ("a\0b\nc.pdf", "application/pdf", "0007-a-b-c.pdf"),
        ("", "image/png", "0007-image.png"),
        ("", "", "0007-file.file"),
        ("x" * 300, "image/png", f"0007-{'x' * LONGEST}.png"),
        (".htaccess", "", "0007-htaccess.file"),
    ],
)
def test_a_name_leads_nowhere_and_its_ending_starts_nothing(name: str, content_type: str, called: str) -> None:
    made = file_name(7, name=name, content_type=content_type)
    assert made == called
    assert PurePosixPath(made).name == made
