"""What only chat completions have: parameters that models refuse, quotas, servers of many makes."""

from __future__ import annotations

import pytest

from bots.ai.base import AIError, ChatMessage

QUESTION: list[ChatMessage] = [{"role": "user", "content": "hi"}]


def parameters(request) -> set[str]:
    return set(request["body"]) & {"max_tokens", "max_completion_tokens", "temperature"}


@pytest.mark.parametrize(("provider", "name"), [("openai", "max_completion_tokens"), ("custom", "max_tokens")])
def test_the_limit_has_the_name_that_the_server_likely_knows(provider, name, connect, far_end):
    connect(provider).send_message(QUESTION)

    assert parameters(far_end.requests[0]) == {name, "temperature"}


@pytest.mark.parametrize("streaming", [False, True])
def test_a_refused_parameter_is_left_out_from_then_on(connect, far_end, streaming):
    far_end.fails_with(
        "status",
        status=400,
        code="unsupported_value",
        param="temperature",
        message="Unsupported value: 'temperature' does not support 0.5 with this model.",
    )
    adapter = connect("openai", model="thinker")

    assert "".join(adapter.stream_message(QUESTION) if streaming else adapter.send_message(QUESTION)) == "echo: hi"
    connect("openai", model="thinker").send_message(QUESTION)
    connect("openai", model="other").send_message(QUESTION)

    assert [parameters(request) for request in far_end.requests] == [
        {"max_completion_tokens", "temperature"},
        {"max_completion_tokens"},
        {"max_completion_tokens"},
        {"max_completion_tokens", "temperature"},
    ]


def test_the_limit_goes_by_its_other_name_when_one_is_refused(connect, far_end):
    far_end.fails_with(
        "status",
        status=400,
        code="unsupported_parameter",
        message="Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
    )
    far_end.fails_with("status", status=400, code="unsupported_value", param="temperature")

    assert connect("custom").send_message(QUESTION) == "echo: hi"
    assert parameters(far_end.requests[-1]) == {"max_completion_tokens"}
    assert far_end.requests[-1]["body"]["max_completion_tokens"] == 100


def test_a_server_that_refuses_everything_is_not_asked_for_ever(connect, far_end):
    for name in ("temperature", "max_tokens", "max_completion_tokens", "temperature"):
        far_end.fails_with("status", status=400, code="unsupported_parameter", param=name)

    with pytest.raises(AIError) as caught:
        connect("openai").send_message(QUESTION)
    assert caught.value.kind == "configuration"


def test_a_limit_that_is_too_high_is_not_simply_lifted(connect, far_end):
    far_end.fails_with(
        "status",
        status=400,
        code="invalid_value",
        param="max_tokens",
        message="max_tokens is too large: 100. This model supports at most 50 completion tokens.",
    )
    with pytest.raises(AIError) as caught:
        connect("custom").send_message(QUESTION)
    assert caught.value.kind == "configuration"
    assert len(far_end.requests) == 1


def test_a_quota_that_is_used_up_is_permanent(connect, far_end):
    far_end.fails_with("status", status=429, code="insufficient_quota", retry_after=1)

    with pytest.raises(AIError) as caught:
        connect("openai").send_message(QUESTION)
    assert (caught.value.kind, caught.value.permanent) == ("configuration", True)
    assert "insufficient_quota" in str(caught.value)


@pytest.mark.parametrize("body", ['{"error": "model not found"}', '{"detail": "model not found"}', "model not found"])
def test_errors_of_servers_of_other_makes_are_read_too(connect, far_end, body):
    far_end.fails_with("status", status=404, body=body)

    with pytest.raises(AIError) as caught:
        connect("custom").send_message(QUESTION)
    assert caught.value.kind == "configuration"
    assert "model not found" in caught.value.detail


def completion(message: str, *, reason: str = '"stop"', usage: str = "null") -> str:
    choice = f'{{"index": 0, "message": {message}, "finish_reason": {reason}}}'
    return f'{{"id": "1", "object": "chat.completion", "choices": [{choice}], "usage": {usage}}}'


def test_an_answer_without_usage_is_an_answer(connect, far_end):
    far_end.fails_with("status", status=200, body=completion('{"role": "assistant", "content": "yes"}'))

    answer = connect("custom").send_message(QUESTION)

    assert (answer, answer.input_tokens, answer.output_tokens, answer.model) == ("yes", 0, 0, "echo-small")


def test_a_refusal_is_an_answer(connect, far_end):
    message = '{"role": "assistant", "content": null, "refusal": "I cannot help with that."}'
    far_end.fails_with("status", status=200, body=completion(message))

    assert connect("openai").send_message(QUESTION) == "I cannot help with that."


def test_an_answer_that_was_cut_off_is_given_and_says_so(connect, far_end):
    body = completion('{"role": "assistant", "content": "Once upon"}', reason='"length"')
    far_end.fails_with("status", status=200, body=body)

    answer = connect("openai").send_message(QUESTION)

    assert (answer, answer.finish_reason) == ("Once upon", "length")


def test_a_limit_too_low_for_a_single_word_is_a_matter_of_configuration(connect, far_end):
    far_end.fails_with("status", status=200, body=completion('{"role": "assistant", "content": ""}', reason='"length"'))
    with pytest.raises(AIError) as caught:
        connect("openai").send_message(QUESTION)
    assert caught.value.kind == "configuration"


def test_a_stream_that_ends_without_an_end_is_an_error(connect, far_end):
    event = 'data: {"id": "1", "choices": [{"index": 0, "delta": {"content": "half"}, "finish_reason": null}]}\n\n'
    far_end.fails_with("malformed", body=event)
    pieces: list[str] = []

    with pytest.raises(AIError) as caught:
        pieces.extend(connect("openai").stream_message(QUESTION))
    assert caught.value.kind == "unavailable"
    assert pieces == ["half"]


def test_a_restricted_key_is_valid_if_it_may_chat(connect, far_end):
    far_end.fails_with("status", status=403, code="missing_scope")

    assert connect("openai").validate_credentials() is True


def test_a_key_that_may_neither_list_nor_chat_is_not_valid(connect, far_end):
    far_end.fails_with("status", status=403, times=2)

    assert connect("openai").validate_credentials() is False


def test_a_custom_server_is_checked_by_a_chat_because_its_list_may_be_open(connect, far_end):
    assert connect("custom").validate_credentials() is True
    assert [request["path"] for request in far_end.requests] == ["/v1/chat/completions"]


def test_a_web_page_is_no_custom_server(connect, far_end):
    far_end.fails_with("status", status=200, body="<html>", headers={"content-type": "text/html"})

    with pytest.raises(AIError):
        connect("custom").validate_credentials()


def test_a_custom_server_without_a_list_has_no_models(connect, far_end):
    far_end.fails_with("status", status=404)

    assert connect("custom").list_models() == []
