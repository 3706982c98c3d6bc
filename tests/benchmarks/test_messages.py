"""What the benchmark posts is what Twilio would."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from benchmarks.messages import PATH, PUBLIC_URL, Tenant, as_http, call, message

TENANT = Tenant(slug="bakery", number="+14155550100", account_sid="AC" + "0" * 32, auth_token="token")


def test_a_message_is_signed_as_twilio_signs() -> None:
    post = message(TENANT, contact=7)
    fields = dict(parse_qsl(post.body.decode(), keep_blank_values=True))
    assert RequestValidator("token").validate(PUBLIC_URL + PATH, fields, post.signature)
    assert fields["From"] == "whatsapp:+4915100000007"


def test_every_message_has_a_sid_of_its_own() -> None:
    sids = [dict(parse_qsl(message(TENANT, contact=0).body.decode()))["MessageSid"] for _ in range(50)]
    assert len({*sids}) == 50
    assert {len(sid) for sid in sids} == {34}


def test_a_request_in_process_and_one_through_a_socket_carry_the_same_body() -> None:
    post, seen = message(TENANT, contact=0), []

    def application(environ, start_response):
        seen.append((environ["wsgi.input"].read(), environ["HTTP_X_TWILIO_SIGNATURE"]))
        start_response("200 OK", [])
        return [b""]

    call(application, post)
    head, _, body = as_http(post).partition(b"\r\n\r\n")
    assert seen == [(body, post.signature)]
    assert f"Content-Length: {len(body)}".encode() in head


def test_an_answer_other_than_200_breaks_the_measurement() -> None:
    def application(environ, start_response):
        start_response("403 Forbidden", [])
        return [b"no"]

    with pytest.raises(RuntimeError, match="403 Forbidden"):
        call(application, message(TENANT, contact=0))
