"""Ask again where that helps, and only there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_any, stop_before_delay
from tenacity.wait import wait_random_exponential

from bots.ai.base import AIError, BaseAIAdapter, ChatMessage, Completion

#: Seconds. A provider that asks for more is asked no more: somebody waits for an answer.
LONGEST_WAIT = 10.0


def send_with_retries(
    adapter: BaseAIAdapter,
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
    retrying = Retrying(
        retry=retry_if_exception(is_worth_a_retry),
        stop=stop_any(stop_after_attempt(attempts), stop_before_delay(within)),
        wait=seconds_to_wait,
        before=lambda _: before_attempt(),
        sleep=sleep,
        reraise=True,
    )
    try:
        completion = retrying(guard, lambda: adapter.send_message(messages, **kwargs))
    except AIError as error:
        error.attempts = retrying.statistics["attempt_number"]
        raise
    return completion, retrying.statistics["attempt_number"]


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
