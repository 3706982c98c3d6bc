"""Messages that come at the same moment are committed together, and each is kept as if it had come alone."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.db import connections
from django_tenants.utils import schema_context

from bots import destinations, group_commit, inbox
from bots.destinations import Destination
from bots.inbox import Receipt
from bots.models import Contact, Conversation, Message, WebhookLog
from tenants.context import release_connection
from tests.bots.factories import IncomingFactory, acme, new_log

pytestmark = pytest.mark.django_db(transaction=True)

#: Whose row is locked while the others gather.
DOORMAN = "+4915199999999"


@pytest.fixture(autouse=True)
def numbers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Destination]]:
    """Both tenants' numbers, and nobody else's messages. Tests that commit leave what they wrote; these clean up."""
    monkeypatch.setattr(group_commit, "PATIENCE", "60s")
    bravo = destinations.find(provider="twilio", address="+14155550199")
    assert bravo
    _clear()
    release_connection()
    yield {"acme": acme(), "bravo": bravo}
    _clear()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=24) as pool:
        yield pool


def _clear() -> None:
    for schema_name in ("acme", "bravo"):
        with schema_context(schema_name):
            for rows in (Contact.objects, WebhookLog.objects):
                rows.all().delete()


def write(to: Destination, sender: str, sid: str, text: str = "Hello") -> Receipt:
    incoming = IncomingFactory(sender=sender, external_id=sid, text=text)
    return inbox.receive(to=to, incoming=incoming, log=new_log())


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@contextmanager
def gathering(to: Destination, threads: ThreadPoolExecutor) -> Iterator[Callable[..., Future[Receipt]]]:
    """Who writes within the block goes in one transaction, in the order of the calls, when it ends."""
    write(to, DOORMAN, "SM-doorman-0")
    release_connection()
    together, coming = inbox._together, []

    def writes(*args: object, **how: object) -> Future[Receipt]:
        coming.append(threads.submit(write, *args, **how))  # type: ignore[arg-type]
        until(lambda: len(together._waiting) == len(coming))
        return coming[-1]

    with closing(psycopg2.connect(**connections["default"].get_connection_params())) as other, other.cursor() as cursor:
        cursor.execute("SELECT FROM acme.bots_conversation WHERE user_phone = %s FOR UPDATE", [DOORMAN])
        first = threads.submit(write, to, DOORMAN, "SM-doorman-1")
        until(lambda: together._is_under_way)
        yield writes
        other.rollback()
    assert first.result(timeout=30).is_new
    for one in coming:
        one.result(timeout=30)


def test_a_burst_is_kept_in_its_order_in_one_conversation(
    numbers: dict[str, Destination], threads: ThreadPoolExecutor
) -> None:
    words = [f"word {number}" for number in range(8)]
    with gathering(numbers["acme"], threads) as writes:
        receipts = [writes(numbers["acme"], "+4915100000001", f"SM{number}", text) for number, text in enumerate(words)]
    assert all(receipt.result().is_new for receipt in receipts)
    with schema_context("acme"):
        kept = Message.objects.filter(conversation__user_phone="+4915100000001").order_by("timestamp")
        assert [message.content for message in kept] == words
        assert len({message.timestamp for message in kept}) == len(words)
        assert len({message.conversation_id for message in kept}) == 1
        logged = WebhookLog.objects.filter(message__in=kept).order_by("timestamp")
        assert [log.message.content for log in logged if log.message] == words


def test_copies_of_one_message_are_one_message(numbers: dict[str, Destination], threads: ThreadPoolExecutor) -> None:
    """Of somebody new, so that the contact and the conversation are made in the same transaction."""
    with gathering(numbers["acme"], threads) as writes:
        copies = [writes(numbers["acme"], "+4915100000001", "SM-copied") for _ in range(6)]
    told = [copy.result() for copy in copies]
    assert [receipt.is_new for receipt in told].count(True) == 1
    assert len({(receipt.conversation_id, receipt.message_id) for receipt in told}) == 1
    with schema_context("acme"):
        assert Message.objects.filter(external_id="SM-copied").count() == 1
        logs = WebhookLog.objects.filter(message__external_id="SM-copied")
        assert Counter(log.outcome for log in logs) == {"accepted": 1, "repeat": 5}


def test_one_id_at_two_tenants_is_a_message_of_each(
    numbers: dict[str, Destination], threads: ThreadPoolExecutor
) -> None:
    with gathering(numbers["acme"], threads) as writes:
        told = {
            schema_name: writes(numbers[schema_name], "+4915100000001", "SM-both", schema_name)
            for schema_name in ("bravo", "acme")
        }
    for schema_name, receipt in told.items():
        assert receipt.result().is_new
        with schema_context(schema_name):
            message = Message.objects.get(external_id="SM-both")
            assert (message.id, message.content) == (receipt.result().message_id, schema_name)
            assert message.conversation_id == receipt.result().conversation_id


def test_whoever_writes_at_once_each_message_is_kept_once_and_each_request_is_logged(
    numbers: dict[str, Destination], threads: ThreadPoolExecutor
) -> None:
    """By chance: somebody new or known, copies, bursts, two tenants, twenty-four threads of what are two processes."""
    draw = random.Random(7)
    posts = [
        (draw.choice(["acme", "bravo"]), f"+49151000001{draw.randrange(12):02}", f"SM{draw.randrange(250)}")
        for _ in range(500)
    ]
    # A message is of one person.
    senders: dict[tuple[str, str], str] = {}
    posts = [(schema, senders.setdefault((schema, sid), sender), sid) for schema, sender, sid in posts]
    processes = inbox._together, group_commit.GroupCommit()

    def post(number: int) -> tuple[tuple[str, str], Receipt]:
        schema_name, sender, sid = posts[number]
        return (schema_name, sid), write(numbers[schema_name], sender, sid, f"{schema_name} {sid}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbox, "_together", _Either(processes))
        told = list(threads.map(post, range(len(posts))))

    new = Counter(key for key, receipt in told if receipt.is_new)
    assert new == dict.fromkeys(senders, 1)
    assert len({(key, receipt.message_id, receipt.conversation_id) for key, receipt in told}) == len(senders)
    for schema_name in numbers:
        with schema_context(schema_name):
            wanted = {sid: sender for (schema, sid), sender in senders.items() if schema == schema_name}
            kept = Message.objects.select_related("conversation")
            assert {message.external_id: message.conversation.user_phone for message in kept} == wanted
            assert {message.content for message in kept} == {f"{schema_name} {sid}" for sid in wanted}
            assert Contact.objects.count() == Conversation.objects.filter(is_active=True).count()
            assert Contact.objects.count() == Conversation.objects.count() == len(set(wanted.values()))
            assert not Conversation.objects.filter(due_at=None).exists()
            assert WebhookLog.objects.filter(outcome="accepted").count() == len(wanted)
            assert WebhookLog.objects.count() == sum(post[0] == schema_name for post in posts)


class _Either:
    """Two processes' groups: whoever writes does so in one of them, by chance."""

    def __init__(self, groups: tuple[group_commit.GroupCommit, ...]) -> None:
        self.groups = groups

    def run(self, *args: object, **how: object) -> object:
        return random.choice(self.groups).run(*args, **how)  # type: ignore[arg-type]
