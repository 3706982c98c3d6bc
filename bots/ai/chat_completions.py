"""OpenAI's chat completions: its own API, and all the servers that speak it. The one home of the `openai` SDK."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

import openai

from bots.ai.base import AIError, ChatMessage, Completion
from bots.ai.connection import checked_base_url, checked_key
from bots.ai.errors import empty_answer, translated
from bots.ai.http import shared_client
from bots.ai.images import as_openai
from bots.ai.parameters import learn_refusal, refused_parameters


class ChatCompletions:
    """The calls of one adapter. `limit_parameters` name the longest answer, the likelier name first."""

    def __init__(
        self,
        *,
        provider: str,
        api_key: str,
        base_url: str,
        model: str,
        max_tokens: int,
        temperature: float,
        timeout: float,
        private_hosts: Collection[str],
        limit_parameters: tuple[str, str],
    ) -> None:
        self.provider = provider
        self.api_key = api_key
        self.base_url = base_url
        self.model = model
        self.max_tokens = max_tokens
        self.temperature = temperature
        self.timeout = timeout
        self.private_hosts = frozenset(private_hosts)
        self.limit_parameters = limit_parameters

    def complete(self, messages: Sequence[ChatMessage]) -> Completion:
        with self._translated():
            answer = self._create(messages)
            choice, usage = answer["choices"][0], answer.get("usage") or {}
            text = choice["message"].get("content") or choice["message"].get("refusal") or ""
            if not text.strip():
                raise empty_answer(provider=self.provider, finish_reason=choice.get("finish_reason"))
            return Completion(
                text,
                input_tokens=usage.get("prompt_tokens") or 0,
                output_tokens=usage.get("completion_tokens") or 0,
                model=answer.get("model") or self.model,
                finish_reason=choice.get("finish_reason") or "stop",
            )

    def stream(self, messages: Sequence[ChatMessage]) -> Iterator[str]:
        with self._translated(), self._create(messages, stream=True) as chunks:
            finish_reason, empty, usage, model = None, True, None, self.model
            for chunk in chunks:
                usage, model = chunk.usage or usage, chunk.model or model
                for choice in chunk.choices or ():
                    finish_reason = choice.finish_reason or finish_reason
                    if text := choice.delta.content or choice.delta.refusal:
                        empty = False
                        yield text
            if empty:
                raise empty_answer(provider=self.provider, finish_reason=finish_reason)
            if finish_reason is None:
                raise AIError(f"{self.provider} broke off in the middle of an answer", kind="unavailable")
            yield Completion(
                "",
                input_tokens=usage.prompt_tokens or 0 if usage else 0,
                output_tokens=usage.completion_tokens or 0 if usage else 0,
                model=model,
                finish_reason=finish_reason,
            )

    def answers(self) -> bool:
        """Whether the server takes the key for a chat. Raises `AIError` when that stays open."""
        try:
            with self._translated():
                _ = self._create([{"role": "user", "content": "Say: ok"}])["choices"][0]
        except AIError as error:
            if error.kind == "credentials":
                return False
            raise
        return True

    def models(self) -> list[str]:
        with self._translated():
            return sorted(model.id for model in self._client.models.list(timeout=self.timeout).data)

    def _create(self, messages: Sequence[ChatMessage], *, stream: bool = False) -> Any:
        """One request, and again without what the model refuses, all within the same deadline. Returns the SDK's
        stream of chunks, else the answer as JSON."""
        ends = time.monotonic() + self.timeout
        request: Any = self._client.chat.completions.create if stream else self._request
        written = [as_openai(message) for message in messages]
        while True:
            optional = self._optional_parameters(stream=stream)
            left = max(ends - time.monotonic(), 0.001)
            try:
                return request(model=self.model, messages=written, stream=stream, timeout=left, **optional)
            except openai.APIStatusError as error:
                if not learn_refusal(error, base_url=self.base_url, model=self.model, sent=optional):
                    raise

    def _request(self, *, timeout: float, **body: Any) -> Any:
        """What `create` does, which first walks the whole chat against the SDK's types: 5.3 ms of CPU for ten messages
        of history, against 0.9 ms here."""
        options: Any = {"timeout": timeout, "security": {"bearer_auth": True}}
        return self._client.post("/chat/completions", body=body, cast_to=object, options=options)

    def _optional_parameters(self, *, stream: bool) -> dict[str, Any]:
        refused = refused_parameters(base_url=self.base_url, model=self.model)
        limit = next((name for name in self.limit_parameters if name not in refused), None)
        wanted: dict[str | None, Any] = {limit: self.max_tokens, "temperature": self.temperature}
        if stream:
            wanted["stream_options"] = {"include_usage": True}
        return {name: value for name, value in wanted.items() if name is not None and name not in refused}

    @property
    def _client(self) -> openai.OpenAI:
        return _client_of(
            api_key=checked_key(self.api_key, provider=self.provider),
            base_url=checked_base_url(self.base_url, provider=self.provider),
            private_hosts=self.private_hosts,
        )

    def _translated(self) -> Any:
        return translated(provider=self.provider, sdk_error=openai.OpenAIError, secret=self.api_key)


@lru_cache(maxsize=256)
def _client_of(*, api_key: str, base_url: str, private_hosts: frozenset[str]) -> openai.OpenAI:
    """The SDK's client of one key, kept: building one takes 0.05 ms of CPU. It has no timeout of its own; each call
    brings one."""
    client = openai.OpenAI(
        api_key=api_key,
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        base_url=base_url,
        max_retries=0,
        http_client=shared_client(private_hosts),
    )
    # An argument that is None is read from the environment, so "" went in and comes out again; the headers of
    # OPENAI_CUSTOM_HEADERS cannot be declined at all. A tenant's call carries what the tenant configured.
    client.admin_api_key = client.organization = client.project = None
    client._custom_headers = {}
    # One of two addresses, taken apart and put together for each call: 2 % of a turn's CPU.
    client._prepare_url = lru_cache(maxsize=8)(client._prepare_url)  # type: ignore[method-assign]
    return client


# A forked worker must not share its parent's connections.
os.register_at_fork(after_in_child=_client_of.cache_clear)
