"""Turns that go well."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots import store, typing
from bots.ai import prices
from bots.models import AIConfiguration, Conversation, Message, Turn
from bots.processor import MessageProcessor
from bots.whatsapp.base import Media
from tests.bots.factories import ACME, ADA, InboundFactory, exchange

CLOSED = "I can't open photos yet. You can send me text and PDF, Word and text files."
PHOTO = Media(url="https://api.twilio.com/photo", content_type="image/jpeg")


def configure(**changes) -> None:
    AIConfiguration.objects.filter(is_active=True).update(**changes)


# Answers


def test_a_message_is_answered(talk):
    assert talk.say("how much is a croissant?") == ["echo: how much is a croissant?"]
    assert talk.outcomes == [("answered", "")]
    conversation = Conversation.objects.get()
    assert (conversation.due_at, conversation.lease_until, conversation.attempts) == (None, None, 0)


def test_a_second_bell_for_the_same_message_answers_nothing(talk):
    talk.say("hello")

    assert talk.turn() is None
    assert talk.replies == ["echo: hello"]


def test_a_burst_gets_one_answer_and_reaches_the_model_in_order(talk):
    assert talk.say("hi", "how much", "is a croissant?") == ["echo: is a croissant?"]
    assert talk.outcomes == [("merged", ""), ("merged", ""), ("answered", "")]
    assert talk.prompts == [[{"role": "user", "content": text} for text in ("hi", "how much", "is a croissant?")]]


def test_the_history_reaches_the_model_oldest_first_before_the_new_message(talk):
    for text in ("one", "two", "three"):
        talk.say(text)

    assert talk.last_prompt == ["one", "echo: one", "two", "echo: two", "three"]
    assert [message["role"] for message in talk.prompts[-1]] == ["user", "assistant", "user", "assistant", "user"]


def test_the_history_is_no_longer_than_configured(talk):
    configure(max_context_messages=4)
    for text in ("one", "two", "three", "four"):
        talk.say(text)

    assert talk.last_prompt == ["two", "echo: two", "three", "echo: three", "four"]


def test_the_history_survives_a_flush_of_redis(talk):
    talk.say("one")
    store.client().flushdb()
    talk.say("two")

    assert talk.last_prompt == ["one", "echo: one", "two"]


def test_without_redis_the_bot_answers_and_remembers(talk, redis_is_away):
    talk.say("one")

    assert talk.say("two") == ["echo: two"]
    assert talk.last_prompt == ["one", "echo: one", "two"]


def test_a_new_conversation_begins_without_the_old_one(talk):
    talk.say("my name is Ada")
    Conversation.objects.update(is_active=False)
    talk.say("who am I?")

    assert talk.last_prompt == ["who am I?"]


def test_a_published_configuration_holds_for_the_next_message(talk):
    talk.say("one")
    configure(model_name="echo-large", system_prompt="You are Bruno.")
    talk.say("two")

    body = talk.ai.requests[-1]["body"]
    assert body["model"] == "echo-large"
    assert body["messages"][0]["content"].startswith("You are Bruno.")
    assert "You are Rosa" not in str(body)


def test_a_long_answer_arrives_in_parts_in_their_order(talk):
    words = [f"word{number}" for number in range(500)]
    talk.ai.state.replies.append(" ".join(words))
    parts = talk.say("tell me everything")

    assert len(parts) == 3
    assert " ".join(parts).split() == words


def test_markdown_is_written_as_whatsapp_shows_it_and_remembered_so(talk):
    talk.ai.state.replies.append("**Croissant**: 2.40 euro")

    assert talk.say("price?") == ["*Croissant*: 2.40 euro"]
    assert talk.last_turn.answer == "**Croissant**: 2.40 euro"


def test_a_message_that_arrives_during_the_call_is_answered_next(talk, during_the_call):
    during_the_call(lambda: talk.write("and a baguette?"))
    talk.write("how much is a croissant?")

    assert talk.turn() == pytest.approx(0, abs=0.5)
    assert talk.replies == ["echo: how much is a croissant?"]
    assert talk.outcomes == [("answered", ""), ("", "")]
    assert talk.turn() is None
    assert talk.replies[1:] == ["echo: and a baguette?"]
    assert talk.last_prompt == ["how much is a croissant?", "echo: how much is a croissant?", "and a baguette?"]


def test_what_an_earlier_turn_left_unsent_goes_out_first(talk):
    talk.phone.fault(on="messages.create", mode="status", status=429, times=1)
    talk.write("one")
    assert talk.turn() > 1
    assert talk.say("two") == ["echo: one", "echo: two"]


def test_nothing_new_is_answered_while_an_earlier_answer_cannot_be_sent(talk):
    talk.phone.fault(on="messages.create", mode="status", status=429, times=2)
    talk.say("one")
    talk.say("two")

    assert talk.replies == []
    assert talk.outcomes == [("answered", ""), ("", "")]
    talk.turn()
    assert talk.replies == ["echo: one", "echo: two"]


# Files, places, buttons


def test_an_image_without_words_gets_an_honest_sentence_and_no_call(talk):
    assert talk.say("", kind="image", media=(PHOTO,)) == [CLOSED]
    assert talk.outcomes == [("refused", "not_opened")]
    assert talk.prompts == []


def test_an_image_with_a_caption_is_answered(talk):
    told, answer = talk.say("is this gluten-free?", kind="image", media=(PHOTO,))
    assert told == CLOSED
    assert answer.startswith("echo: [photo")
    assert answer.endswith("is this gluten-free?")


def test_an_image_and_words_in_one_burst_are_answered_together(talk):
    talk.write("", kind="image", media=(PHOTO,))

    assert talk.say("what is this?") == [CLOSED, "echo: what is this?"]
    assert talk.outcomes == [("merged", ""), ("answered", "")]
    assert talk.last_prompt[0].startswith("[photo, which you cannot open")
    assert talk.last_prompt[1:] == ["what is this?"]


def test_a_place_and_a_button_are_answered_by_their_words(talk):
    assert talk.say("Location: Home (52.5, 13.4)", kind="location") == ["echo: Location: Home (52.5, 13.4)"]
    assert talk.say("Order now", kind="button") == ["echo: Order now"]


def test_a_person_behind_a_username_is_answered(talk):
    talk.say("hello", sender="US.1349")

    assert [reply["body"] for reply in talk.phone.replies(number=ACME.number, user="US.1349")] == ["echo: hello"]


# Why did it say that?


def test_a_turn_keeps_the_cost_of_its_day(talk, monkeypatch):
    price = {"as_of": "2026-03", "copied": [], "models": {"echo-small": (Decimal("0.15"), Decimal("0.60"))}}
    monkeypatch.setattr(prices, "_table", lambda: {"custom": price})
    talk.say("how much is a croissant?")
    monkeypatch.undo()

    turn = Turn.objects.get()
    assert turn.cost == (Decimal("0.15") * turn.input_tokens + Decimal("0.60") * turn.output_tokens) / 1_000_000 > 0


def test_a_turn_tells_what_was_asked_of_whom_and_what_it_cost(talk, bot):
    talk.say("how much is a croissant?")
    turn = Turn.objects.get()

    assert (turn.outcome, turn.provider, turn.model_name) == ("answered", "custom", "echo-small")
    assert (turn.configuration, turn.conversation) == (bot, Conversation.objects.get())
    assert turn.prompt == talk.ai.requests[-1]["body"]["messages"]
    assert [passage["title"] for passage in turn.passages] == ["Prices"]
    assert "Croissant: 2.40 euro" in turn.prompt[0]["content"]
    assert turn.answer == "echo: how much is a croissant?"
    assert turn.input_tokens > 5
    assert (turn.output_tokens, turn.attempts, turn.error) == (6, 1, "")
    assert turn.cost is None, "nobody knows what this server asks"
    assert set(turn.timings) == {"waited", "queued", "files", "retrieval", "ai"}
    assert all(milliseconds >= 0 for milliseconds in turn.timings.values())
    assert {message.direction for message in turn.messages.all()} == {"in", "out"}


def test_a_fixed_text_has_a_turn_too(talk):
    talk.say("/reset")

    turn = Turn.objects.get()
    assert (turn.outcome, turn.attempts, turn.prompt) == ("notice", 0, [])
    assert turn.messages.count() == 2


# The typing indicator


def test_whoever_waits_for_a_slow_answer_sees_that_it_is_being_typed(talk, monkeypatch):
    monkeypatch.setattr(typing, "PATIENCE", 0.05)
    sid = talk.phone.send(user=ADA, number=ACME.number, body="hello")["sid"]
    talk.ai.fails_with("delay", seconds=0.5)
    talk.say("hello", external_id=sid)

    assert [shown["message_sid"] for shown in talk.phone.typing(number=ACME.number)] == [sid]


# A conversation without WhatsApp


def test_a_message_may_be_answered_as_a_plain_string(talk, tenant, conversation):
    processor = MessageProcessor(tenant)
    sender = str(conversation.id)

    assert processor.process_message(sender, "one") == "echo: one"
    assert processor.process_message(sender, "two") == "echo: two"
    assert talk.last_prompt == ["one", "echo: one", "two"]
    assert [message["content"] for message in processor.get_conversation_context(sender)] == [
        "one", "echo: one", "two", "echo: two",
    ]  # fmt: skip
    assert talk.phone.requests()["calls"] == {}


def test_a_saved_message_is_remembered_and_neither_answered_nor_sent(talk, tenant, conversation):
    processor = MessageProcessor(tenant)
    processor.save_message(str(conversation.id), "user", "hi")
    processor.save_message(str(conversation.id), "assistant", "hello")

    assert processor.get_conversation_context(str(conversation.id)) == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
    ]
    assert not Message.objects.filter(outcome="", direction="in").exists()
    assert not Message.objects.filter(status="queued").exists()


def test_a_conversation_is_answered_from_the_rows_that_it_has(talk, tenant):
    waiting = InboundFactory(conversation__contact__identity=ADA, content="three")
    exchange(waiting.conversation, "one", "two")
    talk.write("four")
    talk.turn()

    assert talk.last_prompt == ["one", "two", "three", "four"]


def test_the_history_is_the_same_before_and_after_a_flush_of_redis(
    talk, during_the_call, django_capture_on_commit_callbacks
):
    during_the_call(lambda: talk.write("second"))
    with django_capture_on_commit_callbacks(execute=True):
        talk.say("first")
    with django_capture_on_commit_callbacks(execute=True):
        talk.turn()
    talk.say("third")
    store.client().flushdb()
    talk.say("fourth")

    said = ["first", "echo: first", "second", "echo: second", "third"]
    assert [prompt[: len(said)] for prompt in ([m["content"] for m in p] for p in talk.prompts[-2:])] == [said, said]


def test_a_longer_memory_that_is_published_holds_for_the_next_message(talk, django_capture_on_commit_callbacks):
    AIConfiguration.objects.update(max_context_messages=2)
    for text in ("one", "two", "three"):
        with django_capture_on_commit_callbacks(execute=True):
            talk.say(text)
    AIConfiguration.objects.update(max_context_messages=6)
    talk.say("four")

    assert talk.last_prompt[0] == "one"


def test_what_nobody_can_keep_is_left_out_of_a_models_answer(talk):
    talk.ai.state.replies.append("2.40\0 euro\ud83d.")

    assert talk.say("How much?") == ["2.40 euro\N{REPLACEMENT CHARACTER}."]
    assert (talk.last_turn.outcome, len(talk.prompts)) == ("answered", 1)
