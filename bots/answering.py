"""From a question to an answer: what the business knows, the prompt, the call, its second try, the fallback."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from bots import knowledge, prompt, variables
from bots.ai.base import AIError, ChatMessage, Completion, Image, Passage
from bots.ai.breaker import breaker_of
from bots.ai.prices import cost_of
from bots.ai.retries import send_with_retries
from bots.ai.sayable import sayable
from bots.ai.streaming import Streamed
from bots.connections import adapter_of, api_key_of, is_complete
from bots.media.reading import abilities_of
from bots.media.telling import spoken
from bots.models import AIConfiguration, Turn
from tenants.context import release_connection
from tenants.secrets import SecretUnreadableError

logger = logging.getLogger(__name__)

#: Statuses by which a provider says that it can do nothing with the request.
UNFIT = (400, 413, 415, 422)


def call_lease() -> float:
    """Seconds: one AI call, and the longest wait before it, are over by then."""
    return settings.AI_REQUEST_TIMEOUT + 15.0


def can_answer(configuration: AIConfiguration) -> bool:
    """Whether anybody could be asked at all: the configuration's provider, else its fallback."""
    return _can_be_asked(configuration) or fallback_of(configuration) is not None


def fallback_of(configuration: AIConfiguration) -> AIConfiguration | None:
    """Who is asked when the configuration's own provider fails; None: nobody, or nobody who could answer."""
    try:
        fallback = configuration.fallback
    except SecretUnreadableError as error:
        logger.error("The fallback cannot be asked: %s", error)
        return None
    return fallback if fallback and is_complete(fallback) else None


def _can_be_asked(configuration: AIConfiguration) -> bool:
    try:
        api_key_of(configuration)  # a custom server may do without a key, but not with one that cannot be read
        return is_complete(configuration)
    except SecretUnreadableError as error:
        logger.error("The AI provider cannot be asked: %s", error)
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything not yet answered in a conversation, and what is needed to answer it."""

    tenant_name: str
    configuration: AIConfiguration
    history: Sequence[ChatMessage]
    new: Sequence[str]
    #: What is shown with a new message, by its place in `new`.
    images: Mapping[int, Sequence[Image]] = field(default_factory=dict)
    #: What the person calls themselves, and when they asked: for the variables in the instructions.
    contact_name: str = ""
    #: What a member told the bot about this conversation when they gave it back.
    note: str = ""
    at: datetime = field(default_factory=timezone.now)

    def known(self) -> dict[str, str]:
        """The values of the variables in the instructions."""
        configuration = self.configuration
        return variables.of_instructions(
            business=self.tenant_name,
            contact_name=self.contact_name,
            at=self.at,
            time_zone=configuration.time_zone,
            week=configuration.hours,
        )


@dataclass(slots=True)
class Answer:
    """The call as it went, for the contact (`text`) and for "why did it say that?" (`turn_fields`)."""

    #: Milliseconds that the contact had waited when the turn began.
    waited: float = 0.0
    #: Is told the whole answer so far whenever more of it has come; None: nobody watches, and it comes in one piece.
    write: Callable[[str], None] | None = None
    completion: Completion = field(default_factory=lambda: Completion(""))
    passages: list[Passage] = field(default_factory=list)
    messages: list[ChatMessage] = field(default_factory=list)
    attempts: int = 0
    #: Whom the last call asked; None before the first.
    asked: AIConfiguration | None = None
    is_fallback: bool = False
    is_given: bool = False
    #: Why there is no answer, or why it is the fallback's.
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
        took too long. Raises `AIError`; what is known of the call by then is kept.

        What another provider may mend, the fallback mends: it is asked once the configuration's own was given up.
        """
        started = time.monotonic()
        self.passages = knowledge.search("\n".join(spoken(text) for text in question.new))
        self.messages = prompt.build(
            tenant_name=question.tenant_name,
            instructions=question.configuration.system_prompt,
            passages=self.passages,
            history=question.history,
            new=question.new,
            abilities=abilities_of(question.configuration),
            images=question.images,
            known=question.known(),
            note=question.note,
        )
        self.timings["retrieval"] = _milliseconds_since(started)
        first = question.configuration
        try:
            self._call_with_images(first, before_call=before_call)
        except AIError as error:
            fallback = None if error.is_refusal else fallback_of(first)
            if error.kind == "timeout":
                on_timeout()
            elif fallback is None:
                raise
            if fallback:
                logger.warning("The AI gave no answer (%s), and the fallback is asked: %s", error.kind, error)
                self.is_fallback = True
            self._call(fallback or first, before_call=before_call)

    def _call_with_images(self, configuration: AIConfiguration, *, before_call: Callable[[], None]) -> None:
        """A provider that refuses the request for what is shown with it (a broken picture, a model that is blind after
        all) is asked once more, without."""
        try:
            self._call(configuration, before_call=before_call)
        except AIError as error:
            without = prompt.without_images(self.messages)
            if without == self.messages or error.is_refusal or error.status not in UNFIT:
                raise
            logger.warning("The images are left out: %s", error)
            self.messages = without
            self._call(configuration, before_call=before_call)

    def _call(self, configuration: AIConfiguration, *, before_call: Callable[[], None]) -> None:
        self.asked = configuration
        first_error = f"{self.error}; fallback: " if self.is_fallback else ""
        started = time.monotonic()
        try:
            self.completion, attempts = self._send(configuration, before_call=before_call)
        except AIError as error:
            self.attempts += error.attempts
            self.error = f"{first_error}{error.kind}: {error}"
            raise
        finally:
            self.timings["ai"] = self.timings.get("ai", 0.0) + _milliseconds_since(started)
        self.attempts += attempts
        self.is_given = True
        if not self.is_fallback:
            self.error = ""

    def _send(self, configuration: AIConfiguration, *, before_call: Callable[[], None]) -> tuple[Completion, int]:
        if not _can_be_asked(configuration):
            raise AIError("its key is missing or cannot be read", kind="credentials", attempts=0)
        adapter = adapter_of(configuration)

        def ready() -> None:
            before_call()
            # Nobody holds a database connection while a provider thinks.
            release_connection()

        sees = abilities_of(configuration).images
        completion, attempts = send_with_retries(
            Streamed(adapter=adapter, write=self.write) if self.write else adapter,
            self.messages if sees else prompt.without_images(self.messages),
            before_attempt=ready,
            guard=breaker_of(adapter).call,
            passages=self.passages,
            topics=knowledge.topics() if adapter.names_topics else [],
        )
        return sayable(completion), attempts

    def turn_fields(self, question: Question) -> dict[str, Any]:
        """The columns of `Turn` that this answer fills."""
        asked = self.asked or question.configuration
        model_name = self.completion.model or asked.model_name
        counted = {"input_tokens": self.completion.input_tokens, "output_tokens": self.completion.output_tokens}
        return {
            "outcome": Turn.Outcome.ANSWERED if self.is_given else Turn.Outcome.APOLOGISED,
            "provider": asked.provider,
            "model_name": model_name,
            "is_fallback": self.is_fallback,
            "prompt": prompt.recorded(self.messages),
            "passages": [asdict(passage) for passage in self.passages],
            "answer": self.text,
            **counted,
            "cost": cost_of(provider=asked.provider, model=model_name, **counted),
            "attempts": self.attempts,
            "timings": {"waited": round(self.waited, 1), **self.timings},
            "error": self.error[:300],
        }


def _milliseconds_since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
