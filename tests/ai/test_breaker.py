"""A provider that does not answer is soon asked by few."""

from __future__ import annotations

import pytest

from bots.ai.base import AIError
from bots.ai.breaker import MOST_FAILURES, PAUSE, Breaker, breaker_of
from bots.ai.custom import CustomAdapter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Provider:
    """Answers, or raises what it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.trouble: AIError | None = None

    def __call__(self) -> str:
        self.calls += 1
        if self.trouble:
            raise self.trouble
        return "2.40 euro"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def fail(breaker: Breaker, provider: Provider, *, kind="timeout", times=MOST_FAILURES) -> AIError:
    provider.trouble = AIError("no answer", kind=kind)
    for _ in range(times):
        with pytest.raises(AIError) as raised:
            breaker.call(provider)
    return raised.value


def test_after_some_failures_in_a_row_calls_fail_at_once(breaker, provider):
    fail(breaker, provider)
    error = fail(breaker, provider, times=3)

    assert provider.calls == MOST_FAILURES
    assert (error.kind, error.retry_after) == ("unavailable", PAUSE)


def test_an_answer_in_between_begins_the_count_anew(breaker, provider):
    fail(breaker, provider, times=MOST_FAILURES - 1)
    provider.trouble = None
    breaker.call(provider)
    fail(breaker, provider, times=MOST_FAILURES - 1)
    provider.trouble = None

    assert breaker.call(provider) == "2.40 euro"


@pytest.mark.parametrize("kind", ["credentials", "configuration", "rate_limited"])
def test_a_refusal_is_an_answer(breaker, provider, kind):
    fail(breaker, provider, kind=kind, times=MOST_FAILURES * 2)

    assert provider.calls == MOST_FAILURES * 2


def test_after_a_pause_one_caller_tries_and_the_others_go_on_failing(breaker, provider, clock):
    fail(breaker, provider)
    clock.now = PAUSE + 1
    tried = []

    def slow() -> str:
        with pytest.raises(AIError):
            breaker.call(provider)
        tried.append(provider.calls)
        return "back"

    assert breaker.call(slow) == "back"
    assert tried == [MOST_FAILURES]


def test_a_try_that_fails_waits_for_the_next_pause(breaker, provider, clock):
    fail(breaker, provider)
    clock.now = PAUSE + 1
    fail(breaker, provider, times=3)
    assert provider.calls == MOST_FAILURES + 1

    clock.now = 2 * PAUSE + 2
    provider.trouble = None
    assert [breaker.call(provider), breaker.call(provider)] == ["2.40 euro"] * 2


def test_each_key_and_each_server_has_a_breaker_of_its_own():
    one, same, other_key, other_server = (
        breaker_of(CustomAdapter(api_key=key, base_url=url))
        for key, url in (("a", "http://x/v1"), ("a", "http://x/v1"), ("b", "http://x/v1"), ("a", "http://y/v1"))
    )

    assert one is same
    assert len({one, other_key, other_server}) == 3
