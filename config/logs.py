"""Log lines without people in them: phone numbers, addresses, keys and tokens are masked wherever they come from."""

from __future__ import annotations

import logging
import re

_SECRETS = re.compile(
    r"""
    (?P<number>(?:whatsapp:)?\+\d{6,15})            # E.164
    | (?P<user>whatsapp:[A-Z]{2}\.\w+)              # a WhatsApp user id, where the phone is hidden
    | (?P<email>[\w.+-]+@[\w-]+\.[\w.-]+)
    | (?P<key>\b(?:sk|pk|rk)-[\w-]{8,})             # OpenAI, Anthropic and their likes
    | (?P<fernet>\bgAAAA[\w=-]{40,})
    | (?P<url>(?<=://)[^/\s:@]*:[^/\s@]+(?=@))      # user:password@ of a URL
    | (?P<bearer>(?<=Bearer\ )\S+ | (?<=Basic\ )\S+)
    """,
    re.VERBOSE,
)


def redact(text: str) -> str:
    """`text` with each phone number, user id, e-mail address, key and password replaced by `***`."""
    return _SECRETS.sub("***", text)


class Redact(logging.Filter):
    """Masks the message itself. Callers log ids, not people; this is the second line of defence."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        return True


class LineFormatter(logging.Formatter):
    """`2026-11-22T10:00:00Z INFO bots.processor: text`; tracebacks are masked too, and keep no PostgreSQL DETAIL."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: object) -> str:
        # DETAIL quotes the row that broke a constraint: people's words and numbers.
        lines = super().formatException(ei).splitlines()  # type: ignore[arg-type]
        return redact("\n".join(line for line in lines if not line.startswith("DETAIL:")))
