"""No line of a log names a person or opens a door."""

from __future__ import annotations

import io
import logging

import pytest

from config.logs import LineFormatter, Redact, redact

#: What Fernet made of a secret.
TOKEN = "gAAAAABrAyVYKV-3eCKqPGxVNQK0WnV0SLsPOXcOvS64sd_o3knqQto6bC6JqY5dNOOdQCHeUkFt9uXvk76dnH0OwmPZbVa3Ng=="


@pytest.mark.parametrize(
    "secret",
    [
        "+4915112345601",
        "whatsapp:+14155238886",
        "whatsapp%3A%2B14155238886",
        "%2B14155238886",
        "whatsapp:DE.ada_lovelace_42",
        "whatsapp:GB.ada.lovelace-42",
        "ada.lovelace+bots@example.co.uk",
        "sk-proj-abcDEF0123456789_-x",
        "sk-ant-api03-abcDEF0123456789",
        TOKEN,
    ],
)
@pytest.mark.parametrize("around", ["{}", "to {} now", "({})", "'{}',", "To={}&x=1", '{{"to": "{}"}}'])
def test_people_and_keys_are_masked_wherever_they_stand(secret: str, around: str) -> None:
    masked = redact(around.format(secret))
    assert masked == around.format("***")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgresql://user:pass@host:5432/db", "postgresql://***@host:5432/db"),
        ("redis://:pass@host:6379/0", "redis://***@host:6379/0"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("Authorization: Basic QUM6dG9rZW4=", "Authorization: Basic ***"),
        ("+14155238886, +14155238887", "***, ***"),
    ],
)
def test_urls_and_headers_keep_all_but_their_secret(text: str, masked: str) -> None:
    assert redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Tenant 12 could not be swept (OperationalError)",
        "conversation 0b0cbb0e-4c3f-4d4e-9d0e-0a6f6b1f2c11",
        "2026-11-22T10:00:00Z 1+1=2, +5 C, 99.95 euro",
        "http://127.0.0.1:8000/readyz?a=b",
        "Twilio answered 400 with error 63016",
        "GET /api/whatsapp/webhook/ 200",
    ],
)
def test_everything_else_stays_readable(text: str) -> None:
    assert redact(text) == text


@pytest.fixture
def log() -> logging.Logger:
    """A logger that writes as the processes do, to `log.stream`."""
    logger = logging.Logger("test")
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(LineFormatter())
    handler.addFilter(Redact())
    logger.addHandler(handler)
    return logger


def lines(log: logging.Logger) -> str:
    (handler,) = log.handlers
    assert isinstance(handler, logging.StreamHandler)
    return handler.stream.getvalue()


def test_arguments_are_masked_too(log: logging.Logger) -> None:
    log.info("Sent to %s by %s: %d", "whatsapp:+14155238886", "ada@example.com", 200)
    assert "INFO test: Sent to *** by ***: 200" in lines(log)


def test_a_line_whose_arguments_do_not_fit_is_no_error(log: logging.Logger) -> None:
    log.info("%d of them", "+14155238886")
    log.info("no place for it", "+14155238886")  # noqa: PLE1205
    log.info("%(name)s", {"other": 1})
    assert "%d of them" in lines(log)
    assert "no place for it" in lines(log)
    assert "+1415" not in lines(log)


def test_tracebacks_are_masked(log: logging.Logger) -> None:
    log.error("It broke", exc_info=ValueError("no answer from +14155238886 with sk-abcdefghijkl"))
    assert "ValueError: no answer from *** with ***" in lines(log)


def test_tracebacks_lose_what_postgresql_quotes_of_a_row(log: logging.Logger) -> None:
    row = "DETAIL:  Failing row contains (1, my words\n\nin two paragraphs\nHINT: they say, t).\nCONTEXT:  COPY, line 1: more words"
    again = RuntimeError(f"again\n{row}\n")
    again.__cause__ = ValueError(f"null value violates not-null constraint\n{row}\n")
    log.error("It broke", exc_info=again)
    assert "ValueError: null value violates not-null constraint" in lines(log)
    assert "The above exception was the direct cause" in lines(log)
    assert "RuntimeError: again" in lines(log)
    assert "words" not in lines(log)
    assert "paragraphs" not in lines(log)
    assert "they say" not in lines(log)


@pytest.mark.parametrize(
    "quote", ["LINE 1: SELECT 'my words'\n               ^", "CONTEXT:  JSON data, line 1: my words"]
)
def test_tracebacks_lose_what_postgresql_quotes_of_a_statement(log: logging.Logger, quote: str) -> None:
    log.error("It broke", exc_info=ValueError(f"invalid input syntax for type json\n{quote}\n"))
    assert "ValueError: invalid input syntax for type json" in lines(log)
    assert "words" not in lines(log)


def test_a_line_begins_with_its_time_in_utc(log: logging.Logger) -> None:
    log.warning("Now")
    time, level, name, text = lines(log).strip().split(" ")
    assert time.endswith("Z")
    assert (level, name, text) == ("WARNING", "test:", "Now")
