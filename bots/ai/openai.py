"""OpenAI, by chat completions: what compatible gateways speak too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any

from bots.ai.base import AIError, BaseAIAdapter, ChatMessage, Completion
from bots.ai.chat_completions import ChatCompletions

BASE_URL = "https://api.openai.com/v1"


class OpenAIAdapter(BaseAIAdapter):
    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        return self._api.complete(messages)

    def stream_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        return self._api.stream(messages)

    def validate_credentials(self) -> bool:
        try:
            self._api.models()
        except AIError as error:
            if error.kind != "credentials":
                raise
            # A restricted key may chat although it may not list the models.
            return error.status == HTTPStatus.FORBIDDEN and self._api.answers()
        return True

    def list_models(self) -> list[str]:
        return self._api.models()

    @cached_property
    def _api(self) -> ChatCompletions:
        return ChatCompletions(
            provider="OpenAI",
            api_key=self.api_key,
            base_url=self.base_url.strip() or BASE_URL,
            model=self.model,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            timeout=self.timeout,
            private_hosts=self.private_hosts,
            limit_parameters=("max_completion_tokens", "max_tokens"),
        )
