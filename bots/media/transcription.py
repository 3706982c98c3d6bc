"""Voice notes, written down by the tenant's transcription service."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings

from bots.ai.base import AIError
from bots.ai.breaker import breaker_of
from bots.ai.retries import with_retries
from bots.ai.transcription import Transcriber, cannot_be_read
from bots.media import keeping
from bots.media.files import Problem
from bots.models import AIConfiguration, MediaFile
from bots.storable import storable
from tenants.context import release_connection
from tenants.secrets import SecretUnreadableError

logger = logging.getLogger(__name__)

#: Calls, and seconds after the first within which the last may begin: somebody waits for an answer.
ATTEMPTS, WITHIN = 3, 20.0
#: Characters: a voice note of a quarter of an hour.
LONGEST_TRANSCRIPT = 12_000


def is_connected(configuration: AIConfiguration) -> bool:
    """Whether voice notes are written down at all."""
    try:
        return bool(configuration.transcription_api_key)
    except SecretUnreadableError as error:
        logger.error("The transcription service cannot be asked: %s", error)
        return False


def call_lease() -> float:
    """Seconds: one call, and the longest wait before it, are over by then."""
    return settings.AI_REQUEST_TIMEOUT + 15.0


def transcriber_of(configuration: AIConfiguration) -> Transcriber:
    """The tenant's own service: the platform's key never pays for it, and never goes there."""
    return Transcriber(
        api_key=configuration.transcription_api_key,
        base_url=configuration.transcription_base_url,
        model=configuration.transcription_model,
        language=configuration.transcription_language,
        timeout=settings.AI_REQUEST_TIMEOUT,
        private_hosts=settings.PRIVATE_NETWORK_ALLOWLIST,
    )


def transcribe(row: MediaFile, *, configuration: AIConfiguration, before_call: Callable[[], None]) -> None:
    """Fill the row's `text` or its `error`, and save it. `before_call` runs before each call."""
    transcriber = transcriber_of(configuration)
    with keeping.open_file(row) as content:
        audio = content.read()

    def ready() -> None:
        before_call()
        # Nobody holds a database connection while somebody else's server listens.
        release_connection()

    try:
        text, _ = with_retries(
            lambda: transcriber.transcribe(audio, content_type=row.content_type),
            attempts=ATTEMPTS,
            within=WITHIN,
            before_attempt=ready,
            guard=breaker_of(transcriber).call,
        )
    except AIError as error:
        logger.warning("Voice note %s was not written down: %s (%s)", row.id, error, error.kind)
        problem: Problem = "unreadable" if cannot_be_read(error) else "not_heard"
        row.error = problem
    else:
        row.text = storable(text)[:LONGEST_TRANSCRIPT]
        row.error = "" if row.text else "empty"
        row.state = MediaFile.State.READ
    row.save()
