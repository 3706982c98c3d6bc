"""A file that somebody wants to see: a worker is told once, fetches it from a true far end, and nobody waits for ever."""

from __future__ import annotations

from typing import Any

import pytest

from bots import erasing, store, tasks
from bots.desk.base import Member
from bots.media import asking, fetching, keeping
from bots.models import MediaFile, Message
from sandbox.twilio.client import Phone
from tenants.models import Tenant
from tests.bots.talk import Talk
from tests.media.sending import JPEG, sent, write

State = MediaFile.State


@pytest.fixture
def message(talk: Talk, rung: list[str]) -> Message:
    """Ada's photo, which nobody fetched."""
    write(talk, sent(talk, ("image/jpeg", JPEG)))
    rung.clear()
    return Message.objects.get()


def work(tenant: Tenant, rung: list[str]) -> None:
    """What a worker does for the bells that rang."""
    while rung:
        tasks.fetch_file(tenant.pk, rung.pop(0))


def test_a_worker_fetches_what_was_asked_for(message: Message, tenant: Tenant, rung: list[str]) -> None:
    assert asking.ask(message=message, index=0, tenant=tenant).state == State.FETCHING
    work(tenant, rung)
    row = asking.ask(message=message, index=0, tenant=tenant)
    assert (row.state, row.bytes, row.content_type) == (State.KEPT, len(JPEG), "image/jpeg")
    with keeping.open_file(row) as content:
        assert content.read() == JPEG
    assert rung == []


def test_however_often_it_is_asked_for_a_worker_is_told_once(
    message: Message, tenant: Tenant, rung: list[str], phone: Phone
) -> None:
    for _ in range(5):
        asking.ask(message=message, index=0, tenant=tenant)
    [told] = rung
    for _ in range(2):
        tasks.fetch_file(tenant.pk, told)
    assert phone.requests()["calls"]["media"] == 1


@pytest.mark.parametrize(("status", "problem"), [(404, "gone"), (500, "unavailable")])
def test_what_the_provider_does_not_give_is_failed_until_it_is_asked_for_again(
    message: Message, talk: Talk, rung: list[str], status: int, problem: str
) -> None:
    tenant = talk.tenant
    talk.phone.fault(on="media", mode="status", status=status)
    asking.ask(message=message, index=0, tenant=tenant)
    work(tenant, rung)
    row = asking.look(MediaFile.objects.get())
    assert (row.state, row.error, rung) == (State.FAILED, problem, []), "whoever only waits asks for nothing"

    talk.phone.clear_faults()
    assert asking.ask(message=message, index=0, tenant=tenant).state == State.FETCHING
    work(tenant, rung)
    assert MediaFile.objects.get().state == State.KEPT


def test_an_address_that_is_not_the_providers_is_not_gone_to(message: Message, tenant: Tenant, rung: list[str]) -> None:
    message.media = [{"url": "http://169.254.169.254/latest/meta-data/", "content_type": "image/jpeg"}]
    message.save()
    asking.ask(message=message, index=0, tenant=tenant)
    work(tenant, rung)
    assert (MediaFile.objects.get().state, MediaFile.objects.get().error) == (State.FAILED, "unavailable")


def test_nobody_waits_for_a_bell_that_was_lost(message: Message, tenant: Tenant, rung: list[str]) -> None:
    row = asking.ask(message=message, index=0, tenant=tenant)
    rung.clear()
    MediaFile.objects.update(created_at=row.created_at - asking.LONGEST_WAIT)
    assert asking.ask(message=message, index=0, tenant=tenant).state == State.FETCHING, "it was asked for just now"
    store.client().flushdb()
    given_up = asking.ask(message=message, index=0, tenant=tenant)
    assert (given_up.state, given_up.error, rung) == (State.FAILED, "unavailable", [])
    assert asking.ask(message=message, index=0, tenant=tenant).state == State.FETCHING
    assert rung == [str(row.pk)]


def test_a_file_that_the_bot_is_fetching_is_waited_for(message: Message, tenant: Tenant, rung: list[str]) -> None:
    fetching.row_of(message=message, index=0)
    assert asking.ask(message=message, index=0, tenant=tenant).state == State.FETCHING
    assert rung == []


def test_when_nobody_hears_it_that_is_said_at_once(
    message: Message, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ring", lambda pk, *, tenant: False)
    row = asking.ask(message=message, index=0, tenant=tenant)
    assert (row.state, row.error) == (State.FAILED, "unavailable")


def test_a_tenant_asks_for_so_many_files_in_a_minute(
    message: Message, tenant: Tenant, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_A_MINUTE", 1)
    message.media = message.media * 2
    message.save()
    states = [asking.ask(message=message, index=index, tenant=tenant).state for index in (0, 1)]
    assert states == [State.FETCHING, State.FAILED]
    assert len(rung) == 1


def test_a_fetch_that_breaks_leaves_nobody_waiting(
    message: Message, tenant: Tenant, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "client_of", lambda channel: 1 / 0)
    asking.ask(message=message, index=0, tenant=tenant)
    work(tenant, rung)
    assert MediaFile.objects.get().state == State.FAILED


def test_another_tenants_worker_finds_no_such_file(
    message: Message, tenant: Tenant, other_tenant: Tenant, rung: list[str]
) -> None:
    asking.ask(message=message, index=0, tenant=tenant)
    tasks.fetch_file(other_tenant.pk, rung[0])
    assert MediaFile.objects.get().state == State.FETCHING


def test_a_file_that_comes_after_its_contact_was_erased_is_not_kept(
    message: Message, tenant: Tenant, rung: list[str], monkeypatch: pytest.MonkeyPatch, media_root: Any
) -> None:
    download = fetching._download

    def erasing_meanwhile(*args: Any, **kwargs: Any) -> None:
        download(*args, **kwargs)
        erasing.erase(message.conversation.contact_id, tenant=tenant, by=Member(id=1, name="Anna"))

    monkeypatch.setattr(fetching, "_download", erasing_meanwhile)
    asking.ask(message=message, index=0, tenant=tenant)
    work(tenant, rung)
    assert not MediaFile.objects.exists()
    assert [path for path in media_root.rglob("*") if path.is_file()] == []
