"""What WhatsApp takes, by a file's first bytes."""

from __future__ import annotations

import pytest

from bots.media.sendable import MEGABYTE, OFFICE, recognise

MP4 = b"\0\0\0\x20ftyp"


@pytest.mark.parametrize(
    ("head", "name", "kind", "content_type"),
    [
        (b"\xff\xd8\xff\xe0", "photo.png", "image", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "photo", "image", "image/png"),
        (b"OggS\0", "voice.ogg", "audio", "audio/ogg"),
        (b"ID3\x04", "song.mp3", "audio", "audio/mpeg"),
        (b"#!AMR\n", "a.amr", "audio", "audio/amr"),
        (MP4 + b"M4A ", "a.m4a", "audio", "audio/mp4"),
        (MP4 + b"isom", "a.mp4", "video", "video/mp4"),
        (MP4 + b"mp42", "a.bin", "video", "video/mp4"),
        (MP4 + b"3gp4", "a.3gp", "video", "video/3gpp"),
        (b"%PDF-1.7", "menu.txt", "document", "application/pdf"),
        (b"PK\x03\x04", "a.DOCX", "document", f"{OFFICE}wordprocessingml.document"),
        (b"PK\x03\x04", "a.xlsx", "document", f"{OFFICE}spreadsheetml.sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.ppt", "document", "application/vnd.ms-powerpoint"),
        ("Grüße, 你好\n".encode(), "a", "document", "text/plain"),
        (("x" * 1023 + "ü").encode()[:1024], "cut", "document", "text/plain"),
    ],
)
def test_what_whatsapp_takes_is_known_by_its_first_bytes(head, name, kind, content_type):
    found = recognise(head, name=name)

    assert found is not None
    assert (found.kind, found.content_type) == (kind, content_type)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"", "empty.txt"),
        (b"MZ\x90\0", "setup.pdf"),
        (b"\x7fELF", "a.png"),
        (b"PK\x03\x04", "archive.zip"),
        (b"GIF89a", "moving.gif"),
        (b"RIFF\0\0\0\0WEBP", "sticker.webp"),
        (b"RIFF\0\0\0\0WAVE", "sound.wav"),
        (MP4 + b"heic", "photo.heic"),
        (MP4 + b"qt  ", "film.mov"),
        (b"words\0and more", "a.txt"),
        (b"\xff\xfew\0o\0", "utf-16.txt"),
    ],
)
def test_what_whatsapp_does_not_take_is_refused_whatever_it_is_called(head, name):
    assert recognise(head, name=name) is None


@pytest.mark.parametrize(
    ("head", "provider", "megabytes"),
    [
        (b"\xff\xd8\xff", "twilio", 5),
        (b"\xff\xd8\xff", "meta", 5),
        (b"OggS", "meta", 16),
        (b"%PDF-", "twilio", 16),
        (b"%PDF-", "meta", 100),
    ],
)
def test_each_kind_has_its_largest_size(head, provider, megabytes):
    found = recognise(head, name="a")

    assert found is not None
    assert found.most_bytes(provider=provider) == megabytes * MEGABYTE
