"""The playground without its page: what is asked, what the worker writes, and what nobody else notices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bots import broker, tasks
from bots.drafts import change_draft
from bots.models import (
    AIConfiguration,
    Conversation,
    Message,
    PlaygroundAnswer,
    PlaygroundQuestion,
    Turn,
)
from bots.models.clock import database_time
from bots.playground import chat, writing
from bots.playground.sources import Source
from tenants.models import Tenant
from tests.bots.playground.conftest import ADA, BEN, written_while


@pytest.fixture
def published_prompt(bot: AIConfiguration) -> str:
    """The prompt that is published; a draft has another one."""
    change_draft({"system_prompt": "You are Rosa's draft."}, seen={}, by="owner@acme.test")
    return bot.system_prompt


def instructions(ai: Any, number: int = -1) -> str:
    return ai.requests[number]["body"]["messages"][0]["content"]


def test_the_draft_answers_with_what_it_took(playground, ai, published_prompt):
    answer = playground.say("how much is a croissant?")

    assert (answer.state, answer.text) == ("done", "echo: how much is a croissant?")
    assert "You are Rosa's draft." in instructions(ai)
    assert answer.prompt == ai.requests[-1]["body"]["messages"]
    assert (answer.provider, answer.model_name, answer.version) == ("custom", "echo-small", None)
    assert (answer.output_tokens, answer.is_estimate) == (6, False)
    assert answer.input_tokens > 6
    assert {"retrieval", "ai", "first_words"} <= set(answer.timings)


def test_what_is_published_answers_the_same_question_beside_the_draft(playground, ai, published_prompt):
    answer = playground.say("hello?", sources=(Source.PUBLISHED, Source.DRAFT))

    told = {instructions(ai, number).split("\n")[0] for number in (0, 1)}
    assert told == {"You are Rosa's draft.", published_prompt}
    assert (answer.source, answer.version) == ("published", 1)


def test_without_a_draft_what_is_published_is_tried(playground, ai, bot):
    playground.say("hello?")

    assert bot.system_prompt in instructions(ai)
    assert not AIConfiguration.objects.filter(is_draft=True).exists(), "looking makes no draft"


def test_nothing_reaches_whatsapp_and_nothing_counts_as_a_conversation(playground, phone):
    playground.say("hello?", sources=(Source.DRAFT, Source.PUBLISHED))

    assert [model.objects.count() for model in (Conversation, Message, Turn)] == [0, 0, 0]
    assert phone.requests()["calls"] == {}


def test_the_answer_is_there_piece_by_piece(playground, monkeypatch):
    seen: list[str] = []
    written_while(monkeypatch, lambda text: seen.append(PlaygroundAnswer.objects.get().text))
    playground.say("one two three")

    assert seen == ["", "echo: ", "echo: one ", "echo: one two ", "echo: one two three"]


def test_the_row_is_written_a_few_times_a_second_however_fast_the_words_come(tenant):
    question = PlaygroundQuestion.objects.create(member_id=ADA, text="?")
    row = question.answers.create(source="draft", state="writing", lease_until=database_time())
    now = iter([0.0, 0.1, 0.2, 0.39, 0.5])
    write = writing.Writer(row=row, timings={}, clock=lambda: next(now))
    kept = []
    for text in ("", "a", "a b", "a b c", "a b c d"):
        write(text)
        kept.append(PlaygroundAnswer.objects.get().text)

    assert kept == ["", "a", "a", "a", "a b c d"]
    assert write.timings == {"first_words": 100.0}


def test_the_chat_is_remembered_as_far_as_the_configuration_does(playground, ai, bot):
    AIConfiguration.objects.filter(pk=bot.pk).update(max_context_messages=2)
    for text in ("one", "two", "three"):
        playground.say(text)

    said = [message["content"] for message in ai.requests[-1]["body"]["messages"][1:]]
    assert said == ["two", "echo: two", "three"]


def test_a_source_that_was_not_asked_knows_what_the_other_one_answered(playground, ai, published_prompt):
    ai.state.replies.extend(["the draft's words", "the draft again", "hi"])
    playground.say("one")
    playground.say("two", sources=(Source.DRAFT,))
    playground.say("three", sources=(Source.PUBLISHED,))

    said = [message["content"] for message in ai.requests[-1]["body"]["messages"][1:]]
    assert said == ["one", "the draft's words", "two", "the draft again", "three"]


def test_members_do_not_hear_each_other(playground, ai):
    playground.say("my secret", member=BEN)
    playground.say("hello?", member=ADA)

    assert "my secret" not in str(ai.requests[-1]["body"])
    assert [question.text for question in chat.thread(ADA)] == ["hello?"]


def test_a_reset_forgets_the_member_s_chat_and_nobody_else_s(playground, ai):
    playground.say("my name is Ada")
    playground.say("I am Ben", member=BEN)
    chat.reset(ADA)
    playground.say("who am I?")

    assert "Ada" not in str(ai.requests[-1]["body"])
    assert [question.text for question in chat.thread(BEN)] == ["I am Ben"]


def test_what_was_stopped_stays_as_it_was_and_costs_no_more_words(playground, monkeypatch):
    def stop(text: str) -> None:
        if text == "echo: one ":
            chat.stop(PlaygroundQuestion.objects.get())

    written_while(monkeypatch, stop)
    answer = playground.say("one two three four")

    assert (answer.state, answer.text) == ("stopped", "echo: one ")
    assert answer.is_estimate
    assert answer.output_tokens == 3
    assert answer.prompt, "it can be looked at"


def test_an_answer_that_was_stopped_before_anybody_took_it_up_is_never_asked_for(playground, ai):
    question = playground.ask("hello?")
    chat.stop(question)
    playground.work()

    assert ai.requests == []


def test_a_chat_that_is_reset_meanwhile_ends_the_call(playground, monkeypatch):
    written_while(monkeypatch, lambda text: chat.reset(ADA))
    playground.ask("one two three")
    playground.work()

    assert not PlaygroundAnswer.objects.exists()


def test_a_repeated_bell_writes_nothing_twice(playground, ai, tenant):
    answer = playground.say("hello?")
    writing.write_answer(tenant, answer.pk)
    writing.write_answer(tenant, uuid4())

    assert len(ai.requests) == 1


def test_what_a_dead_worker_left_is_lost_after_its_lease_and_can_be_asked_again(playground, tenant):
    question = playground.ask("hello?")
    long_ago = database_time() - timedelta(seconds=1)
    PlaygroundAnswer.objects.update(state="writing", text="echo: he", lease_until=long_ago)
    [shown] = chat.thread(ADA)
    assert [answer.is_lost for answer in shown.answers.all()] == [True]

    playground.work()
    assert PlaygroundAnswer.objects.get().text == "echo: he", "no worker takes it up by itself"
    chat.ask_again(question, tenant_id=tenant.pk, schema_name=tenant.schema_name)
    playground.work()
    [answer] = chat.thread(ADA)[0].answers.all()
    assert (answer.state, answer.text, answer.is_lost) == ("done", "echo: hello?", False)


def test_a_bell_that_is_heard_too_late_is_not_answered(playground, ai):
    playground.ask("hello?")
    PlaygroundAnswer.objects.update(lease_until=database_time() - timedelta(seconds=1))
    playground.work()

    assert ai.requests == []


def test_the_lease_lasts_through_a_call_and_no_longer_than_needed(playground, monkeypatch, settings):
    left: list[float] = []

    def look(text: str) -> None:
        left.append((PlaygroundAnswer.objects.get().lease_until - database_time()).total_seconds())

    written_while(monkeypatch, look)
    playground.say("hello?")
    assert settings.AI_REQUEST_TIMEOUT < min(left) <= max(left) <= settings.AI_REQUEST_TIMEOUT + 15


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"mode": "status", "status": 401}, "credentials"),
        ({"mode": "status", "status": 404}, "configuration"),
        ({"mode": "status", "status": 429, "retry_after": 60}, "rate_limited"),
        ({"mode": "status", "status": 400, "code": "content_filter"}, "refused"),
        ({"mode": "midway", "times": None}, "unavailable"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_error_of_the_provider_is_kept_for_the_member(playground, ai, fault, problem):
    ai.fails_with(**fault, message="what the provider says")
    answer = playground.say("hello?")

    assert (answer.state, answer.problem, answer.detail) == ("failed", problem, "what the provider says")
    assert answer.error


def test_a_call_that_broke_off_midway_and_was_made_again_leaves_no_words_twice(playground, ai):
    ai.fails_with("midway")
    answer = playground.say("one two three four")

    assert (answer.state, answer.text, answer.attempts) == ("done", "echo: one two three four", 2)


def test_the_fallback_answers_here_too(playground, ai, bot, published_prompt):
    change_draft({}, seen={}, by="owner@acme.test", fallback={"provider": "builtin", "base_url": ""})
    ai.fails_with("status", status=401)
    answer = playground.say("zzz?")

    assert (answer.state, answer.is_fallback, answer.provider) == ("done", True, "builtin")
    assert answer.error.startswith("credentials")


def test_a_bot_without_a_key_is_no_mystery(playground, ai, bot):
    AIConfiguration.objects.filter(pk=bot.pk).update(provider="openai", base_url="", model_name="gpt-4o-mini")
    secretless = AIConfiguration.objects.get(pk=bot.pk)
    secretless.api_key = ""
    secretless.save()

    answer = playground.say("hello?")
    assert (answer.state, answer.problem, len(ai.requests)) == ("failed", "missing", 0)


def test_the_bot_of_a_suspended_tenant_answers_nobody(playground, ai, tenant):
    tenant.status = Tenant.Status.SUSPENDED
    answer = playground.say("hello?")
    assert (answer.state, answer.problem, len(ai.requests)) == ("failed", "suspended", 0)


def test_a_fault_of_ours_is_said_and_logged(playground, monkeypatch, caplog):
    monkeypatch.setattr(writing.PlaygroundProcessor, "process_message", lambda *a, **k: 1 / 0)
    answer = playground.say("hello?")
    assert (answer.state, answer.problem) == ("failed", "internal")
    assert "Unexpected ZeroDivisionError" in caplog.text


def test_tokens_that_the_provider_does_not_count_are_estimated(playground, ai, monkeypatch):
    from sandbox.ai.dialects import OpenAI

    monkeypatch.setattr(OpenAI, "_usage", lambda *_: None)
    answer = playground.say("one two three four")
    assert answer.is_estimate
    assert answer.output_tokens == 6  # 24 characters
    assert answer.input_tokens > 20


def test_one_question_at_a_time_for_each_member(playground):
    playground.ask("one")
    with pytest.raises(chat.NotNowError) as refused:
        playground.ask("two")
    assert refused.value.is_busy
    playground.ask("from somebody else", member=BEN)
    playground.work()
    playground.ask("three")


def test_a_member_has_so_many_answers_a_minute_and_others_have_theirs(playground, monkeypatch):
    monkeypatch.setattr(chat, "MOST_ANSWERS", 3)
    playground.say("one", sources=(Source.DRAFT, Source.PUBLISHED))
    playground.say("two")
    with pytest.raises(chat.NotNowError) as refused:
        playground.ask("three")
    assert not refused.value.is_busy
    assert PlaygroundQuestion.objects.filter(member_id=ADA).count() == 2
    playground.say("hello?", member=BEN)


def test_without_a_broker_it_is_said_at_once(playground, monkeypatch):
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(broker, "send", away)
    answer = playground.ask("hello?").answers.get()
    assert (answer.state, answer.problem) == ("failed", "unheard")


def test_it_is_one_of_the_tenant_s_turns_and_waits_for_its_share(playground, rung, tenant, ai, settings):
    settings.WORKER_CONCURRENCY = 4
    tasks._shares.cache_clear()
    playground.ask("hello?")
    [(_, _, answer_id, _)] = rung
    rung.clear()
    with tasks._shares().turn(tenant.pk), tasks._shares().turn(tenant.pk), tasks._shares().turn(tenant.pk):
        tasks.answer_in_playground(tenant.pk, answer_id)
        assert (ai.requests, len(rung)) == ([], 1)
        assert rung[0][3] >= 1.0, "asked again a little later"
    tasks.answer_in_playground(tenant.pk, answer_id)
    tasks._shares.cache_clear()
    assert PlaygroundAnswer.objects.get().state == "done"
