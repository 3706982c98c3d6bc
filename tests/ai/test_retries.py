"""What is asked again, when, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bots.ai.base import AIError, BaseAIAdapter, ChatMessage, Completion
from bots.ai.retries import send_with_retries

QUESTION: list[ChatMessage] = [{"role": "user", "content": "hi"}]


class Scripted(BaseAIAdapter):
    """Raises the errors it was given, one a call; then answers."""

    def __init__(self, *errors: AIError) -> None:
        super().__init__()
        self.errors = list(errors)
        self.calls: list[dict[str, Any]] = []

    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        self.calls.append(kwargs)
        if self.errors:
            raise self.errors.pop(0)
        return Completion("hello")

    def stream_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        return iter(())

    def validate_credentials(self) -> bool:
        return True

    def list_models(self) -> list[str]:
        return []


def error(kind: Any, retry_after: float | None = None) -> AIError:
    return AIError(kind, kind=kind, retry_after=retry_after)


@pytest.mark.parametrize("kind", ["unavailable", "rate_limited"])
def test_what_may_pass_is_asked_again(kind):
    adapter, waits = Scripted(error(kind), error(kind)), []

    answer, attempts = send_with_retries(adapter, QUESTION, sleep=waits.append)

    assert (answer, attempts) == ("hello", 3)
    assert len(waits) == 2
    assert all(0 < wait <= 10 for wait in waits)


@pytest.mark.parametrize("kind", ["credentials", "configuration", "timeout"])
def test_what_cannot_pass_is_asked_once(kind):
    adapter = Scripted(error(kind))

    with pytest.raises(AIError) as caught:
        send_with_retries(adapter, QUESTION, sleep=pytest.fail)
    assert (caught.value.kind, caught.value.attempts) == (kind, 1)
    assert len(adapter.calls) == 1


def test_the_last_error_comes_out_with_the_number_of_attempts():
    adapter = Scripted(error("unavailable"), error("unavailable"), error("rate_limited"), error("unavailable"))

    with pytest.raises(AIError) as caught:
        send_with_retries(adapter, QUESTION, attempts=3, sleep=lambda seconds: None)
    assert (caught.value.kind, caught.value.attempts) == ("rate_limited", 3)
    assert len(adapter.calls) == 3


def test_a_permanent_error_after_a_passing_one_ends_it():
    adapter = Scripted(error("unavailable"), error("credentials"))

    with pytest.raises(AIError) as caught:
        send_with_retries(adapter, QUESTION, sleep=lambda seconds: None)
    assert (caught.value.kind, caught.value.attempts) == ("credentials", 2)


def test_the_provider_is_not_asked_earlier_than_it_wants():
    waits: list[float] = []

    send_with_retries(Scripted(error("rate_limited", retry_after=9.0)), QUESTION, sleep=waits.append)

    assert waits == [9.0]


def test_a_provider_that_wants_a_long_wait_is_not_asked_again():
    adapter = Scripted(error("rate_limited", retry_after=11.0))

    with pytest.raises(AIError) as caught:
        send_with_retries(adapter, QUESTION, sleep=pytest.fail)
    assert (caught.value.retry_after, caught.value.attempts) == (11.0, 1)


def test_no_attempt_begins_after_the_time_is_over():
    adapter = Scripted(error("rate_limited", retry_after=8.0))

    with pytest.raises(AIError) as caught:
        send_with_retries(adapter, QUESTION, within=5.0, sleep=pytest.fail)
    assert caught.value.attempts == 1


def test_the_caller_may_look_in_before_each_attempt():
    looks: list[str] = []
    adapter = Scripted(error("unavailable"))

    send_with_retries(adapter, QUESTION, before_attempt=lambda: looks.append("look"), sleep=lambda seconds: None)

    assert len(looks) == len(adapter.calls) == 2


def test_the_caller_may_call_it_off():
    def lost() -> None:
        raise LookupError("the turn is no longer ours")

    adapter = Scripted()
    with pytest.raises(LookupError):
        send_with_retries(adapter, QUESTION, before_attempt=lost, sleep=pytest.fail)
    assert adapter.calls == []


def test_what_the_adapter_needs_is_passed_on():
    adapter = Scripted()

    assert send_with_retries(adapter, QUESTION, passages=[], topics=["a"]) == ("hello", 1)
    assert adapter.calls == [{"passages": [], "topics": ["a"]}]
