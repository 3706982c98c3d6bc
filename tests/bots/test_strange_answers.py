"""What a model answers is its own affair: a conversation bears all of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots import texts
from bots.ai.sayable import LONGEST
from bots.models import Message, Turn


@pytest.mark.parametrize("answer", ["\0", "\x01\x02", "\u200b"])
def test_an_answer_that_shows_nothing_is_apologised_for_and_not_passed_over(talk, answer):
    talk.ai.state.replies.extend([answer] * 3)

    assert talk.say("hello") == [texts.AI_UNAVAILABLE]
    assert talk.outcomes == [("failed", "ai_unavailable")]


def test_an_answer_without_end_becomes_a_bounded_number_of_messages(talk):
    talk.ai.state.replies.append("word " * LONGEST)

    replies = talk.say("Tell me everything")
    assert len(replies) <= 21
    assert sum(map(len, replies)) <= LONGEST
    assert replies[-1].endswith("…")
    assert Turn.objects.get().answer.endswith("…")
    assert talk.outcomes == [("answered", "")]


@pytest.mark.parametrize("answer", ["a\0b", "a\ud800b"], ids=["NUL", "half a character"])
def test_what_postgresql_cannot_keep_is_left_out_of_an_answer(talk, answer):
    talk.ai.state.replies.append(answer)

    [reply] = talk.say("hello")
    assert reply in ("ab", "a\ufffdb")
    assert Message.objects.filter(direction="out", content=reply).exists()


@pytest.mark.parametrize(
    "strange",
    [
        {"model": "/models/" + "quantised-" * 30 + ".gguf"},
        {"model": "echo\0small"},
        {"model": ["echo-small"]},
        {"usage": {"prompt_tokens": 10**12, "completion_tokens": 3}},
        {"usage": {"prompt_tokens": -1, "completion_tokens": 3}},
        {"usage": {"prompt_tokens": "12.5 and some", "completion_tokens": 3}},
        {"usage": {"prompt_tokens": 12.5, "completion_tokens": 3}},
        {"usage": {"prompt_tokens": {}, "completion_tokens": 3}},
    ],
    ids=lambda strange: str(strange)[:40],
)
def test_what_a_server_says_besides_its_answer_costs_nobody_the_answer(talk, strange: dict[str, Any]):
    choice = {"message": {"role": "assistant", "content": "We open at 9."}, "finish_reason": "stop"}
    talk.ai.fails_with("malformed", body=json.dumps({"model": "echo-small", "choices": [choice], **strange}))

    assert talk.say("When do you open?") == ["We open at 9."]
    assert talk.outcomes == [("answered", "")]
    assert len(talk.prompts) == 1, "the model was asked, and paid for, once"
