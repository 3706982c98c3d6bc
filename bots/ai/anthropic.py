"""Anthropic, by its messages API. The one home of the `anthropic` SDK."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import anthropic

from bots.ai.base import AIError, BaseAIAdapter, ChatMessage, Completion
from bots.ai.connection import checked_base_url, checked_key
from bots.ai.errors import empty_answer, translated
from bots.ai.http import shared_client
from bots.ai.images import as_anthropic
from bots.ai.parameters import learn_refusal, refused_parameters

BASE_URL = "https://api.anthropic.com"
#: Anthropic's temperature ends where OpenAI's is half way.
MAX_TEMPERATURE = 1.0
#: The API wants a user's message first; a window over a long chat may begin with the bot's.
OPENING: ChatMessage = {"role": "user", "content": "(The beginning of this chat is left out.)"}

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class AnthropicAdapter(BaseAIAdapter):
    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        with self._translated():
            answer = self._create(messages)
            text = "".join(block.text for block in answer.content if block.type == "text")
            finish_reason = FINISH_REASONS.get(answer.stop_reason, answer.stop_reason or "stop")
            if not text.strip():
                raise empty_answer(provider="Anthropic", finish_reason=finish_reason)
            return Completion(
                text,
                input_tokens=answer.usage.input_tokens or 0,
                output_tokens=answer.usage.output_tokens or 0,
                model=answer.model or self.model,
                finish_reason=finish_reason,
            )

    def stream_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        with self._translated(), self._create(messages, stream=True) as events:
            ended, empty, finish_reason, asked, said, model = False, True, None, 0, 0, self.model
            for event in events:
                ended = ended or event.type == "message_stop"
                if event.type == "message_start":
                    asked, model = event.message.usage.input_tokens or 0, event.message.model or model
                if event.type == "message_delta":
                    finish_reason = FINISH_REASONS.get(event.delta.stop_reason)
                    said = event.usage.output_tokens or 0
                if event.type == "content_block_delta" and event.delta.type == "text_delta" and event.delta.text:
                    empty = False
                    yield event.delta.text
            if not ended:
                raise AIError("Anthropic broke off in the middle of an answer", kind="unavailable")
            if empty:
                raise empty_answer(provider="Anthropic", finish_reason=finish_reason)
            yield Completion(
                "", input_tokens=asked, output_tokens=said, model=model, finish_reason=finish_reason or "stop"
            )

    def validate_credentials(self) -> bool:
        try:
            self.list_models()
        except AIError as error:
            if error.kind == "credentials":
                return False
            raise
        return True

    def list_models(self) -> list[str]:
        with self._translated():
            return sorted(model.id for model in self._client.models.list(limit=1000).data)

    def _create(self, messages: Sequence[ChatMessage], *, stream: bool = False) -> Any:
        """One request, and again without the temperature if the model refuses it, all within the same deadline."""
        ends = time.monotonic() + self.timeout
        create: Any = self._client.messages.create
        system, turns = split_system(messages)
        written = [as_anthropic(turn) for turn in turns]
        while True:
            optional = self._optional_parameters()
            try:
                return create(
                    model=self.model,
                    max_tokens=self.max_tokens,
                    system=system or anthropic.omit,
                    messages=written,
                    stream=stream,
                    extra_body=optional,  # `create` has no argument for the temperature
                    timeout=max(ends - time.monotonic(), 0.001),
                )
            except anthropic.APIStatusError as error:
                if not learn_refusal(error, base_url=self._base_url, model=self.model, sent=optional):
                    raise

    def _optional_parameters(self) -> dict[str, float]:
        if "temperature" in refused_parameters(base_url=self._base_url, model=self.model):
            return {}
        return {"temperature": min(self.temperature, MAX_TEMPERATURE)}

    @property
    def _base_url(self) -> str:
        # The SDK adds /v1 itself, OpenAI's does not: people write it for both.
        return (self.base_url.strip() or BASE_URL).rstrip("/").removesuffix("/v1")

    @cached_property
    def _client(self) -> anthropic.Anthropic:
        client = anthropic.Anthropic(
            api_key=checked_key(self.api_key, provider="Anthropic"),
            webhook_key="",
            base_url=checked_base_url(self._base_url, provider="Anthropic"),
            timeout=self.timeout,
            max_retries=0,
            open_telemetry=False,
            http_client=shared_client(frozenset(self.private_hosts)),
        )
        # Headers from ANTHROPIC_CUSTOM_HEADERS cannot be declined. A tenant's call carries what the tenant configured.
        client._custom_headers = {}
        return client

    def _translated(self) -> Any:
        return translated(provider="Anthropic", sdk_error=anthropic.AnthropicError, secret=self.api_key)


def split_system(messages: Sequence[ChatMessage]) -> tuple[str, list[ChatMessage]]:
    """The system messages as one text, and the rest: not one of them blank, a user's first."""
    spoken = [message for message in messages if message["content"].strip() or message.get("images")]
    system = "\n\n".join(message["content"] for message in spoken if message["role"] == "system")
    turns = [message for message in spoken if message["role"] != "system"]
    if turns and turns[0]["role"] == "assistant":
        turns.insert(0, OPENING)
    return system, turns
