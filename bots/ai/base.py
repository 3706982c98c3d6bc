"""What every AI provider is to us: messages in, text and its cost in tokens out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self, TypedDict

Role = Literal["system", "user", "assistant"]


class ChatMessage(TypedDict):
    """One message of a chat, as OpenAI's chat completions name it; system messages come first."""

    role: Role
    content: str


class Completion(str):
    """The text of an answer, and what the provider said about it.

    A `str`, so that `BaseAIAdapter.send_message` is what its name says; the numbers ride along.
    """

    input_tokens: int
    output_tokens: int
    model: str
    finish_reason: str

    def __new__(
        cls, text: str, *, input_tokens: int = 0, output_tokens: int = 0, model: str = "", finish_reason: str = "stop"
    ) -> Self:
        completion = super().__new__(cls, text)
        completion.input_tokens = input_tokens
        completion.output_tokens = output_tokens
        completion.model = model
        completion.finish_reason = finish_reason
        return completion


AIErrorKind = Literal["timeout", "unavailable", "rate_limited", "credentials", "configuration"]


class AIError(Exception):
    """A call that gave no answer, and what may be done about it.

    `timeout`: no answer in time. `unavailable`: could not connect, or 5xx. `rate_limited`: 429 that a retry may help.
    `credentials`: the key is refused. `configuration`: the request can never work as configured (unknown model,
    exhausted quota, forbidden address). `permanent` errors are never retried; `retry_after` is in seconds, as the
    provider asked.
    """

    def __init__(self, message: str, *, kind: AIErrorKind, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind: AIErrorKind = kind
        self.permanent = kind in ("credentials", "configuration")
        self.retry_after = retry_after


class BaseAIAdapter(ABC):
    """One provider connection. Cheap to make (HTTP connections are shared by the process), safe between threads."""

    def __init__(
        self,
        *,
        api_key: str = "",
        model: str = "",
        base_url: str = "",
        max_tokens: int = 1000,
        temperature: float = 0.7,
        timeout: float = 30.0,
    ) -> None:
        self.api_key = api_key
        self.model = model
        self.base_url = base_url
        self.max_tokens = max_tokens
        self.temperature = temperature
        self.timeout = timeout

    @abstractmethod
    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        """Answer the chat. One attempt, no longer than `timeout` seconds. Raises `AIError`.

        `passages`, where given, are the `Passage`s of the tenant's knowledge that fit the question, best first. A
        language model finds them in its system message already; the built-in answerer answers from them.
        """

    @abstractmethod
    def stream_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        """The same answer in pieces, as they come. Raises `AIError`, also midway."""

    @abstractmethod
    def validate_credentials(self) -> bool:
        """Whether the provider takes the key. False: refused. Raises `AIError` when the provider could not be asked."""

    @abstractmethod
    def list_models(self) -> list[str]:
        """The ids of the models that the key may use, sorted. Raises `AIError`."""
