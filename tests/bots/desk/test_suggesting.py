"""A draft is written by a worker, and sent by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bots.desk import drafting, suggesting, taking_over
from bots.desk.base import NotPossibleError
from bots.models import AIConfiguration, Conversation, Message, Suggestion, Turn
from bots.models.clock import database_time
from tests.bots.desk.conftest import MARIA
from tests.bots.factories import InboundFactory, OutboundFactory


@pytest.fixture(autouse=True)
def heard(monkeypatch) -> list[str]:
    """The bells that somebody heard."""
    rung: list[str] = []
    monkeypatch.setattr(suggesting.bell, "ring_for", lambda *_args, row_id, **_kwargs: rung.append(str(row_id)) is None)
    return rung


def ask(conversation, tenant) -> Suggestion:
    return suggesting.ask(conversation.pk, tenant=tenant, by=MARIA)


def written(suggestion: Suggestion, tenant) -> Suggestion:
    drafting.write(tenant, suggestion.pk)
    suggestion.refresh_from_db()
    return suggestion


def test_a_draft_is_an_answer_to_what_was_asked_last(conversation, tenant, ai, bot, heard):
    OutboundFactory(conversation=conversation, content="Hello!", status="sent", author_id=MARIA.id)
    InboundFactory(conversation=conversation, content="And a baguette?", outcome="human")
    InboundFactory(conversation=conversation, content="Two of them", outcome="human")
    ai.state.replies.append("That is **3** euro.")
    draft = ask(conversation, tenant)
    assert (draft.kind, draft.state, draft.asked_by_id, heard) == ("drafted", "waiting", MARIA.id, [str(draft.pk)])

    draft = written(draft, tenant)
    assert (draft.state, draft.text, draft.error) == ("ready", "That is *3* euro.", "")
    chat = [message["content"] for message in ai.requests[-1]["body"]["messages"] if message["role"] != "system"]
    assert chat == ["How much is a croissant?", "Hello!", "And a baguette?", "Two of them"]
    assert draft.turn.answer == "That is **3** euro."
    assert Message.objects.filter(direction="out").count() == 1


def test_one_draft_is_written_at_a_time(conversation, tenant, bot):
    ask(conversation, tenant)
    with pytest.raises(NotPossibleError) as refusal:
        ask(conversation, tenant)

    assert refusal.value.reason == "busy"
    Suggestion.objects.update(lease_until=database_time() - timedelta(seconds=1))
    assert ask(conversation, tenant).state == "waiting"
    assert Suggestion.objects.filter(state="dismissed").count() == 1


def test_two_workers_write_one_draft(conversation, tenant, bot, ai):
    draft = ask(conversation, tenant)
    written(draft, tenant)
    before = len(ai.requests)
    written(draft, tenant)

    assert len(ai.requests) == before
    assert Turn.objects.count() == 1


def test_a_bell_that_comes_too_late_is_not_answered(conversation, tenant, bot, ai):
    draft = ask(conversation, tenant)
    Suggestion.objects.update(lease_until=database_time() - timedelta(seconds=1))

    assert written(draft, tenant).state == "waiting"
    assert ai.requests == []


def test_a_draft_that_was_dismissed_meanwhile_stays_dismissed(conversation, tenant, bot, during_the_call):
    draft = ask(conversation, tenant)
    during_the_call(lambda: suggesting.settle(draft.pk, state="dismissed"))

    assert (written(draft, tenant).state, draft.text) == ("dismissed", "")
    assert Turn.objects.count() == 1


def test_a_provider_that_fails_is_said_in_a_sentence(conversation, tenant, bot, ai):
    AIConfiguration.objects.update(base_url="http://127.0.0.1:9/v1")
    draft = written(ask(conversation, tenant), tenant)

    assert (draft.state, draft.error) == ("failed", drafting.SENTENCES["unavailable"])


def test_a_bot_without_a_provider_cannot_draft(conversation, tenant, bot):
    AIConfiguration.objects.update(base_url="")

    assert written(ask(conversation, tenant), tenant).error == drafting.NOT_CONFIGURED


def test_there_is_nothing_to_draft_after_the_members_own_last_word(conversation, tenant, bot, ai):
    OutboundFactory(conversation=conversation, content="2.40", status="sent", author_id=MARIA.id)

    assert written(ask(conversation, tenant), tenant).error == drafting.NOTHING_OPEN
    assert ai.requests == []


def test_an_error_of_ours_ends_the_draft_as_well(conversation, tenant, bot, monkeypatch):
    monkeypatch.setattr(drafting.formatting, "to_whatsapp", lambda _: 1 / 0)

    assert written(ask(conversation, tenant), tenant).error == drafting.BROKEN


def test_without_a_broker_the_member_learns_at_once(conversation, tenant, monkeypatch):
    monkeypatch.setattr(suggesting.bell, "ring_for", lambda *_args, **_kwargs: False)

    draft = ask(conversation, tenant)
    assert draft.state == "failed"
    assert draft.error.endswith(".")


def test_a_suspended_business_drafts_nothing(conversation, tenant):
    tenant.status = "suspended"
    with pytest.raises(NotPossibleError) as refusal:
        ask(conversation, tenant)

    assert refusal.value.reason == "suspended"


def test_what_was_used_is_not_dismissed_later(conversation, tenant):
    draft = ask(conversation, tenant)
    suggesting.settle(draft.pk, state="used")
    suggesting.settle(draft.pk, state="dismissed")
    taking_over.give_back(Conversation.objects.get().pk, tenant=tenant, by=MARIA)

    draft.refresh_from_db()
    assert draft.state == "used"
