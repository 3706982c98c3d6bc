from __future__ import annotations

import json

import pytest
from django.db import transaction
from django_tenants.utils import schema_context

from bots import store
from bots.conversations import ConversationManager
from bots.models import Conversation, Message
from bots.models.clock import database_time
from tests.bots.factories import InboundFactory, OutboundFactory, exchange


@pytest.fixture
def manager(tenant) -> ConversationManager:
    return ConversationManager(ttl=60, limit=4)


@pytest.fixture
def remember(manager, django_capture_on_commit_callbacks):
    """Write a question and its answer as a turn does, down to what follows its commit."""

    def write(conversation: Conversation, asked: str, answered: str) -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            exchange(conversation, asked, answered)
            manager.add_messages(
                conversation.id,
                [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}],
            )

    return write


def contents(history) -> list[str]:
    return [message["content"] for message in history]


def the_copy(conversation: Conversation, schema: str = "acme") -> dict | None:
    text = store.client().get(f"{schema}:history:{conversation.id}")
    return json.loads(text) if text else None


def test_a_history_is_oldest_first_with_the_roles_of_a_chat(manager, conversation):
    exchange(conversation, "hi", "hello")

    assert manager.get_history(conversation.id) == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
    ]


def test_only_the_last_messages_are_remembered(manager, conversation):
    for number in range(4):
        exchange(conversation, f"q{number}", f"a{number}")

    assert contents(manager.get_history(conversation.id)) == ["q2", "a2", "q3", "a3"]
    assert contents(manager.get_history(conversation.id, limit=1)) == ["a3"]
    assert contents(manager.get_history(conversation.id, limit=6)) == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert manager.get_history(conversation.id, limit=0) == []


@pytest.mark.parametrize(
    "unsaid",
    [
        {"outcome": ""},
        {"outcome": Message.Outcome.REFUSED},
        {"content": "", "outcome": Message.Outcome.ANSWERED},
    ],
    ids=["waiting", "refused", "wordless"],
)
def test_what_waits_was_refused_or_has_no_words_is_no_history(manager, conversation, unsaid):
    InboundFactory(conversation=conversation, **unsaid)

    assert manager.get_history(conversation.id) == []


def test_notices_are_no_history(manager, conversation):
    OutboundFactory(conversation=conversation, metadata={"notice": "rate_limited"})

    assert manager.get_history(conversation.id) == []


def test_a_history_that_was_read_has_a_copy_in_redis_that_expires(manager, conversation):
    exchange(conversation, "hi", "hello")
    manager.get_history(conversation.id)

    assert contents(the_copy(conversation)["messages"]) == ["hi", "hello"]
    assert 0 < store.client().ttl(f"acme:history:{conversation.id}") <= 60


def test_a_valid_copy_is_read_instead_of_the_rows(manager, conversation):
    exchange(conversation, "hi", "hello")
    manager.get_history(conversation.id)
    Message.objects.all().delete()

    assert contents(manager.get_history(conversation.id)) == ["hi", "hello"]


def test_a_copy_follows_what_is_said(manager, conversation, remember):
    remember(conversation, "q1", "a1")
    manager.get_history(conversation.id)
    remember(conversation, "q2", "a2")
    remember(conversation, "q3", "a3")
    copy = the_copy(conversation)

    assert contents(copy["messages"]) == ["q2", "a2", "q3", "a3"]
    assert copy["version"] == Conversation.objects.get().history_version
    assert manager.get_history(conversation.id) == copy["messages"]


def test_one_message_may_be_added_alone(manager, conversation, django_capture_on_commit_callbacks):
    manager.get_history(conversation.id)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        manager.add_message(conversation.id, "user", "hi")

    assert contents(the_copy(conversation)["messages"]) == ["hi"]


def test_a_flushed_redis_is_filled_again_from_the_rows(manager, conversation, remember):
    remember(conversation, "hi", "hello")
    before = manager.get_history(conversation.id)
    store.client().flushdb()

    assert manager.get_history(conversation.id) == before
    assert the_copy(conversation)["messages"] == before


def test_a_flush_between_two_turns_forgets_nothing(manager, conversation, remember):
    remember(conversation, "q1", "a1")
    manager.get_history(conversation.id)
    store.client().flushdb()
    remember(conversation, "q2", "a2")

    assert contents(manager.get_history(conversation.id)) == ["q1", "a1", "q2", "a2"]


def test_a_copy_that_missed_a_change_is_never_read(manager, conversation, remember):
    remember(conversation, "q1", "a1")
    manager.get_history(conversation.id)
    stale = store.client().get(f"acme:history:{conversation.id}")
    remember(conversation, "q2", "a2")
    store.client().set(f"acme:history:{conversation.id}", stale)

    assert contents(manager.get_history(conversation.id)) == ["q1", "a1", "q2", "a2"]


def test_a_change_never_carries_on_a_copy_that_missed_one_before(manager, conversation, remember):
    remember(conversation, "q1", "a1")
    manager.get_history(conversation.id)
    stale = store.client().get(f"acme:history:{conversation.id}")
    remember(conversation, "q2", "a2")
    store.client().set(f"acme:history:{conversation.id}", stale)
    remember(conversation, "q3", "a3")

    assert contents(manager.get_history(conversation.id)) == ["q2", "a2", "q3", "a3"]


def test_what_is_rolled_back_reaches_no_copy(manager, conversation, django_capture_on_commit_callbacks):
    manager.get_history(conversation.id)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        manager.add_message(conversation.id, "user", "never said")
        transaction.set_rollback(True)

    assert manager.get_history(conversation.id) == []


def test_a_cleared_history_is_empty_and_the_messages_stay(manager, conversation, remember):
    remember(conversation, "my secret", "noted")
    manager.get_history(conversation.id)
    manager.clear_history(conversation.id)

    assert manager.get_history(conversation.id) == []
    assert Message.objects.count() == 2


def test_what_is_said_after_a_clearing_is_remembered(manager, conversation, remember):
    remember(conversation, "my secret", "noted")
    manager.clear_history(conversation.id)
    remember(conversation, "hi", "hello")

    assert contents(manager.get_history(conversation.id)) == ["hi", "hello"]


def test_a_history_is_cleared_up_to_a_moment(manager, conversation):
    exchange(conversation, "before", "noted")
    moment = database_time()
    exchange(conversation, "after", "hello")
    manager.clear_history(conversation.id, since=moment)

    assert contents(manager.get_history(conversation.id)) == ["after", "hello"]


def test_an_expiration_is_set_anew(manager, conversation):
    manager.get_history(conversation.id)
    manager.set_expiration(conversation.id, 5)

    assert 0 < store.client().ttl(f"acme:history:{conversation.id}") <= 5


def test_without_redis_histories_come_from_the_rows(
    manager, conversation, redis_is_away, django_capture_on_commit_callbacks
):
    exchange(conversation, "q1", "a1")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        exchange(conversation, "q2", "a2")
        manager.add_messages(conversation.id, [{"role": "user", "content": "q2"}])
    manager.set_expiration(conversation.id, 5)

    assert contents(manager.get_history(conversation.id)) == ["q1", "a1", "q2", "a2"]
    manager.clear_history(conversation.id)
    assert manager.get_history(conversation.id) == []


def test_conversations_do_not_mix(manager, conversation):
    exchange(conversation, "hi", "hello")
    other = InboundFactory(outcome=Message.Outcome.ANSWERED, content="mine").conversation

    assert contents(manager.get_history(other.id)) == ["mine"]
    assert contents(manager.get_history(conversation.id)) == ["hi", "hello"]


def test_a_tenants_history_is_never_read_in_another_tenants_schema(manager, conversation, other_tenant):
    exchange(conversation, "acme's secret", "noted")
    manager.get_history(conversation.id)
    with schema_context(other_tenant.schema_name), pytest.raises(Conversation.DoesNotExist):
        manager.get_history(conversation.id)


def test_the_same_id_in_two_tenants_has_two_copies(manager, conversation, other_tenant):
    exchange(conversation, "acme's secret", "noted")
    manager.get_history(conversation.id)
    with schema_context(other_tenant.schema_name):
        InboundFactory(conversation__id=conversation.id, content="bravo's", outcome=Message.Outcome.ANSWERED)
        assert contents(manager.get_history(conversation.id)) == ["bravo's"]

    assert contents(manager.get_history(conversation.id)) == ["acme's secret", "noted"]
