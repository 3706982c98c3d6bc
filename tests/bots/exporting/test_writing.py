"""An export on its way: claimed once, told how far it is, given up or begun anew, never finished twice."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F
from django.utils import timezone

from bots import tasks
from bots.exporting import asking, keeping, records, tidying, writing
from bots.models import Export
from bots.models.clock import database_time
from tenants.models import AuditEntry, Tenant
from tests.bots.exporting.conftest import document_of, text_of


@pytest.fixture
def asked(tenant, anna):
    """An export that waits for a worker."""

    def asked(**columns: Any) -> Export:
        export = asking.ask(tenant=tenant, by=anna, scope=Export.Scope.ALL, file_format=Export.Format.JSON, criteria={})
        Export.objects.filter(pk=export.pk).update(**columns)
        export.refresh_from_db()
        return export

    return asked


@pytest.fixture
def speaking(tenant, speak, monkeypatch):
    """Three conversations, which are read one by one; and whose they are."""
    monkeypatch.setattr(records, "CONVERSATIONS", 1)
    return tenant, [speak() for _ in range(3)]


def fresh(export: Export) -> Export:
    return Export.objects.get(pk=export.pk)


def files(media: Path) -> list[str]:
    return sorted(path.name for path in media.rglob("exports/*"))


def test_asking_rings_a_worker_and_is_audited(asked, rung, anna):
    export = asked()
    assert rung == [str(export.pk)]
    entry = AuditEntry.objects.get(action="export.created")
    assert entry.actor_id == anna.id
    assert entry.detail["scope"] == "all"


def test_the_task_writes_the_file_into_the_tenants_own_folder(asked, tenant, speak, media):
    speak()
    export = asked()
    tasks.write_export(tenant.pk, str(export.pk))
    ready = fresh(export)
    assert ready.state == "ready"
    assert ready.bytes == len(text_of(ready).encode())
    assert [path.parent.parent.name for path in media.rglob("exports/*")] == [tenant.schema_name]


def test_a_second_bell_writes_nothing_anew(asked, tenant, speak, media):
    export = asked()
    writing.write(export.pk, tenant=tenant)
    before = fresh(export)
    speak()
    assert writing.write(export.pk, tenant=tenant) is None
    assert (fresh(export).file, fresh(export).attempts) == (before.file, 1)
    assert len(files(media)) == 1


def test_another_workers_export_is_left_alone_until_its_lease_is_over(asked, tenant):
    export = asked(state="writing", attempts=1, lease_until=timezone.now() + timedelta(seconds=60))
    writing.write(export.pk, tenant=tenant)
    assert fresh(export).state == "writing"
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    writing.write(export.pk, tenant=tenant)
    assert (fresh(export).state, fresh(export).attempts) == ("ready", 2)


def test_a_tenants_exports_are_written_one_after_the_other(asked, tenant):
    asked(state="writing", attempts=1, lease_until=timezone.now() + timedelta(seconds=60))
    second = asked()
    assert writing.write(second.pk, tenant=tenant) == writing.LATER
    assert fresh(second).state == "waiting"


def test_a_worker_that_lost_its_lease_changes_nothing(asked, tenant, speak, monkeypatch, media):
    """Another one has it by now: what the slow one wrote is thrown away."""
    speak()
    export = asked()
    store = keeping.store

    def slow(mine: Export, **more: Any) -> str:
        name = store(mine, **more)
        Export.objects.filter(pk=mine.pk).update(attempts=F("attempts") + 1)
        return name

    monkeypatch.setattr(keeping, "store", slow)
    writing.write(export.pk, tenant=tenant)
    assert (fresh(export).state, fresh(export).file) == ("writing", "")
    assert files(media) == []


def test_an_export_that_is_deleted_while_it_is_written_leaves_nothing(asked, speaking, anna, monkeypatch, media):
    tenant, _ = speaking
    export = asked()
    read: list[int] = []
    record = records.conversation_record

    def deleting(row: Any) -> Any:
        read.append(1)
        asking.delete(fresh(export), tenant=tenant, by=anna) if len(read) == 1 else None
        return record(row)

    monkeypatch.setattr(records, "conversation_record", deleting)
    writing.write(export.pk, tenant=tenant)
    assert len(read) == 1, "it is noticed after a few conversations, not in the end"
    assert not Export.objects.exists()
    assert files(media) == []


def test_how_far_it_is_stands_in_the_row_while_it_is_written(asked, speaking, monkeypatch):
    tenant, _ = speaking
    export = asked()
    seen: list[tuple[int, int | None]] = []
    record = records.conversation_record

    def looking(row: Any) -> Any:
        seen.append((fresh(export).done, fresh(export).total))
        return record(row)

    monkeypatch.setattr(records, "conversation_record", looking)
    writing.write(export.pk, tenant=tenant)
    assert seen == [(0, 3), (1, 3), (2, 3)]


def test_an_export_that_breaks_says_so_and_may_be_asked_for_again(asked, tenant, anna, monkeypatch, rung):
    export = asked()
    with monkeypatch.context() as patch:
        patch.setattr(writing, "pick", lambda export: 1 / 0)
        writing.write(export.pk, tenant=tenant)
    assert (fresh(export).state, fresh(export).error) == ("failed", writing.BROKEN)
    asking.ask_again(fresh(export), tenant=tenant, by=anna)
    assert (fresh(export).state, fresh(export).attempts, fresh(export).error) == ("waiting", 0, "")
    assert rung == [str(export.pk)] * 2
    writing.write(export.pk, tenant=tenant)
    assert fresh(export).state == "ready"


def test_what_a_worker_left_that_died_while_it_stored_goes_with_the_next_attempt(asked, tenant, media):
    over = timezone.now() - timedelta(seconds=1)
    export = asked(state="writing", attempts=1, lease_until=over)
    keeping.store(export, content=BytesIO(b"half of it"), ending="json")
    keeping.store(export, content=BytesIO(b"half of it"), ending=keeping.ARCHIVE)
    writing.write(export.pk, tenant=tenant)
    assert files(media) == [fresh(export).file.removeprefix("exports/")]
    assert document_of(fresh(export))["conversations"] == []


def test_a_file_that_kills_its_workers_is_given_up(asked, tenant):
    over = timezone.now() - timedelta(seconds=1)
    export = asked(state="writing", attempts=writing.MOST_ATTEMPTS, lease_until=over)
    writing.write(export.pk, tenant=tenant)
    assert (fresh(export).state, fresh(export).error) == ("failed", writing.GAVE_UP)


def test_a_page_that_no_browser_could_show_is_not_made(tenant, export, speak, monkeypatch):
    monkeypatch.setattr(writing, "MOST_READABLE", 1)
    speak()
    assert export(file_format="html").state == "ready"
    speak()
    assert export(file_format="html").error == writing.TOO_LONG_TO_READ
    assert export(file_format="csv").state == "ready"


def test_an_export_of_a_contact_who_was_erased_says_so(export):
    assert export(scope="contact", criteria={"contact": str(UUID(int=1))}).error == "This contact's data was erased."


def test_no_more_than_a_few_exports_wait_at_a_time(asked, tenant, anna):
    for _ in range(asking.MOST_PENDING):
        asked()
    with pytest.raises(asking.NotNowError, match="on their way"):
        asked()
    Export.objects.filter(pk=Export.objects.values("pk")[:1]).update(state="failed")
    asked()


# The end of a file's time


def test_a_file_goes_when_its_days_are_over_and_its_row_says_so(export, media, speak):
    speak()
    done, other = export(), export()
    Export.objects.filter(pk=done.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tidying.keep_house() == 1
    assert (fresh(done).state, fresh(done).file) == ("expired", "")
    assert len(document_of(fresh(other))["conversations"]) == 1
    with pytest.raises(FileNotFoundError):
        keeping.open_file(fresh(done))


def test_a_file_is_kept_for_a_week_from_when_it_is_ready(export):
    left = export().expires_at - database_time()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_a_file_that_no_row_names_goes_after_an_hour(export, media, monkeypatch):
    Export.objects.filter(pk=export().pk).delete()
    assert tidying.keep_house() == 0, "its row may be about to name it"
    monkeypatch.setattr(keeping, "ORPHANED_AFTER", timedelta(seconds=-5))
    assert tidying.keep_house() == 1
    assert files(media) == []


def test_an_export_whose_bell_was_lost_is_rung_for_again(asked, rung):
    lying = asked()
    dead = asked(state="writing", attempts=1, lease_until=timezone.now() - timedelta(seconds=1))
    asked(state="failed")
    asked(state="writing", lease_until=timezone.now() + timedelta(seconds=60))
    rung.clear()
    tidying.keep_house()
    assert set(rung) == {str(lying.pk), str(dead.pk)}


def test_another_tenants_export_is_not_written_in_this_tenants_name(asked, other_tenant: Tenant):
    export = asked()
    tasks.write_export(other_tenant.pk, str(export.pk))
    assert fresh(export).state == "waiting"
