"""An erasure, and whoever writes in the same moment: true connections, each in a transaction of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from bots import erasing, turns
from bots.desk.base import Member
from bots.models import Contact, Conversation, Erasure, Message, Turn, WebhookLog
from tenants.models import AuditEntry, Tenant, User
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
