"""Log lines without people in them: phone numbers, addresses, keys and tokens are masked wherever they come from."""

from __future__ import annotations

import logging
import re

_SECRETS = re.compile(
    r"""
    (?P<number>(?:whatsapp(?::|%3A))?(?:\+|%2B)\d{6,15})   # E.164, also in a URL
    | (?P<user>whatsapp(?::|%3A)[A-Z]{2}\.[\w.-]+)        # a WhatsApp user id, where the phone is hidden
    | (?P<email>[\w.+-]+@[\w-]+\.[\w.-]+)
    | (?P<key>\b(?:sk|pk|rk)-[\w-]{8,})             # OpenAI, Anthropic and their likes
    | (?P<fernet>\bgAAAA[\w=-]{40,})
    | (?P<url>(?<=://)[^/\s:@]*:[^/\s@]+(?=@))      # user:password@ of a URL
    | (?P<bearer>(?<=Bearer\ )\S+ | (?<=Basic\ )\S+)
    """,
    re.VERBOSE,
)
#: DETAIL quotes the row that broke a constraint, line breaks and all, LINE the statement with its values, CONTEXT the
#: JSON that was read: people's words and numbers. What follows in the same message (HINT) cannot be told from it.
_QUOTED_ROW = re.compile(
    r"^(?:DETAIL|LINE \d+|CONTEXT):.*?(?=^(?:The above exception|During handling of the above)|\Z)", re.M | re.S
)


def redact(text: str) -> str:
    """`text` with each phone number, user id, e-mail address, key and password replaced by `***`."""
    return _SECRETS.sub("***", text)


class Redact(logging.Filter):
    """Masks the message itself. Callers log ids, not people; this is the second line of defence."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # Arguments that do not fit their text: no reason for whoever logs to fail.
            text = str(record.msg)
        record.msg, record.args = redact(text), None
        return True


class LineFormatter(logging.Formatter):
    """`2026-11-22T10:00:00Z INFO bots.processor: text`; tracebacks are masked too, and keep no PostgreSQL DETAIL."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: object) -> str:
        text = super().formatException(ei)  # type: ignore[arg-type]
        return redact(_QUOTED_ROW.sub("", text).rstrip())
