"""Ask again where that helps, and only there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_any, stop_before_delay
from tenacity.wait import wait_random_exponential

from bots.ai.base import AIError, ChatMessage, Completion

#: Seconds. A provider that asks for more is asked no more: somebody waits for an answer.
LONGEST_WAIT = 10.0

T = TypeVar("T")


class Sender(Protocol):
    """An adapter, or what sends by one."""

    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion: ...


def send_with_retries(
    adapter: Sender,
    messages: Sequence[ChatMessage],
    *,
    attempts: int = 3,
    within: float = 60.0,
    before_attempt: Callable[[], None] = lambda: None,
    guard: Callable[[Callable[[], Completion]], Completion] = lambda call: call(),
    sleep: Callable[[float], None] = time.sleep,
    **kwargs: Any,
) -> tuple[Completion, int]:
    """The answer, and how many calls it took. `kwargs` go to `adapter.send_message`.

    Repeats what was `unavailable` or `rate_limited`, at most `attempts` calls, none of them begun later than `within`
    seconds after the first. Permanent errors would come again; a `timeout` has cost the user enough, and what to do
    about it is the caller's choice. `before_attempt` runs before each call, and what it raises ends the matter. Each
    call is made by `guard` (a circuit breaker). Raises the last `AIError`, its `attempts` filled in.
    """
    return with_retries(
        lambda: adapter.send_message(messages, **kwargs),
        attempts=attempts,
        within=within,
        before_attempt=before_attempt,
        guard=guard,
        sleep=sleep,
    )


def with_retries(
    call: Callable[[], T],
    *,
    attempts: int,
    within: float,
    before_attempt: Callable[[], None] = lambda: None,
    guard: Callable[[Callable[[], T]], T] = lambda call: call(),
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[T, int]:
    """What `call` returns, and how many calls it took: by the rules of `send_with_retries`, for any call to an AI
    provider. Raises the last `AIError`, its `attempts` filled in."""
    retrying = Retrying(
        retry=retry_if_exception(is_worth_a_retry),
        stop=stop_any(stop_after_attempt(attempts), stop_before_delay(within)),
        wait=seconds_to_wait,
        before=lambda _: before_attempt(),
        sleep=sleep,
        reraise=True,
    )
    try:
        result = retrying(guard, call)
    except AIError as error:
        error.attempts = retrying.statistics["attempt_number"]
        raise
    return result, retrying.statistics["attempt_number"]


def is_worth_a_retry(error: BaseException) -> bool:
    return (
        isinstance(error, AIError)
        and error.kind in ("unavailable", "rate_limited")
        and (error.retry_after or 0) <= LONGEST_WAIT
    )


def seconds_to_wait(state: RetryCallState) -> float:
    """Backoff with jitter, so that turns that failed together do not come back together; never below Retry-After."""
    backoff = wait_random_exponential(multiplier=0.5, min=0.2, max=LONGEST_WAIT)(state)
    error = state.outcome.exception() if state.outcome else None
    return max(backoff, (isinstance(error, AIError) and error.retry_after) or 0.0)
