"""Answers that are watched while they come: all providers, by the true SDKs."""

from __future__ import annotations

import pytest

from bots.ai.base import AIError, Completion
from bots.ai.streaming import Streamed

CHAT = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "a b c"}]
REMOTE = ["openai", "anthropic", "custom"]


class EndedError(Exception):
    pass


@pytest.mark.parametrize("provider", REMOTE)
def test_a_watched_answer_is_the_sent_one_with_the_same_numbers(provider, connect):
    adapter = connect(provider)
    seen: list[str] = []
    watched = Streamed(adapter=adapter, write=seen.append).send_message(CHAT)

    sent = adapter.send_message(CHAT)
    assert isinstance(watched, Completion)
    assert (watched, vars(watched)) == (sent, vars(sent))
    assert (watched.input_tokens, watched.output_tokens) == (5, 4)
    assert seen == ["", "echo: ", "echo: a ", "echo: a b ", "echo: a b c"]


def test_the_built_in_answerer_is_watched_like_the_others(connect):
    seen: list[str] = []
    watched = Streamed(adapter=connect("builtin"), write=seen.append).send_message([{"role": "user", "content": "hi"}])

    assert seen[0] == ""
    assert seen[-1] == watched
    assert len(seen) > 2
    assert watched.output_tokens == 0


@pytest.mark.parametrize("provider", REMOTE)
def test_what_the_watcher_raises_ends_the_call(provider, connect, far_end):
    far_end.fails_with("slow", seconds=0.02)

    def end(text: str) -> None:
        if text:
            raise EndedError

    with pytest.raises(EndedError):
        Streamed(adapter=connect(provider), write=end).send_message(CHAT)


@pytest.mark.parametrize("provider", REMOTE)
def test_an_answer_that_breaks_off_is_an_error_after_its_first_words(provider, connect, far_end):
    far_end.fails_with("midway")
    seen: list[str] = []
    with pytest.raises(AIError) as caught:
        Streamed(adapter=connect(provider), write=seen.append).send_message(CHAT)

    assert caught.value.kind == "unavailable"
    assert seen[-1].startswith("echo")


@pytest.mark.parametrize("provider", ["openai", "custom"])
def test_a_server_that_knows_no_stream_options_is_asked_without_and_counts_nothing(provider, connect, far_end):
    far_end.fails_with("status", status=400, message="Unrecognized request argument supplied: stream_options")
    watched = Streamed(adapter=connect(provider), write=lambda _: None).send_message(CHAT)

    assert watched == "echo: a b c"
    assert (watched.input_tokens, watched.output_tokens) == (0, 0)
    asked = [request["body"] for request in far_end.requests]
    assert ["stream_options" in body for body in asked] == [True, False]
