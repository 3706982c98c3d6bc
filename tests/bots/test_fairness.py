"""Threads are shared: one tenant's hanging AI never holds up another tenant."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bots import tasks
from bots.fairness import Shares
from bots.models import Conversation, KnowledgeSource
from tests.bots.factories import receive
from tests.webhooks.posting import bells

BUSY, OTHER, THIRD = 1, 2, 3


@pytest.fixture
def begin():
    """Let a tenant begin so many turns that never end; returns how many it was allowed."""
    with ExitStack() as hanging:

        def begin(shares: Shares, tenant_id: int, *, turns: int) -> int:
            return sum(hanging.enter_context(shares.turn(tenant_id)) for _ in range(turns))

        yield begin


def test_a_busy_tenant_gets_three_quarters_of_the_threads(begin):
    assert begin(Shares(threads=64), BUSY, turns=200) == 48


def test_a_newcomer_always_finds_a_thread_however_many_tenants_hang(begin):
    shares = Shares(threads=64)

    assert [begin(shares, tenant_id, turns=200) for tenant_id in (BUSY, OTHER, THIRD)] == [48, 12, 3]
    assert begin(shares, 4, turns=1) == 1


def test_a_tenant_without_a_turn_is_never_refused_even_by_a_worker_of_one_thread(begin):
    assert begin(Shares(threads=1), BUSY, turns=1) == 1


def test_a_turn_that_ends_gives_its_thread_back(begin):
    shares = Shares(threads=4)
    with ExitStack() as turns:
        assert [turns.enter_context(shares.turn(BUSY)) for _ in range(4)] == [True, True, True, False]
    assert begin(shares, BUSY, turns=4) == 3


def test_a_turn_that_breaks_gives_its_thread_back(begin):
    shares = Shares(threads=1)
    with pytest.raises(RuntimeError), shares.turn(BUSY):
        raise RuntimeError
    assert begin(shares, BUSY, turns=1) == 1


def test_a_tenant_that_has_its_share_is_rung_for_again_and_nothing_is_claimed(begin, tenant, bot, monkeypatch):
    shares = Shares(threads=1)
    begin(shares, tenant.pk, turns=1)
    monkeypatch.setattr(tasks, "_shares", lambda: shares)
    conversation_id = receive("hello").conversation_id
    tasks.take_turn.apply(args=(tenant.pk, str(conversation_id)), throw=True)

    assert bells() == [[tenant.pk, str(conversation_id)]]
    assert Conversation.objects.get().fence == 0


def test_reading_knowledge_waits_for_the_tenants_share_as_well(begin, tenant, rung, monkeypatch):
    """Thousands of sources may be due at once, when a service that takes down what they mean is slow."""
    shares = Shares(threads=1)
    begin(shares, tenant.pk, turns=1)
    monkeypatch.setattr(tasks, "_shares", lambda: shares)
    source = KnowledgeSource.objects.create(title="New prices", text="Croissant: 2 euro", state="waiting")
    tasks.read_knowledge.apply(args=(tenant.pk, str(source.pk)), throw=True)

    assert rung == [str(source.pk)]
    source.refresh_from_db()
    assert source.state == "waiting"
