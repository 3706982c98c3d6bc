"""A conversation goes to a person, and what the bot was about to say stays unsaid."""

from __future__ import annotations

import pytest

from bots import outbox, turns
from bots.desk import replying, taking_over
from bots.desk.base import NotPossibleError
from bots.models import Conversation, Message, Suggestion, Turn
from bots.models.clock import database_time
from tests.bots.desk.conftest import MARIA, PAUL
from tests.bots.factories import (
    ConversationFactory,
    InboundFactory,
    OutboundFactory,
    claimed,
    receive,
    sends,
    status_of,
)
from tests.bots.talk import Talk

pytestmark = pytest.mark.usefixtures("tenant", "phone")


@pytest.fixture
def conversation(tenant) -> Conversation:
    """The bot has it."""
    return ConversationFactory()


def suggestions() -> list[tuple[str, str, str]]:
    return list(Suggestion.objects.order_by("created_at").values_list("kind", "state", "text"))


def test_whoever_takes_over_has_the_conversation(tenant):
    conversation = ConversationFactory(paused_until=database_time(), mode="human")
    taken = taking_over.take_over(conversation.pk, tenant=tenant, by=MARIA)

    conversation.refresh_from_db()
    assert conversation.is_with_a_person
    assert taken.assignee_id == conversation.assignee_id == MARIA.id
    assert [(event["what"], event["by"]) for event in conversation.metadata["events"]] == [("taken_over", "Maria")]


def test_taking_over_twice_changes_nothing_and_a_colleague_takes_it_from_there(tenant):
    conversation = ConversationFactory()
    for member in (MARIA, MARIA, PAUL):
        taking_over.take_over(conversation.pk, tenant=tenant, by=member)

    conversation.refresh_from_db()
    assert conversation.assignee_id == PAUL.id
    assert [event["by"] for event in conversation.metadata["events"]] == ["Maria", "Paul"]


def test_a_conversation_that_ended_is_not_taken_over(tenant):
    ended = ConversationFactory(is_active=False)
    with pytest.raises(NotPossibleError) as refusal:
        taking_over.take_over(ended.pk, tenant=tenant, by=MARIA)

    assert refusal.value.reason == "over"
    assert Conversation.objects.get(pk=ended.pk).mode == "bot"


def test_an_answer_that_comes_after_the_takeover_is_a_suggestion(talk: Talk, take_over, during_the_call):
    talk.ai.state.replies.append("It is **2.40** euro.")
    during_the_call(take_over)

    assert talk.say("How much is a croissant?") == []
    assert suggestions() == [("withheld", "ready", "It is *2.40* euro.")]
    assert Suggestion.objects.get().turn.answer == "It is **2.40** euro."
    talk.turn()
    assert talk.outcomes == [("human", "human")]
    assert talk.replies == []


def test_a_worker_who_kept_the_conversation_leaves_its_answer_as_a_suggestion(talk: Talk, during_the_call):
    during_the_call(lambda: Conversation.objects.update(mode="human"))

    assert talk.say("How much is a croissant?") == []
    assert suggestions() == [("withheld", "ready", "echo: How much is a croissant?")]
    assert Suggestion.objects.get().turn.answer == "echo: How much is a croissant?"
    assert talk.outcomes == [("human", "human")]


def test_a_notice_that_was_withheld_is_no_suggestion(talk: Talk, during_the_call):
    talk.ai.fails_with("status", status=401)
    during_the_call(lambda: Conversation.objects.update(mode="human"))

    assert talk.say("How much is a croissant?") == []
    assert suggestions() == []


def test_another_worker_has_the_conversation_at_once(talk: Talk, take_over, during_the_call, tenant):
    """Nobody waits for the AI to end before a member's reply goes out."""

    def meanwhile() -> None:
        take_over()
        talk.turn()
        assert talk.outcomes == [("human", "human")]

    during_the_call(meanwhile)
    talk.write("How much is a croissant?")
    assert talk.turn() is None
    assert talk.outcomes == [("human", "human")]
    assert [kind for kind, _, _ in suggestions()] == ["withheld"]


def test_an_answer_of_a_worker_that_lost_the_conversation_to_another_is_no_suggestion(talk: Talk, during_the_call, bot):
    def meanwhile() -> None:
        Conversation.objects.update(fence=99)

    during_the_call(meanwhile)
    talk.say("How much is a croissant?")
    assert suggestions() == []


def test_what_is_queued_is_not_sent_and_neither_sent_nor_failed_in_the_thread(tenant, take_over):
    turn = Turn.objects.create(conversation=ConversationFactory(), outcome="answered", answer="One. Two.")
    asked = InboundFactory(conversation=turn.conversation, outcome="answered", turn=turn)
    for part in ("One.", "Two."):
        OutboundFactory(conversation=turn.conversation, content=part, turn=turn)
    take_over()

    assert suggestions() == [("withheld", "ready", "One.\n\nTwo.")]
    assert Suggestion.objects.get().turn == turn
    assert not Message.objects.filter(direction="out").exists()
    asked.refresh_from_db()
    assert (asked.outcome, asked.outcome_reason) == ("human", "human")


def test_a_question_whose_answer_was_on_its_way_stays_answered(tenant, take_over):
    turn = Turn.objects.create(conversation=ConversationFactory(), outcome="answered")
    asked = InboundFactory(conversation=turn.conversation, outcome="answered", turn=turn)
    OutboundFactory(conversation=turn.conversation, content="One.", turn=turn, status="sending")
    OutboundFactory(conversation=turn.conversation, content="Two.", turn=turn)
    take_over()

    asked.refresh_from_db()
    assert asked.outcome == "answered"
    assert suggestions() == [("withheld", "ready", "Two.")]


@pytest.mark.parametrize("notice", ["stop", "start", "trial"])
def test_what_concerns_consent_is_said_all_the_same(tenant, take_over, phone, notice):
    message = OutboundFactory(metadata={"notice": notice})
    take_over()
    outbox.deliver(claimed(message.conversation_id))

    assert status_of(message) == "sent"


def test_a_notice_is_no_suggestion(tenant, take_over):
    OutboundFactory(metadata={"notice": "ai_unavailable"}, content="I'm having trouble connecting right now.")
    take_over()

    assert suggestions() == []
    assert not Message.objects.exists()


def test_no_send_of_the_bots_begins_once_a_person_has_the_conversation(held, queued, phone):
    """Taken over between a worker's look at what is unsent and the send."""
    message = queued()
    Conversation.objects.filter(pk=held.conversation_id).update(mode="human")
    outbox.send(held, unsent=[message], contact=message.conversation.contact)

    assert sends(phone) == 0
    assert suggestions() == [("withheld", "ready", message.content)]


def test_a_send_that_was_refused_for_now_is_not_made_again_after_the_takeover(held, queued, phone, take_over):
    message = queued()
    phone.fault(on="messages.create", mode="status", status=429)
    outbox.deliver(held)
    assert status_of(message) == "queued"
    take_over()
    outbox.deliver(claimed(held.conversation_id))

    assert sends(phone) == 1
    assert suggestions() == [("withheld", "ready", message.content)]


def test_an_uncertain_send_that_never_happened_becomes_a_suggestion(held, queued, phone, take_over):
    message = queued(status="sending", sending_at=database_time())
    take_over()
    assert status_of(message) == "sending"
    outbox.deliver(held)

    assert sends(phone) == 0
    assert suggestions() == [("withheld", "ready", message.content)]
    assert not Message.objects.filter(direction="out").exists()


def test_an_uncertain_send_that_did_happen_is_adopted(held, queued, phone, take_over):
    message = queued()
    phone.fault(on="messages.create", mode="accept_and_status")
    outbox.deliver(held)
    assert status_of(message) == "sending"
    take_over()
    outbox.deliver(held)

    assert status_of(message) == "sent"
    assert (sends(phone), suggestions()) == (1, [])


def test_parts_of_one_answer_that_are_taken_back_one_after_the_other_are_one_suggestion(tenant, take_over):
    turn = Turn.objects.create(conversation=ConversationFactory(), outcome="answered")
    first = OutboundFactory(conversation=turn.conversation, content="One.", turn=turn, status="sending")
    OutboundFactory(conversation=turn.conversation, content="Two.", turn=turn)
    take_over()
    outbox.deliver(claimed(turn.conversation_id))

    assert suggestions() == [("withheld", "ready", "One.\n\nTwo.")]
    assert not Message.objects.filter(pk=first.pk).exists()


def test_a_worker_in_the_middle_of_a_send_keeps_the_conversation(tenant, take_over, queued, held):
    queued(status="sending", sending_at=database_time())
    take_over()

    assert turns.extend(held, lease_seconds=1) is None


def test_the_bot_answers_what_comes_after_it_was_given_the_conversation_back(talk: Talk, take_over, tenant):
    talk.write("Hello")
    take_over()
    talk.turn()
    given = taking_over.give_back(Conversation.objects.get().pk, tenant=tenant, by=MARIA)

    assert (given.mode, given.assignee_id) == ("bot", None)
    talk.turn()
    assert talk.replies == []
    assert talk.say("Are you there?") == ["echo: Are you there?"]
    assert talk.outcomes == [("human", "human"), ("answered", "")]


def test_what_nobody_answered_is_answered_where_the_member_wants_that(talk: Talk, take_over, tenant):
    talk.say("How much is a croissant?")
    take_over()
    talk.say("And a baguette?")
    talk.say("human")
    talk.say("Hello?")
    before = len(talk.replies)
    taking_over.give_back(Conversation.objects.get().pk, tenant=tenant, by=MARIA, answer_open=True)
    talk.turn()

    assert len(talk.replies) == before + 1
    assert talk.outcomes == [("answered", ""), ("merged", ""), ("human", "human"), ("answered", "")]


def test_what_a_person_answered_stays_answered(talk: Talk, take_over, tenant):
    talk.write("How much is a croissant?")
    conversation = take_over()
    talk.turn()
    replying.reply(conversation.pk, tenant=tenant, by=MARIA, text="2.40 euro")
    talk.turn()
    taking_over.give_back(conversation.pk, tenant=tenant, by=MARIA, answer_open=True)
    talk.turn()

    assert talk.replies == ["2.40 euro"]
    assert talk.outcomes == [("human", "human")]


def test_suggestions_end_when_the_bot_speaks_again(tenant, take_over):
    OutboundFactory()
    conversation = take_over()
    taking_over.give_back(conversation.pk, tenant=tenant, by=MARIA)

    assert [state for _, state, _ in suggestions()] == ["dismissed"]


def test_the_model_is_told_the_note_until_somebody_takes_over_again(talk: Talk, take_over, tenant):
    talk.write("Hello")
    conversation = take_over()
    talk.turn()
    taking_over.give_back(conversation.pk, tenant=tenant, by=MARIA, note="She gets 10% off.")

    def told() -> list[bool]:
        requests = [one["body"]["messages"][0]["content"] for one in talk.ai.requests if one["method"] == "POST"]
        return ["She gets 10% off." in system for system in requests]

    talk.say("What do I pay?")
    talk.say("And tomorrow?")
    take_over()
    taking_over.give_back(conversation.pk, tenant=tenant, by=MARIA)
    talk.say("And now?")
    assert told() == [True, True, False]
    assert all("10%" not in text.replace("echo: ", "") for text in talk.replies)


def test_a_reset_forgets_the_note(talk: Talk, take_over, tenant):
    talk.write("Hello")
    conversation = take_over()
    talk.turn()
    taking_over.give_back(conversation.pk, tenant=tenant, by=MARIA, note="She gets 10% off.")
    talk.say("/reset")
    talk.say("What do I pay?")

    assert "10% off" not in talk.ai.requests[-1]["body"]["messages"][0]["content"]


def test_a_note_that_is_too_long_changes_nothing(tenant, take_over):
    ConversationFactory()
    conversation = take_over()
    with pytest.raises(NotPossibleError) as refusal:
        taking_over.give_back(conversation.pk, tenant=tenant, by=MARIA, note="x" * 1001)

    assert refusal.value.reason == "too_long"
    assert Conversation.objects.get().is_with_a_person


def test_somebody_who_asked_for_a_person_can_be_given_to_the_bot(tenant, bot):
    receipt = receive("Hello")
    Conversation.objects.update(mode="human", paused_until=database_time())
    taking_over.give_back(receipt.conversation_id, tenant=tenant, by=MARIA)

    assert Conversation.objects.get().mode == "bot"
