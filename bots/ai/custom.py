"""Any server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp, LM Studio, OpenRouter, a gateway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from bots.ai.base import AIError, BaseAIAdapter, ChatMessage, Completion
from bots.ai.chat_completions import ChatCompletions

#: Local servers want no key, the SDK does.
NO_KEY = "none"


class CustomAdapter(BaseAIAdapter):
    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        return self._api.complete(messages)

    def stream_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        return self._api.stream(messages)

    def validate_credentials(self) -> bool:
        """By a short chat: many servers list their models to anyone, and some do not list them at all."""
        return self._api.answers()

    def list_models(self) -> list[str]:
        """The server's models; none if it has no such list."""
        try:
            return self._api.models()
        except AIError as error:
            if error.status in (404, 405, 501):
                return []
            raise

    @cached_property
    def _api(self) -> ChatCompletions:
        return ChatCompletions(
            provider="custom",
            api_key=self.api_key.strip() or NO_KEY,
            base_url=self.base_url,
            model=self.model,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            timeout=self.timeout,
            private_hosts=self.private_hosts,
            limit_parameters=("max_tokens", "max_completion_tokens"),
        )
