"""Speech to text, by OpenAI's `audio/transcriptions` or any server that speaks it.

https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from bots.ai import endpoints
from bots.ai.base import AIError

MODEL = "gpt-4o-mini-transcribe"
PROVIDER = "The transcription service"

#: The service tells a recording's format by its name's ending.
ENDINGS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/flac": "flac",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcriber:
    """One connection to a transcription service. `timeout` is in seconds, for one whole call; `language` an ISO 639-1
    code, empty where the service is to find it out."""

    api_key: str = field(repr=False)
    base_url: str = ""
    model: str = MODEL
    language: str = ""
    timeout: float = 30.0
    private_hosts: Collection[str] = ()

    def transcribe(self, audio: bytes, *, content_type: str) -> str:
        """What is said; empty where nothing is. One attempt. Raises `AIError`, whose kind is `configuration` with
        status 400, 415 or 422 where the service cannot read the recording."""
        fields = {"model": self.model, "response_format": "json"}
        if self.language:
            fields["language"] = self.language
        return endpoints.post(
            "/audio/transcriptions",
            provider=PROVIDER,
            api_key=self.api_key,
            base_url=self.base_url,
            timeout=self.timeout,
            private_hosts=self.private_hosts,
            read=_words,
            data=fields,
            files={"file": (f"voice.{ENDINGS.get(content_type, 'ogg')}", audio, content_type)},
        )


def _words(answer: Any) -> str:
    """Raises `TypeError` and its kin for an answer of another shape."""
    text = answer["text"]
    if not isinstance(text, str):
        raise TypeError("text is no string")
    return text.replace("\0", "").strip()


def cannot_be_read(error: AIError) -> bool:
    """Whether the service was there and could do nothing with the recording."""
    return error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY)
