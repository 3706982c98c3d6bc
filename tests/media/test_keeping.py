"""Files at rest: each tenant's in its own folder, for so many days, and then no more."""

from __future__ import annotations

import os
import stat
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest
from django.db import ProgrammingError, connection
from django_tenants.utils import schema_context

from bots import housekeeping, retention, unreadable
from bots.media import fetching, keeping
from bots.models import MediaFile, Message
from bots.models.clock import database_time
from tenants.context import TenantGoneError, tenant_schema
from tests.bots.factories import InboundFactory
from tests.media.sending import JPEG, send, sent, write


def kept(content: bytes = b"words", *, days: float = 1.0, **fields: object) -> MediaFile:
    row = MediaFile.objects.create(
        message=InboundFactory(),
        index=0,
        state=MediaFile.State.KEPT,
        expires_at=database_time() + timedelta(days=days),
        **fields,
    )
    keeping.keep(row, content=BytesIO(content))
    return row


def files(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())


def let_it_lie(path: Path) -> None:
    """As if it was written two hours ago."""
    then = time.time() - 7200
    os.utime(path, (then, then))


def test_a_file_lies_in_its_tenants_folder_under_a_name_of_ours(tenant, other_tenant, media_root):
    row = kept(name="../../etc/passwd")
    with schema_context(other_tenant.schema_name):
        other = kept()
    assert files(media_root) == sorted([Path("acme") / row.id.hex, Path("bravo") / other.id.hex])
    assert stat.S_IMODE((media_root / "acme" / row.id.hex).stat().st_mode) == 0o600


def test_another_tenants_file_is_not_there(tenant, other_tenant):
    row = kept()
    with keeping.open_file(row) as content:
        assert content.read() == b"words"
    with schema_context(other_tenant.schema_name), pytest.raises(FileNotFoundError):
        keeping.open_file(row)


def test_a_closed_tenants_files_are_out_of_reach(tenant):
    kept()
    tenant.status = "closed"
    tenant.save()
    with pytest.raises(TenantGoneError), tenant_schema(tenant.pk):
        pytest.fail("inside a closed tenant")


def test_a_file_that_is_stored_again_replaces_itself(tenant, media_root):
    row = kept(b"half of i")
    keeping.keep(row, content=BytesIO(b"all of it"))
    assert len(files(media_root)) == 1
    assert keeping.open_file(row).read() == b"all of it"


def test_files_are_deleted_when_their_time_is_over_and_what_was_read_in_them_stays(tenant, other_tenant, media_root):
    with schema_context(other_tenant.schema_name):
        theirs = kept(days=-1)
    old, young = kept(days=-1, text="Loaf 6.50"), kept(days=1)
    assert keeping.expire() == 2
    assert files(media_root) == [Path("acme") / young.id.hex]
    old.refresh_from_db()
    assert (old.state, old.text) == ("expired", "Loaf 6.50")
    with schema_context(other_tenant.schema_name):
        assert MediaFile.objects.get(pk=theirs.pk).state == "expired"
    assert keeping.expire() == 0


def test_a_closed_tenants_files_expire_too(tenant, media_root):
    kept(days=-1)
    tenant.status = "closed"
    tenant.save()
    keeping.expire()
    assert files(media_root) == []


def test_files_without_a_row_are_deleted_once_they_have_lain_a_while(tenant, media_root):
    forgotten, written_now, known = kept(), kept(), kept()
    Message.objects.filter(pk__in=[forgotten.message_id, written_now.message_id]).delete()
    for row in (forgotten, known):
        let_it_lie(media_root / "acme" / row.id.hex)
    assert keeping.expire() == 1
    assert files(media_root) == sorted(Path("acme") / row.id.hex for row in (written_now, known))


def test_a_tenant_whose_folder_cannot_be_read_keeps_nobody_else_waiting(tenant, other_tenant, media_root, monkeypatch):
    with schema_context(other_tenant.schema_name):
        kept(days=-1)
    kept(days=-1)
    delete = keeping.default_storage.delete

    def locked(name: str) -> None:
        if "acme" in keeping.default_storage.path(name):
            raise PermissionError
        delete(name)

    monkeypatch.setattr(keeping.default_storage, "delete", locked)
    keeping.expire()
    assert [path.parts[0] for path in files(media_root)] == ["acme"]


def test_a_tenant_whose_tables_are_not_migrated_keeps_nobody_else_waiting(
    tenant, other_tenant, media_root, monkeypatch
):
    with schema_context(other_tenant.schema_name):
        kept(days=-1)
    kept(days=-1)
    expire_rows = keeping._expire_rows

    def behind() -> int:
        if connection.schema_name == "acme":
            raise ProgrammingError('column "expires_at" does not exist')
        return expire_rows()

    monkeypatch.setattr(keeping, "_expire_rows", behind)
    keeping.expire()
    assert [path.parts[0] for path in files(media_root)] == ["acme"]


def test_beat_keeps_house_over_files(monkeypatch):
    stopped = Event()
    for task in (retention, "prune"), (unreadable, "look"):
        monkeypatch.setattr(*task, lambda: None)
    monkeypatch.setattr(keeping, "expire", stopped.set)
    housekeeping.until(stopped)
    assert stopped.is_set()


def test_a_file_is_kept_for_as_long_as_the_setting_says(talk, bot, settings):
    settings.MEDIA_RETENTION_DAYS = 3
    send(talk, "document")
    left = MediaFile.objects.get().expires_at - database_time()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


def test_an_expired_file_is_said_to_be_gone_and_not_fetched_again(talk, bot):
    bot.vision = True
    bot.save()
    write(talk, sent(talk, ("image/jpeg", JPEG)))
    fetching.fetch(message=Message.objects.get(), index=0)
    MediaFile.objects.update(expires_at=database_time() - timedelta(days=1))
    keeping.expire()
    talk.turn()
    assert talk.replies == ["I couldn't get your photo: WhatsApp no longer has it. Please send it again."]


def test_a_file_that_somebody_deleted_is_owned_up_to(talk, bot, media_root):
    bot.vision = True
    bot.save()
    write(talk, sent(talk, ("image/jpeg", JPEG)))
    row = fetching.fetch(message=Message.objects.get(), index=0)
    (media_root / "acme" / row.id.hex).unlink()
    talk.turn()
    assert talk.replies == ["I couldn't open your photo just now. Please send it again in a moment."]
