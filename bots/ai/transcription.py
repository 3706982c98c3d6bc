"""Speech to text, by OpenAI's `audio/transcriptions` or any server that speaks it.

https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx2

from bots.ai.base import AIError
from bots.ai.connection import checked_base_url, checked_key
from bots.ai.errors import translated
from bots.ai.http import shared_client

BASE_URL = "https://api.openai.com/v1"
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


class _RefusedError(Exception):
    """An answer that is no success, in the shape that `bots.ai.errors` reads."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response.status_code)
        self.status_code = response.status_code
        self.response = response
        try:
            self.body: Any = response.json()
        except ValueError:
            self.body = response.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcriber:
    """One connection to a transcription service. `timeout` is in seconds, for one whole call; `language` an ISO 639-1
    code, empty where the service is to find it out."""

    api_key: str
    base_url: str = ""
    model: str = MODEL
    language: str = ""
    timeout: float = 30.0
    private_hosts: Collection[str] = ()

    def transcribe(self, audio: bytes, *, content_type: str) -> str:
        """What is said; empty where nothing is. One attempt. Raises `AIError`, whose kind is `configuration` with
        status 400, 415 or 422 where the service cannot read the recording."""
        key = checked_key(self.api_key, provider=PROVIDER)
        url = checked_base_url(self.base_url.strip() or BASE_URL, provider=PROVIDER).rstrip("/")
        fields = {"model": self.model, "response_format": "json"}
        if self.language:
            fields["language"] = self.language
        with translated(provider=PROVIDER, sdk_error=_RefusedError, secret=key):
            response = shared_client(frozenset(self.private_hosts)).post(
                f"{url}/audio/transcriptions",
                headers={"Authorization": f"Bearer {key}"},
                data=fields,
                files={"file": (f"voice.{ENDINGS.get(content_type, 'ogg')}", audio, content_type)},
                timeout=self.timeout,
            )
            if response.status_code != HTTPStatus.OK:
                raise _RefusedError(response)
            text = response.json()["text"]
            if not isinstance(text, str):
                raise TypeError("text is no string")
            return text.replace("\0", "").strip()


def cannot_be_read(error: AIError) -> bool:
    """Whether the service was there and could do nothing with the recording."""
    return error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY)
