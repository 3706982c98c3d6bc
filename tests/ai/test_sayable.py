"""What of an answer can be said."""

from __future__ import annotations

import pytest

from bots.ai.base import AIError, Completion
from bots.ai.sayable import CUT, LONGEST, sayable


@pytest.mark.parametrize("text", ["", "\0", "\x01\x02", " \n\u00a0", "\u200b\ufeff", "\u2028", "\u00ad"])
def test_an_answer_without_anything_to_be_read_is_none(text: str) -> None:
    with pytest.raises(AIError) as raised:
        sayable(Completion(text))

    assert raised.value.kind == "unavailable"


@pytest.mark.parametrize("text", ["?", "\u200b👍", "\n\n0", "é" * LONGEST])
def test_any_other_answer_is_said_as_it_is(text: str) -> None:
    answer = Completion(text)

    assert sayable(answer) is answer


def test_a_longer_answer_is_cut_off_and_says_so() -> None:
    cut = sayable(Completion("a" * (LONGEST + 1), input_tokens=3, output_tokens=50_000, model="endless"))

    assert cut == "a" * (LONGEST - 1) + CUT
    assert (cut.input_tokens, cut.output_tokens, cut.model, cut.finish_reason) == (3, 50_000, "endless", "length")
