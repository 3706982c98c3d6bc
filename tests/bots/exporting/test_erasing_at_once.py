"""An erasure, and whoever writes in the same moment: true connections, each in a transaction of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from bots import erasing, turns
from bots.desk.base import Member
from bots.exporting import asking, keeping, writing
from bots.models import Contact, Conversation, Erasure, Export, Message, Turn, WebhookLog
from bots.models.clock import database_time
from tenants.models import AuditEntry, Tenant, User
from tests.bots.exporting.conftest import document_of
from tests.bots.factories import InboundFactory, OutboundFactory, claimed, receive

pytestmark = pytest.mark.django_db(transaction=True)
#: Seconds.
PATIENCE = 10.0


@pytest.fixture
def anna(tenant: Tenant) -> Iterator[Member]:
    """Who erases. Tests that commit leave what they wrote; these clean up."""
    user = User.objects.create_user("anna.at.once@acme.test", "hard-to-guess-9")
    yield Member(id=user.pk, name="Anna")
    for rows in (Contact.objects, Erasure.objects, WebhookLog.objects):
        rows.all().delete()
    AuditEntry.objects.filter(actor=user).delete()
    user.delete()


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_waited_for() and time.monotonic() < deadline:
        time.sleep(0.02)


def is_waited_for() -> bool:
    """Whether somebody waits for a row that another one holds."""
    with connection.cursor() as cursor:
        # Within a transaction the list would stay what it was when it was first read.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])


def test_what_a_worker_commits_in_the_same_moment_is_erased_with_the_rest(tenant: Tenant, anna: Member) -> None:
    message = InboundFactory()
    held = claimed(message.conversation_id)
    is_locked = Event()

    def answer() -> None:
        """As a turn's commit does it: the row first, then the answer."""
        try:
            with schema_context(tenant.schema_name), transaction.atomic():
                conversation = turns.lock(held)
                is_locked.set()
                wait_until_somebody_waits()
                turn = Turn.objects.create(conversation=conversation, outcome="answered")
                OutboundFactory(conversation=conversation, turn=turn)
        finally:
            connection.close()

    def erase() -> Erasure:
        is_locked.wait(PATIENCE)
        try:
            with schema_context(tenant.schema_name):
                return erasing.erase(message.conversation.contact_id, tenant=tenant, by=anna)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answered, erased = pool.submit(answer), pool.submit(erase)
        answered.result(2 * PATIENCE)
        proof = erased.result(2 * PATIENCE)

    assert proof.erased["messages"] == 2
    assert [model.objects.count() for model in (Contact, Conversation, Message, Turn)] == [0, 0, 0, 0]


def test_a_message_that_comes_in_the_same_moment_is_kept_as_a_new_contacts(
    tenant: Tenant, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = receive()
    contact = Contact.objects.get()
    has_erased = Event()
    digest_of = erasing.digest_of

    def slowly(who: str) -> str:
        """Everything is deleted, and nothing is committed."""
        has_erased.set()
        wait_until_somebody_waits()
        return digest_of(who)

    monkeypatch.setattr(erasing, "digest_of", slowly)

    def erase() -> None:
        try:
            with schema_context(tenant.schema_name):
                erasing.erase(contact.pk, tenant=tenant, by=anna)
        finally:
            connection.close()

    def write() -> Any:
        has_erased.wait(PATIENCE)
        try:
            with schema_context(tenant.schema_name):
                return receive(sender=contact.identity)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        erased, written = pool.submit(erase), pool.submit(write)
        erased.result(2 * PATIENCE)
        receipt = written.result(2 * PATIENCE)

    assert receipt.is_new
    assert receipt.conversation_id != first.conversation_id
    again = Contact.objects.get()
    assert (again.identity, again.pk != contact.pk) == (contact.identity, True)
    assert Message.objects.get().pk == receipt.message_id


@pytest.fixture
def asked(tenant: Tenant, anna: Member, media_root: Path) -> Iterator[Export]:
    """An export of everything, which waits for a worker; Ada is in it."""
    receive("I live in Elm Street 7")
    yield Export.objects.create(
        scope="all", format="json", asked_by_id=anna.id, expires_at=database_time() + timedelta(days=1)
    )
    Export.objects.all().delete()


def erase_and(
    write: Callable[[], Any], *, tenant: Tenant, anna: Member, monkeypatch: pytest.MonkeyPatch, has_erased: Event
) -> None:
    """Erase Ada; when all of it is done and nothing committed, `write` is let go on and has to wait."""
    contact, digest_of = Contact.objects.get(), erasing.digest_of

    def slowly(who: str) -> str:
        has_erased.set()
        wait_until_somebody_waits()
        return digest_of(who)

    monkeypatch.setattr(erasing, "digest_of", slowly)
    monkeypatch.setattr(asking, "ring", lambda *_, **__: True)

    def in_the_schema(act: Callable[[], Any]) -> None:
        try:
            with schema_context(tenant.schema_name):
                act()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        acts = (write, partial(erasing.erase, contact.pk, tenant=tenant, by=anna))
        for done in [pool.submit(in_the_schema, act) for act in acts]:
            done.result(2 * PATIENCE)


def test_an_export_that_begins_in_the_same_moment_does_not_hold_them(
    tenant: Tenant, anna: Member, asked: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_erased = Event()

    def begin() -> None:
        has_erased.wait(PATIENCE)
        writing.write(asked.pk, tenant=tenant)

    erase_and(begin, tenant=tenant, anna=anna, monkeypatch=monkeypatch, has_erased=has_erased)
    asked.refresh_from_db()
    assert (asked.state, document_of(asked)["conversations"]) == ("ready", [])


def test_an_export_that_ends_in_the_same_moment_is_begun_anew(
    tenant: Tenant, anna: Member, asked: Export, monkeypatch: pytest.MonkeyPatch, media_root: Path
) -> None:
    has_erased, store = Event(), keeping.store

    def stored(*args: Any, **kwargs: Any) -> str:
        name = store(*args, **kwargs)
        has_erased.wait(PATIENCE)
        return name

    monkeypatch.setattr(keeping, "store", stored)
    contact_is_read = Event()
    write, erase = partial(writing.write, asked.pk, tenant=tenant), erasing.erase

    def erase_later(*args: Any, **kwargs: Any) -> Any:
        contact_is_read.wait(PATIENCE)
        return erase(*args, **kwargs)

    monkeypatch.setattr(erasing, "erase", erase_later)
    written = writing.filling.fill

    def reading(*args: Any, **kwargs: Any) -> str:
        ending = written(*args, **kwargs)
        contact_is_read.set()
        return ending

    monkeypatch.setattr(writing.filling, "fill", reading)
    erase_and(write, tenant=tenant, anna=anna, monkeypatch=monkeypatch, has_erased=has_erased)
    asked.refresh_from_db()
    assert (asked.state, asked.file) == ("waiting", "")
    assert [path for path in media_root.rglob("*") if path.is_file()] == [], "what was written of them is thrown away"
