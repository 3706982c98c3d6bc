"""What every AI provider is to us: messages in, text and its cost in tokens out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, Self, TypedDict

from bots.storable import storable

Role = Literal["system", "user", "assistant"]

#: As the columns have them: characters of a model's name, and tokens of one answer.
LONGEST_MODEL, MOST_TOKENS = 100, 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that is shown to the model. `id` is our name for it, by which a record refers to it."""

    id: str
    content_type: str
    content: bytes


class ChatMessage(TypedDict):
    """One message of a chat, as OpenAI's chat completions name it; system messages come first.

    `images` are given only to models that see (`bots.ai.vision`), and only with messages that are answered now.
    """

    role: Role
    content: str
    images: NotRequired[Sequence[Image]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a tenant's knowledge that may answer the question; the higher the `score`, the better the fit.

    `source` is the id of what it was cut from.
    """

    title: str
    text: str
    score: float = 0.0
    source: str = ""


class Completion(str):
    """The text of an answer, and what the provider said about it.

    A `str`, so that `BaseAIAdapter.send_message` is what its name says; the numbers ride along. `finish_reason` is in
    OpenAI's words for every provider: `stop`, `length` (cut off at `max_tokens`) or `content_filter` (refused). What
    a model may say and nobody can keep (`bots.storable`) is left out, and so is what a server says about the answer
    that is neither a name nor a number: an answer is not lost for it.
    """

    input_tokens: int
    output_tokens: int
    model: str
    finish_reason: str

    def __new__(
        cls, text: str, *, input_tokens: int = 0, output_tokens: int = 0, model: str = "", finish_reason: str = "stop"
    ) -> Self:
        completion = super().__new__(cls, storable(text))
        completion.input_tokens = _count(input_tokens)
        completion.output_tokens = _count(output_tokens)
        completion.model = storable(model)[:LONGEST_MODEL] if isinstance(model, str) else ""
        completion.finish_reason = finish_reason
        return completion


def _count(said: Any) -> int:
    """Tokens; 0 for what is no number of them."""
    return int(said) if isinstance(said, int | float) and 0 <= said <= MOST_TOKENS else 0


AIErrorKind = Literal["timeout", "unavailable", "rate_limited", "credentials", "configuration"]


class AIError(Exception):
    """A call that gave no answer, and what may be done about it.

    `timeout`: no answer in time. `unavailable`: could not connect, or 5xx. `rate_limited`: 429 that a retry may help.
    `credentials`: the key is refused. `configuration`: the request can never work as configured (unknown model,
    exhausted quota, forbidden address). `permanent` errors are never retried; `retry_after` is in seconds, as the
    provider asked, but no more than 30. `attempts` is how many calls were made in all. `is_refusal`: the provider will
    not speak about this; no other one is asked, to get around it.

    `str(error)` is in our words and safe to log. `detail` is what the provider wrote: for the admin whose key it is,
    never for a log, because a server may repeat the prompt in it. `status` is the HTTP status, where one came.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: AIErrorKind,
        retry_after: float | None = None,
        status: int | None = None,
        detail: str = "",
        attempts: int = 1,
        is_refusal: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind: AIErrorKind = kind
        self.permanent = kind in ("credentials", "configuration")
        self.retry_after = retry_after
        self.status = status
        self.detail = detail
        self.attempts = attempts
        self.is_refusal = is_refusal


class BaseAIAdapter(ABC):
    """One provider connection. Cheap to make (HTTP connections are shared by the process), safe between threads."""

    #: Whether it has a use for `topics`: nobody looks them up for the others.
    names_topics: bool = False

    def __init__(
        self,
        *,
        api_key: str = "",
        model: str = "",
        base_url: str = "",
        max_tokens: int = 1000,
        temperature: float = 0.7,
        timeout: float = 30.0,
        private_hosts: Collection[str] = (),
    ) -> None:
        self.api_key = api_key
        self.model = model
        self.base_url = base_url
        self.max_tokens = max_tokens
        self.temperature = temperature
        self.timeout = timeout
        self.private_hosts = private_hosts

    @abstractmethod
    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        """Answer the chat. One attempt, no longer than `timeout` seconds. Raises `AIError`.

        `passages`, where given, are the `Passage`s of the tenant's knowledge that fit the question, best first. A
        language model finds them in its system message already; the built-in answerer answers from them. `topics` are
        the titles of all the knowledge, which it names (`names_topics`) when it does not know.
        """

    @abstractmethod
    def stream_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        """The same answer in pieces, as they come. Raises `AIError`, also midway.

        Where the provider counts tokens, the last piece is an empty `Completion` that says how many they were.
        """

    @abstractmethod
    def validate_credentials(self) -> bool:
        """Whether the provider takes the key. False: refused. Raises `AIError` when the provider could not be asked."""

    @abstractmethod
    def list_models(self) -> list[str]:
        """The ids of the models that the key may use, sorted. Raises `AIError`."""
