"""Turns that go wrong: what the contact reads, what is written down, and what is tried again."""

from __future__ import annotations

import pytest
from django.db import transaction

from bots import deciding, processor, queueing, rules, statuses, texts, turns
from bots.ai import breaker
from bots.models import AIConfiguration, Conversation, Message, Turn
from tests.bots.factories import age, claimed

UNAVAILABLE = "I'm having trouble connecting right now. Please try again in a moment."
CONFIGURATION = "The service is temporarily unavailable. Please contact support."
TIMEOUT = "This is taking longer than expected. Let me try again..."
LIMITED = "I'm receiving a lot of messages. Please wait a moment before sending another."


def test_the_four_texts_are_word_for_word_those_of_the_design():
    assert (texts.AI_UNAVAILABLE, texts.INVALID_CONFIGURATION) == (UNAVAILABLE, CONFIGURATION)
    assert (texts.TIMEOUT, texts.RATE_LIMITED) == (TIMEOUT, LIMITED)


# The AI


@pytest.fixture
def hurried(settings):
    settings.AI_REQUEST_TIMEOUT = 0.5


def test_an_ai_that_is_down_is_asked_again_and_then_apologised_for(talk):
    talk.ai.fails_with("status", status=500, times=None)

    assert talk.say("hello") == [UNAVAILABLE]
    assert talk.outcomes == [("failed", "ai_unavailable")]
    assert len(talk.prompts) == 3
    turn = Turn.objects.get()
    assert (turn.outcome, turn.attempts, turn.answer) == ("apologised", 3, "")
    assert turn.error.startswith("unavailable: ")
    assert turn.prompt[-1] == {"role": "user", "content": "hello"}


def test_an_ai_that_is_down_for_a_moment_answers_after_all(talk):
    talk.ai.fails_with("status", status=503, times=2)

    assert talk.say("hello") == ["echo: hello"]
    assert (talk.last_turn.attempts, talk.last_turn.outcome, talk.last_turn.error) == (3, "answered", "")


def test_an_ai_that_limits_us_is_apologised_for(talk):
    talk.ai.fails_with("status", status=429, times=None)

    assert talk.say("hello") == [UNAVAILABLE]
    assert len(talk.prompts) == 3


def test_a_wrong_key_is_named_as_a_fault_of_the_configuration_and_not_tried_again(talk, bot):
    bot.api_key = "sk-wrong"
    bot.save()

    assert talk.say("hello") == [CONFIGURATION]
    assert talk.outcomes == [("failed", "ai_configuration")]
    assert len(talk.prompts) == 1
    assert talk.last_turn.error.startswith("credentials: ")


def test_an_exhausted_quota_is_a_fault_of_the_configuration_and_not_tried_again(talk):
    talk.ai.fails_with("status", status=429, code="insufficient_quota", times=None)

    assert talk.say("hello") == [CONFIGURATION]
    assert len(talk.prompts) == 1


def test_a_bot_without_a_configuration_says_so(talk):
    AIConfiguration.objects.update(is_active=False)

    assert talk.say("hello") == [CONFIGURATION]
    assert talk.outcomes == [("failed", "not_configured")]


def test_a_bot_without_a_key_says_so_and_asks_nobody(talk, bot):
    bot.provider, bot.api_key, bot.base_url = "openai", "", ""
    bot.save()

    assert talk.say("hello") == [CONFIGURATION]
    assert talk.outcomes == [("failed", "not_configured")]


def test_an_apology_is_not_told_to_the_model(talk):
    talk.ai.fails_with("status", status=500, times=3)
    talk.say("one")
    talk.say("two")

    assert talk.last_prompt == ["one", "two"]


def test_a_call_that_takes_too_long_is_owned_up_to_and_tried_again(talk, hurried):
    talk.ai.fails_with("hang", times=1)

    assert talk.say("hello") == [TIMEOUT, "echo: hello"]
    assert talk.outcomes == [("answered", "")]
    assert (talk.last_turn.outcome, talk.last_turn.attempts, talk.last_turn.error) == ("answered", 2, "")


def test_two_calls_that_take_too_long_are_an_apology(talk, hurried):
    talk.ai.fails_with("delay", seconds=5, times=2)

    assert talk.say("hello") == [TIMEOUT, UNAVAILABLE]
    assert talk.outcomes == [("failed", "ai_timeout")]
    assert len(talk.prompts) == 2


def test_patience_is_asked_for_once_for_the_same_messages(talk, hurried, monkeypatch):
    """The turn that asked for it breaks off; the next one is slow as well."""
    talk.write("hello")
    talk.ai.fails_with("hang")
    with monkeypatch.context() as patched:
        patched.setattr(processor, "commit", broken)
        talk.turn()
    assert talk.replies == [TIMEOUT]
    talk.ai.fails_with("hang")
    talk.turn()

    assert talk.replies == [TIMEOUT, "echo: hello"]


def test_a_human_who_took_over_hears_no_excuses_of_the_bot(talk, hurried, during_the_call):
    talk.ai.fails_with("hang", times=1)
    during_the_call(lambda: Conversation.objects.update(mode=Conversation.Mode.HUMAN))

    assert talk.say("hello") == []
    assert talk.outcomes == [("human", "human")]


# Turns that break


def broken(*_args, **_kwargs):
    raise RuntimeError("a fault of ours")


def test_a_turn_that_breaks_is_tried_again_after_a_while(talk, monkeypatch):
    talk.write("hello")
    with monkeypatch.context() as patched:
        patched.setattr(rules, "sort", broken)
        assert talk.turn() == pytest.approx(2, abs=0.5)
    assert talk.outcomes == [("", "")]

    assert talk.turn() is None
    assert talk.replies == ["echo: hello"]
    assert Conversation.objects.get().attempts == 0


def test_a_message_that_breaks_every_turn_is_given_up_with_a_word_to_the_contact(talk, monkeypatch):
    monkeypatch.setattr(rules, "sort", broken)
    talk.write("poison")
    waits = [talk.turn() for _ in range(deciding.MOST_FAILED_CLAIMS)]
    assert talk.outcomes == [("", "")]
    assert waits == sorted(waits)

    assert talk.turn() is None
    assert talk.replies == [UNAVAILABLE]
    assert talk.outcomes == [("failed", "poison")]
    assert Conversation.objects.get().attempts == 0


def test_a_message_that_kills_its_workers_is_given_up_too(talk):
    conversation_id = talk.write("poison")
    for _ in range(deciding.MOST_FAILED_CLAIMS):
        claimed(conversation_id)
        age(conversation_id, seconds=1, column="lease_until")
    talk.turn()

    assert talk.outcomes == [("failed", "poison")]
    assert talk.prompts == []


def test_after_a_poisonous_message_the_bot_answers_again(talk, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(rules, "sort", broken)
        talk.write("poison")
        for _ in range(deciding.MOST_FAILED_CLAIMS + 1):
            talk.turn()

    assert talk.say("hello") == ["echo: hello"]


def test_a_worker_that_was_replaced_during_the_call_writes_and_sends_nothing(talk, during_the_call):
    def replaced():
        conversation = Conversation.objects.get()
        age(conversation.id, seconds=1, column="lease_until")
        claimed(conversation.id)

    during_the_call(replaced)
    talk.write("hello")

    assert talk.turn() is None
    assert (talk.replies, talk.outcomes) == ([], [("", "")])
    assert not Turn.objects.exists()
    assert Conversation.objects.get().lease_until


def test_a_worker_that_was_replaced_and_then_broke_leaves_the_conversation_alone(talk, during_the_call):
    def replaced_and_broken():
        conversation = Conversation.objects.get()
        age(conversation.id, seconds=1, column="lease_until")
        claimed(conversation.id)
        broken()

    during_the_call(replaced_and_broken)
    talk.write("hello")

    assert talk.turn() is None
    assert Conversation.objects.get().lease_until


def test_a_worker_lost_between_the_send_and_its_record_repeats_nothing(talk, monkeypatch):
    talk.write("hello")
    with monkeypatch.context() as patched:
        patched.setattr(statuses, "as_note", broken)
        talk.turn()
    assert Message.objects.get(direction="out").status == "sending"
    talk.turn()

    assert talk.replies == ["echo: hello"]
    assert len(talk.prompts) == 1
    assert Message.objects.get(direction="out").status == "sent"


def test_an_answer_that_could_not_be_committed_leaves_no_trace(talk, monkeypatch):
    """The reply is the last thing that the script writes; what it wrote before must not stay."""
    talk.write("hello")
    with monkeypatch.context() as patched:
        patched.setattr(queueing, "compose", without_a_status)
        patched.setattr(processor, "commit", in_a_savepoint)
        talk.turn()
    assert (Turn.objects.count(), talk.outcomes, talk.replies) == (0, [("", "")], [])
    assert Conversation.objects.get().history_version == 0
    talk.turn()

    assert talk.replies == ["echo: hello"]


_compose, _commit = queueing.compose, processor.commit


def without_a_status(*args, **kwargs):
    """Messages that the database refuses."""
    messages = _compose(*args, **kwargs)
    for message in messages:
        message.status = None
    return messages


def in_a_savepoint(*args, **kwargs):
    """A worker has a transaction for the script alone; here it is a part of the test's."""
    with transaction.atomic():
        return _commit(*args, **kwargs)


def test_the_lease_outlasts_each_call_of_the_ai(talk, during_the_call, monkeypatch):
    """A lease that is over at once is extended before each call."""
    monkeypatch.setattr(processor, "first_lease", lambda: 0.0)
    leases = []
    during_the_call(lambda: leases.append(turns.claim(Conversation.objects.get().id, lease_seconds=1)))

    assert talk.say("hello") == ["echo: hello"]
    assert leases == [None]


def test_a_provider_that_is_down_is_soon_asked_no_more_and_nobody_waits_for_it(talk):
    talk.ai.fails_with("status", status=500, times=None)
    for text in ("one", "two", "three", "four", "five"):
        assert talk.say(text) == [UNAVAILABLE]

    assert len(talk.prompts) == breaker.MOST_FAILURES
    assert "not asked" in talk.last_turn.error
