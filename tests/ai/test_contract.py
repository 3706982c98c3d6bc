"""What holds for every AI provider. A new one is one more line in `PROVIDERS` and passes all of this."""

from __future__ import annotations

import time

import pytest

from bots.ai import PROVIDERS
from bots.ai.base import AIError, BaseAIAdapter, ChatMessage, Completion, Passage

REMOTE = sorted(set(PROVIDERS) - {"builtin"})
QUESTION: list[ChatMessage] = [{"role": "user", "content": "when do you open?"}]
KNOWLEDGE = [Passage(title="Opening hours", text="We open at eight.", score=1.0)]


@pytest.fixture(params=REMOTE)
def adapter(request, connect) -> BaseAIAdapter:
    return connect(request.param)


@pytest.fixture(params=sorted(PROVIDERS))
def any_adapter(request, connect) -> BaseAIAdapter:
    return connect(request.param)


def error_of(adapter: BaseAIAdapter, *, streaming: bool = False) -> AIError:
    call = adapter.stream_message if streaming else adapter.send_message
    with pytest.raises(AIError) as caught:
        "".join(call(QUESTION))
    return caught.value


both_ways = pytest.mark.parametrize("streaming", [False, True], ids=["sent", "streamed"])


# Every provider


def test_an_answer_is_text_with_its_cost(any_adapter):
    answer = any_adapter.send_message(QUESTION, passages=KNOWLEDGE, topics=["Opening hours"])

    assert isinstance(answer, Completion)
    assert "open" in answer
    assert answer.finish_reason == "stop"
    assert answer.model
    assert answer.input_tokens >= 0
    assert answer.output_tokens >= 0


def test_a_streamed_answer_is_the_sent_one_in_pieces(any_adapter):
    pieces = list(any_adapter.stream_message(QUESTION, passages=KNOWLEDGE))

    assert "".join(pieces) == any_adapter.send_message(QUESTION, passages=KNOWLEDGE)
    assert len(pieces) > 1


def test_a_right_key_is_valid(any_adapter):
    assert any_adapter.validate_credentials() is True


def test_models_are_listed_in_order(any_adapter):
    models = any_adapter.list_models()

    assert models == sorted(models)
    assert all(isinstance(model, str) for model in models)
    assert models


# Every provider that is far away


def test_the_tokens_are_those_that_the_provider_counted(adapter):
    answer = adapter.send_message([{"role": "system", "content": "be brief"}, {"role": "user", "content": "a b c"}])

    assert answer == "echo: a b c"
    assert (answer.input_tokens, answer.output_tokens) == (5, 4)
    assert answer.model == "echo-small"


def test_the_history_arrives_in_order_behind_the_system_message(adapter, far_end):
    history: list[ChatMessage] = [
        {"role": "system", "content": "You are Rosa."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "one"},
        {"role": "user", "content": "two"},
    ]
    adapter.send_message(history)

    body = far_end.requests[-1]["body"]
    messages = body["messages"]
    if "system" in body:
        messages = [{"role": "system", "content": body["system"]}, *messages]
    assert messages == history


def test_the_configured_model_length_and_temperature_are_asked_for(adapter, far_end):
    adapter.send_message(QUESTION)

    body = far_end.requests[-1]["body"]
    assert body["model"] == "echo-small"
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 100
    assert body["temperature"] == 0.5
    assert far_end.requests[-1]["key"] == "sk-right"


@pytest.mark.parametrize("provider", REMOTE)
@both_ways
def test_a_wrong_key_is_a_matter_of_credentials(provider, streaming, connect):
    error = error_of(connect(provider, api_key="sk-wrong"), streaming=streaming)

    assert (error.kind, error.permanent, error.status) == ("credentials", True, 401)


@pytest.mark.parametrize("provider", REMOTE)
def test_a_wrong_key_is_not_valid(provider, connect):
    assert connect(provider, api_key="sk-wrong").validate_credentials() is False


@pytest.mark.parametrize("key", ["schlüssel", "two words", "line\nbreak"])
@pytest.mark.parametrize("provider", REMOTE)
def test_a_key_that_no_header_can_carry_is_refused_without_a_call(provider, key, connect, far_end):
    error = error_of(connect(provider, api_key=key))

    assert error.kind == "credentials"
    assert not far_end.requests


@pytest.mark.parametrize("provider", REMOTE)
def test_blanks_pasted_around_a_key_do_not_matter(provider, connect):
    assert connect(provider, api_key=" sk-right\n").send_message(QUESTION) == "echo: when do you open?"


def test_a_provider_that_cannot_be_asked_does_not_make_a_key_invalid(adapter, far_end):
    far_end.fails_with("status", status=503)

    with pytest.raises(AIError) as caught:
        adapter.validate_credentials()
    assert caught.value.kind == "unavailable"


@both_ways
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "configuration"),
        (403, "credentials"),
        (404, "configuration"),
        (408, "unavailable"),
        (409, "unavailable"),
        (422, "configuration"),
        (429, "rate_limited"),
        (500, "unavailable"),
        (503, "unavailable"),
        (529, "unavailable"),
    ],
)
def test_a_status_decides_what_may_be_done(adapter, far_end, status, kind, streaming):
    far_end.fails_with("status", status=status)

    error = error_of(adapter, streaming=streaming)

    assert (error.kind, error.status) == (kind, status)
    assert len(far_end.requests) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("3600", 30.0), (None, None), ("soon", None), ("Thu, 01 Jan 2099 00:00:00 GMT", 30.0)],
)
def test_the_wait_that_a_provider_asks_for_is_passed_on_within_reason(adapter, far_end, header, seconds):
    far_end.fails_with("status", status=429, retry_after=header)

    assert error_of(adapter).retry_after == seconds


@both_ways
@pytest.mark.parametrize("mode", ["hang", "trickle"])
def test_the_timeout_bounds_the_whole_call(connect, far_end, adapter, mode, streaming):
    far_end.fails_with(mode, seconds=20)
    adapter.timeout = 0.4

    begun = time.monotonic()
    error = error_of(adapter, streaming=streaming)

    assert error.kind == "timeout"
    assert not error.permanent
    assert time.monotonic() - begun < 5  # nowhere near the far end's 20 s; its bytes come every 50 ms


@both_ways
def test_a_redirect_is_not_followed(adapter, far_end, streaming):
    far_end.fails_with("redirect")

    assert error_of(adapter, streaming=streaming).kind == "configuration"
    assert [request["path"] for request in far_end.requests if "elsewhere" in request["path"]] == []
    assert len(far_end.requests) == 1


@both_ways
@pytest.mark.parametrize("mode", ["malformed", "close", "oversize"])
def test_an_answer_that_is_no_answer_is_unavailable(adapter, far_end, mode, streaming):
    far_end.fails_with(mode)

    assert error_of(adapter, streaming=streaming).kind == "unavailable"


@pytest.mark.parametrize(
    "body", ["null", "[]", '"text"', "{}", '{"choices": [], "content": []}', "<html>", "[" * 100_000]
)
def test_json_of_another_shape_is_unavailable(adapter, far_end, body):
    far_end.fails_with("status", status=200, body=body)

    assert error_of(adapter).kind == "unavailable"


@both_ways
def test_a_blank_answer_is_unavailable(adapter, far_end, streaming):
    far_end.state.replies.append("")

    assert error_of(adapter, streaming=streaming).kind == "unavailable"


def test_a_compressed_answer_is_not_unfolded(adapter, far_end):
    # Named only, so that the answer would be taken if the header were not looked at.
    far_end.fails_with("delay", seconds=0, headers={"content-encoding": "zstd-of-tomorrow"})

    assert error_of(adapter).kind == "unavailable"
    assert far_end.requests[0]["headers"]["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("overloaded_error", "unavailable"),
        ("rate_limit_error", "rate_limited"),
        ("authentication_error", "credentials"),
        ("invalid_request_error", "configuration"),
        ("never_heard_of", "unavailable"),
    ],
)
def test_a_stream_that_breaks_gives_what_came_and_then_the_error(adapter, far_end, code, kind):
    far_end.state.replies.append("one two three four five six seven eight")
    far_end.fails_with("midway", code=code)
    came: list[str] = []

    with pytest.raises(AIError) as caught:
        came.extend(adapter.stream_message(QUESTION))

    assert "".join(came).startswith("one ")
    assert caught.value.kind == kind


def test_a_stream_that_is_left_early_gives_its_connection_back(adapter, far_end):
    stream = adapter.stream_message(QUESTION)
    next(stream)
    stream.close()

    assert adapter.send_message(QUESTION) == "echo: when do you open?"


@pytest.mark.parametrize("provider", REMOTE)
def test_a_server_that_is_down_is_unavailable(provider, connect):
    error = error_of(connect(provider, base_url="http://127.0.0.1:9", private_hosts=["127.0.0.1"]))

    assert (error.kind, error.status) == ("unavailable", None)


@pytest.mark.parametrize("base_url", ["ftp://example.com", "http://", "http://[", "no address"])
@pytest.mark.parametrize("provider", REMOTE)
def test_a_base_url_that_is_no_web_address_is_a_matter_of_configuration(provider, base_url, connect):
    assert error_of(connect(provider, base_url=base_url)).kind == "configuration"


def test_an_error_tells_the_log_nothing_that_the_server_wrote(adapter, far_end):
    far_end.fails_with("status", status=400, message="You said: my secret. Your key is sk-right.")

    error = error_of(adapter)

    assert "secret" not in str(error)
    assert error.detail == "You said: my secret. Your key is [key]."
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_cookies_are_not_kept(adapter, far_end):
    far_end.fails_with("status", status=200, body="{}", headers={"set-cookie": "who=tenant-1; Path=/"})
    error_of(adapter)
    adapter.send_message(QUESTION)

    assert "cookie" not in far_end.requests[-1]["headers"]
