"""What a model answers is its own affair: a conversation bears all of it."""

from __future__ import annotations

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
