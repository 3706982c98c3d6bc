"""What only Anthropic's messages have."""

from __future__ import annotations

import json

import pytest

from bots.ai.anthropic import split_system
from bots.ai.base import AIError, ChatMessage

QUESTION: list[ChatMessage] = [{"role": "user", "content": "hi"}]


def test_system_messages_become_one_instruction():
    system, turns = split_system([{"role": "system", "content": "A"}, {"role": "system", "content": "B"}, *QUESTION])

    assert system == "A\n\nB"
    assert turns == QUESTION


def test_a_window_that_begins_with_the_bot_still_begins_with_a_user(connect, far_end):
    history: list[ChatMessage] = [{"role": "assistant", "content": "Which branch?"}, {"role": "user", "content": "2nd"}]

    assert connect("anthropic").send_message(history) == "echo: 2nd"
    sent = far_end.requests[0]["body"]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert sent[1:] == history
    assert "system" not in far_end.requests[0]["body"]


def test_blank_messages_are_left_out(connect, far_end):
    assert connect("anthropic").send_message([{"role": "user", "content": " "}, *QUESTION]) == "echo: hi"
    assert far_end.requests[0]["body"]["messages"] == QUESTION


def test_a_temperature_for_openai_is_brought_into_range(connect, far_end):
    connect("anthropic", temperature=1.7).send_message(QUESTION)

    assert far_end.requests[0]["body"]["temperature"] == 1.0


def test_a_model_that_takes_no_temperature_is_asked_without(connect, far_end):
    far_end.fails_with("status", status=400, message="`temperature` is deprecated for this model.")
    adapter = connect("anthropic")

    assert adapter.send_message(QUESTION) == "echo: hi"
    assert adapter.send_message(QUESTION) == "echo: hi"
    assert ["temperature" in request["body"] for request in far_end.requests] == [True, False, False]


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_a_base_url_may_end_in_the_version_or_not(connect, far_end, path):
    adapter = connect("anthropic", base_url=f"http://127.0.0.1:{far_end.port}{path}")

    assert adapter.send_message(QUESTION) == "echo: hi"
    assert far_end.requests[0]["path"] == "/v1/messages"


def message(text: str, *, reason: str) -> str:
    usage = {"input_tokens": 3, "output_tokens": 2}
    answer = {"id": "1", "type": "message", "role": "assistant", "model": "m", "stop_reason": reason, "usage": usage}
    return json.dumps(answer | {"content": [{"type": "text", "text": text}] if text else []})


@pytest.mark.parametrize(
    ("reason", "ours"), [("end_turn", "stop"), ("max_tokens", "length"), ("refusal", "content_filter")]
)
def test_the_reason_of_the_end_is_in_the_words_of_all_providers(connect, far_end, reason, ours):
    far_end.fails_with("status", status=200, body=message("Well.", reason=reason))

    answer = connect("anthropic").send_message(QUESTION)

    assert (answer, answer.finish_reason) == ("Well.", ours)
    assert (answer.input_tokens, answer.output_tokens) == (3, 2)


@pytest.mark.parametrize(("reason", "kind"), [("refusal", "unavailable"), ("max_tokens", "configuration")])
def test_an_answer_without_a_word_is_an_error(connect, far_end, reason, kind):
    far_end.fails_with("status", status=200, body=message("", reason=reason))

    with pytest.raises(AIError) as caught:
        connect("anthropic").send_message(QUESTION)
    assert caught.value.kind == kind


def test_a_stream_that_ends_without_an_end_is_an_error(connect, far_end):
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "half"}}
    far_end.fails_with("malformed", body=f"event: content_block_delta\ndata: {json.dumps(event)}\n\n")
    pieces: list[str] = []

    with pytest.raises(AIError) as caught:
        pieces.extend(connect("anthropic").stream_message(QUESTION))
    assert caught.value.kind == "unavailable"
    assert pieces == ["half"]
