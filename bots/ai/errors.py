"""What goes wrong at a provider, in our words: an `AIError` whose kind says what may be done about it.

Both SDKs come from one generator, so one translation reads the errors of either: `status_code`, `response`, `body`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from bots.ai.base import AIError, AIErrorKind
from bots.ai.network import AddressRefused, PlainTextRefused

#: Seconds. A provider may ask for an hour; nobody waits for an answer that long.
LONGEST_RETRY_AFTER = 30.0
DETAIL_LENGTH = 300

#: The provider's word decides before the HTTP status does: this 429 is not one that waiting helps.
KIND_BY_CODE: dict[str, AIErrorKind] = {
    "insufficient_quota": "configuration",
    "billing_hard_limit_reached": "configuration",
    "billing_not_active": "configuration",
    "billing_error": "configuration",
    "unsupported_country_region_territory": "configuration",
}

#: OpenAI's and Azure's words for a question that they will not answer.
REFUSALS = {"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}

KIND_BY_STATUS: dict[int, AIErrorKind] = {
    401: "credentials",
    403: "credentials",
    408: "unavailable",
    409: "unavailable",
    429: "rate_limited",
}

#: An error in the middle of a stream comes under status 200 or none, with only a word.
KIND_MIDWAY: dict[str, AIErrorKind] = {
    "authentication_error": "credentials",
    "permission_error": "credentials",
    "invalid_api_key": "credentials",
    "not_found_error": "configuration",
    "invalid_request_error": "configuration",
    "rate_limit_error": "rate_limited",
    "rate_limit_exceeded": "rate_limited",
}


@contextmanager
def translated(*, provider: str, sdk_error: type[Exception], secret: str) -> Iterator[None]:
    """Turn whatever a call to the SDK, and the reading of its answer, may raise into an `AIError`.

    The cause is cut off: an SDK's error repeats the server's words, and a traceback would carry them into the log.
    """
    try:
        yield
    except (sdk_error, httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise from_sdk(error, provider=provider, secret=secret) from None
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        # The SDKs do not check what a server sends: a wrong shape shows when it is used.
        raise AIError(f"{provider} gave an unreadable answer ({type(error).__name__})", kind="unavailable") from None


def from_sdk(error: Exception, *, provider: str, secret: str) -> AIError:
    causes = list(_causes(error))
    if any(isinstance(cause, AddressRefused) for cause in causes):
        return AIError(f"{provider}: the base URL leads to a private network", kind="configuration")
    if any(isinstance(cause, PlainTextRefused) for cause in causes):
        return AIError(f"{provider}: the base URL is no web address with https", kind="configuration")
    if any(isinstance(cause, (httpx2.InvalidURL, httpx2.UnsupportedProtocol)) for cause in causes):
        return AIError(f"{provider}: the base URL is not a web address", kind="configuration")
    if any(isinstance(cause, httpx2.TimeoutException) for cause in causes):
        return AIError(f"{provider} did not answer in time", kind="timeout")
    status: int | None = getattr(error, "status_code", None)
    body = error_body(error)
    code, words = error_code(body), error_words(body)
    if status is None and not words:
        return AIError(f"{provider} could not be reached ({type(causes[-1]).__name__})", kind="unavailable")
    response: httpx2.Response | None = getattr(error, "response", None)
    return AIError(
        f"{provider} answered {status or 'with an error'}" + (f" ({code})" if code else ""),
        kind=_kind(status=status, code=code),
        retry_after=retry_after(response.headers.get("retry-after", "")) if response else None,
        status=status,
        detail=(words.replace(secret, "[key]") if secret else words)[:DETAIL_LENGTH],
        is_refusal=code in REFUSALS,
    )


def empty_answer(*, provider: str, finish_reason: str | None) -> AIError:
    """A 200 without a word in it. A model that thinks first may spend all its tokens before it speaks."""
    if finish_reason == "length":
        return AIError(f"{provider}: max_tokens is too low for the model to answer", kind="configuration")
    return AIError(
        f"{provider} gave an empty answer ({_plain(finish_reason) or 'no reason'})",
        kind="unavailable",
        is_refusal=finish_reason == "content_filter",
    )


def _kind(*, status: int | None, code: str) -> AIErrorKind:
    if code in KIND_BY_CODE:
        return KIND_BY_CODE[code]
    if status is None or status < httpx2.codes.MULTIPLE_CHOICES:
        return KIND_MIDWAY.get(code, "unavailable")
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR:  # Anthropic's 529 "overloaded" too
        return "unavailable"
    return KIND_BY_STATUS.get(status, "configuration")


def error_code(body: Any) -> str:
    """The provider's own word for the error, if it is one that may go into a log."""
    if not isinstance(body, dict):
        return ""
    return _plain(body.get("code") or body.get("type"))


def _plain(word: Any) -> str:
    """A server's word if it is an identifier, as all the providers' are: nobody's message slips into a log with it."""
    return str(word) if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", str(word or "")) else ""


def error_words(body: Any) -> str:
    words = body.get("message") or body.get("detail") or "" if isinstance(body, dict) else body or ""
    return " ".join(str(words).split())


def error_body(error: Exception) -> Any:
    """What the provider says about the error: OpenAI's SDK has unwrapped it, Anthropic's has not, others vary."""
    body = getattr(error, "body", None)
    return body["error"] if isinstance(body, dict) and body.get("error") else body


def retry_after(header: str) -> float | None:
    """Seconds to wait, from a Retry-After header (RFC 9110: seconds or a date); None if it says nothing readable."""
    if re.fullmatch(r"\d{1,9}(\.\d+)?", header.strip()):
        seconds = float(header)
    else:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on down to the socket."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
