"""Values that carry secrets from here to there show none of them: not to a log line, not to a report of an error."""

from __future__ import annotations

from typing import Any

import pytest

from bots.ai.embeddings import Embedder
from bots.ai.transcription import Transcriber
from bots.channels.proof import Line
from bots.onboarding import Secrets

SECRET = "sk-nobody-shall-read-this"


@pytest.mark.parametrize(
    "carrier",
    [
        Embedder(api_key=SECRET),
        Transcriber(api_key=SECRET),
        Line(provider="twilio", address="+14155238886", account_id="AC1", credentials={"auth_token": SECRET}),
        Secrets(
            password=SECRET,
            channel={"auth_token": SECRET},
            api_key=SECRET,
            fallback_api_key=SECRET,
            transcription_api_key=SECRET,
        ),
    ],
    ids=lambda carrier: type(carrier).__name__,
)
def test_what_carries_a_secret_prints_without_it(carrier: Any) -> None:
    assert SECRET not in f"{carrier!r} {carrier}"
