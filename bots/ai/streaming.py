"""An answer that is watched while it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from bots.ai.base import BaseAIAdapter, ChatMessage, Completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Sends by an adapter's stream. `write` is told the whole answer so far, whenever more of it has come, and an empty
    one when a call begins; what it raises ends the call."""

    adapter: BaseAIAdapter
    write: Callable[[str], None]

    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        """As `BaseAIAdapter.send_message`. The numbers are 0 where the provider counts nothing in a stream."""
        self.write("")
        text, counted = "", Completion("", model=self.adapter.model)
        with closing(piece for piece in self.adapter.stream_message(messages, **kwargs)) as pieces:
            for piece in pieces:
                if isinstance(piece, Completion):
                    counted = piece
                if piece:
                    text += piece
                    self.write(text)
        return Completion(
            text,
            input_tokens=counted.input_tokens,
            output_tokens=counted.output_tokens,
            model=counted.model,
            finish_reason=counted.finish_reason,
        )
