"""What follows from an error: a status for the provider, a sentence for the contact, a line in the log."""

from __future__ import annotations

import logging

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError

from bots import texts
from bots.ai.base import AIError, AIErrorKind
from bots.rules import Reason
from tenants.context import DATABASE_AWAY
from tenants.secrets import SecretUnreadableError

logger = logging.getLogger(__name__)

#: The AI's error -> what the contact reads, and what the message's outcome says.
AI_ERRORS: dict[AIErrorKind, tuple[str, Reason]] = {
    "unavailable": (texts.AI_UNAVAILABLE, "ai_unavailable"),
    "rate_limited": (texts.AI_UNAVAILABLE, "ai_unavailable"),
    "timeout": (texts.AI_UNAVAILABLE, "ai_timeout"),
    "credentials": (texts.INVALID_CONFIGURATION, "ai_configuration"),
    "configuration": (texts.INVALID_CONFIGURATION, "ai_configuration"),
}


class ErrorHandler:
    """The one place where an error becomes an answer. Nothing is logged that a person wrote or that names one."""

    def handle_webhook_error(self, error: Exception) -> HttpResponse:
        """What the provider is told. 5xx makes it try again; 4xx says that trying again is useless."""
        if isinstance(error, RequestDataTooBig):
            return _plain(413, "The request is too large.")
        if isinstance(error, BadRequest | SuspiciousOperation | UnicodeError | UnreadablePostError):
            return _plain(400, "The request is malformed.")
        if isinstance(error, DATABASE_AWAY):
            logger.error("A webhook could not be kept: the database does not answer (%s)", type(error).__name__)
            return _plain(503, "The service is unavailable. Please try again.")
        self.handle_system_error(error)
        if isinstance(error, SecretUnreadableError):
            return _plain(503, "The service is unavailable. Please try again.")
        return _plain(500, "The request failed.")

    def handle_ai_error(self, error: AIError, user_phone: str) -> str:
        """The sentence for the contact. `user_phone` stays out of the log."""
        logger.warning("The AI gave no answer after %d calls: %s (%s)", error.attempts, error, error.kind)
        return AI_ERRORS[error.kind][0]

    def handle_system_error(self, error: BaseException) -> None:
        """Log what nobody expected, with its traceback."""
        logger.error("Unexpected %s", type(error).__name__, exc_info=error)


def _plain(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
