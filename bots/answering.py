"""From a question to an answer: what the business knows, the prompt, the call, its second try."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from bots import knowledge, prompt
from bots.ai.base import AIError, ChatMessage, Completion, Passage
from bots.ai.breaker import breaker_of
from bots.ai.retries import send_with_retries
from bots.connections import adapter_of
from bots.models import AIConfiguration, Turn
from tenants.context import release_connection


def call_lease() -> float:
    """Seconds: one AI call, and the longest wait before it, are over by then."""
    return settings.AI_REQUEST_TIMEOUT + 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything not yet answered in a conversation, and what is needed to answer it."""

    tenant_name: str
    configuration: AIConfiguration
    history: Sequence[ChatMessage]
    new: Sequence[str]


@dataclass(slots=True)
class Answer:
    """The call as it went, for the contact (`text`) and for "why did it say that?" (`turn_fields`)."""

    #: Milliseconds that the contact had waited when the turn began.
    waited: float = 0.0
    completion: Completion = field(default_factory=lambda: Completion(""))
    passages: list[Passage] = field(default_factory=list)
    messages: list[ChatMessage] = field(default_factory=list)
    attempts: int = 0
    error: str = ""
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.completion)

    def ask(
        self,
        question: Question,
        *,
        before_call: Callable[[], None] = lambda: None,
        on_timeout: Callable[[], None] = lambda: None,
    ) -> None:
        """Find, build, call. `before_call` runs before each call, `on_timeout` before the second try after one that
        took too long. Raises `AIError`; what is known of the call by then is kept."""
        started = time.monotonic()
        self.passages = knowledge.search("\n".join(question.new))
        self.messages = prompt.build(
            tenant_name=question.tenant_name,
            instructions=question.configuration.system_prompt,
            passages=self.passages,
            history=question.history,
            new=question.new,
        )
        topics = knowledge.topics()
        self.timings["retrieval"] = _milliseconds_since(started)
        try:
            self._call(question, topics=topics, before_call=before_call)
        except AIError as error:
            if error.kind != "timeout":
                raise
            on_timeout()
            self._call(question, topics=topics, before_call=before_call)

    def _call(self, question: Question, *, topics: list[str], before_call: Callable[[], None]) -> None:
        adapter = adapter_of(question.configuration)

        def ready() -> None:
            before_call()
            # Nobody holds a database connection while a provider thinks.
            release_connection()

        started = time.monotonic()
        try:
            self.completion, attempts = send_with_retries(
                adapter,
                self.messages,
                before_attempt=ready,
                guard=breaker_of(adapter).call,
                passages=self.passages,
                topics=topics,
            )
        except AIError as error:
            self.attempts += error.attempts
            self.error = f"{error.kind}: {error}"
            raise
        finally:
            self.timings["ai"] = self.timings.get("ai", 0.0) + _milliseconds_since(started)
        self.attempts += attempts
        self.error = ""

    def turn_fields(self, question: Question) -> dict[str, Any]:
        """The columns of `Turn` that this answer fills."""
        return {
            "outcome": Turn.Outcome.APOLOGISED if self.error else Turn.Outcome.ANSWERED,
            "provider": question.configuration.provider,
            "model_name": self.completion.model or question.configuration.model_name,
            "prompt": self.messages,
            "passages": [asdict(passage) for passage in self.passages],
            "answer": self.text,
            "input_tokens": self.completion.input_tokens,
            "output_tokens": self.completion.output_tokens,
            "attempts": self.attempts,
            "timings": {"waited": round(self.waited, 1), **self.timings},
            "error": self.error[:300],
        }


def _milliseconds_since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
