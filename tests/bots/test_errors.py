from __future__ import annotations

import logging
from typing import get_args

import pytest
from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig
from django.db import IntegrityError, InterfaceError, OperationalError

from bots.ai.base import AIError, AIErrorKind
from bots.errors import AI_ERRORS, ErrorHandler
from tenants.secrets import SecretUnreadableError
from tests.bots.factories import ADA


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RequestDataTooBig(), 413),
        (BadRequest(), 400),
        (DisallowedHost(), 400),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), 400),
        (OperationalError(), 503),
        (InterfaceError(), 503),
        (SecretUnreadableError(), 503),
        (IntegrityError(), 500),
        (RuntimeError(), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_webhooks_error_has_a_status_that_says_whether_to_try_again(error, status):
    response = ErrorHandler().handle_webhook_error(error)

    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/plain")


def test_the_answer_to_a_webhook_tells_nothing_of_the_error():
    response = ErrorHandler().handle_webhook_error(RuntimeError("a secret of ours"))

    assert b"secret" not in response.content


@pytest.mark.parametrize("kind", get_args(AIErrorKind))
def test_every_error_of_an_ai_has_a_sentence_for_the_contact(kind):
    error = AIError("Something is wrong", kind=kind)

    assert ErrorHandler().handle_ai_error(error, ADA) == AI_ERRORS[kind][0]


def test_the_log_of_an_ai_error_holds_neither_the_phone_nor_what_the_provider_wrote(caplog):
    error = AIError("The provider answered 400", kind="configuration", detail="the prompt, repeated")
    with caplog.at_level(logging.DEBUG):
        ErrorHandler().handle_ai_error(error, ADA)

    assert "The provider answered 400" in caplog.text
    assert ADA not in caplog.text
    assert "repeated" not in caplog.text
