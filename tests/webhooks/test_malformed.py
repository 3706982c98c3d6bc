"""Whatever is posted, by whomever: the answer says what is wrong with it, and is never a server error."""

from __future__ import annotations

import io
import json
import os
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.webhooks.posting import (
    FORM,
    STATUS,
    WEBHOOK,
    bells,
    deliver,
    logs,
    messages,
    nothing_kept,
    payload,
    post,
    signature,
    unrouted,
    without,
)
from webhooks.middleware import ProviderMiddleware

pytestmark = pytest.mark.django_db

GOOD = urlencode(payload("text")).encode()
LARGEST = 64 * 1024
fuzz = settings(
    max_examples=int(os.environ.get("EXAMPLES", "150")),
    deadline=None,
    database=None,
    # The rows of all examples are in one transaction: what an example leaves behind is what it asserts.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("name", ["From", "MessageSid"])
@pytest.mark.parametrize("value", [None, "", "  ", "\0"])
def test_a_signed_message_without_a_sender_or_an_id_is_malformed(name: str, value: str | None) -> None:
    fields = without(payload("text"), name) if value is None else payload("text", **{name: value})
    assert deliver(fields).status_code == 400
    assert nothing_kept()
    (log,) = logs()
    assert (log.outcome, log.response_status, log.message) == ("malformed", 400, None)
    assert name in log.error


@pytest.mark.parametrize("value", [None, "", "  ", "\0", "whatsapp:", "whatsapp:+" + "5" * 5000])
def test_a_message_to_no_destination_is_malformed(value: str | None) -> None:
    fields = without(payload("text"), "To") if value is None else payload("text", To=value)
    assert deliver(fields).status_code == 400
    assert nothing_kept()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("From", "whatsapp:+" + "1" * 30),
        ("From", "whatsapp:DE." + "x" * 1000),
        ("ExternalUserId", "whatsapp:DE." + "x" * 1000),
        ("MessageSid", "SM" + "0" * 1000),
        ("From", "whatsapp:"),
        ("From", "whatsapp:+" + "1" * 17),
    ],
)
def test_a_signed_message_whose_names_cannot_be_kept_is_malformed(name: str, value: str) -> None:
    assert deliver(payload("text", **{name: value})).status_code == 400
    assert nothing_kept()
    assert [(log.outcome, log.response_status) for log in logs()] == [("malformed", 400)]


@pytest.mark.parametrize("count", ["9" * 5000, "-1", "1e9", "٣", "0x1", "many", ""])
def test_a_nonsensical_number_of_files_is_no_obstacle(count: str) -> None:
    assert deliver(payload("text", NumMedia=count)).status_code == 200
    assert messages()[0].media == []


@pytest.mark.parametrize("path", ["/api/whatsapp/webhook/", STATUS])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(payload("text")).encode(), "application/json"),
        (GOOD, "application/json"),
        (GOOD, "text/plain"),
        (GOOD, ""),
        (GOOD, "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="To"\r\n\r\n+14155238886\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
        (b"", FORM),
        (b"&", FORM),
        (b"garbage", FORM),
        (b"To", FORM),
        (b"\0\0\0", FORM),
        (b"\xff\xfe=\xff", FORM),
        (GOOD + b"&Extra=%FF%FE", FORM),
        (GOOD + b"&%C3=1", FORM),
        # Lone surrogates, as CESU-8 and as some JavaScript writes them.
        (GOOD + b"&Extra=%ED%A0%80", FORM),
        (GOOD + b"&Extra=\xed\xa0\x80", FORM),
        (GOOD + b"&&", FORM),
        (GOOD + b"&To=whatsapp%3A%2B14155550199", FORM),
        (GOOD + b"&Body=other", FORM),
        ("&".join(f"f{number}=" for number in range(10_000)).encode()[: LARGEST - 100].rpartition(b"&")[0], FORM),
        (GOOD + b"".join(b"&f%d=" % number for number in range(1000)), FORM),
    ],
)
def test_what_is_no_form_is_malformed(path: str, body: bytes, content_type: str) -> None:
    """Also with a signature, which does not make sense of it."""
    for signed in (None, signature(payload("text"))):
        assert post(body, path=path, content_type=content_type, signed=signed).status_code == 400
    assert nothing_kept()


@pytest.mark.parametrize("number", ["whatsapp:+14155238886\0", "\0+1415523\0" + "8886"])
def test_nul_in_a_destination_neither_hides_it_nor_opens_it(number: str) -> None:
    assert post(urlencode(payload("text", To=number)).encode(), signed="forged").status_code == 403
    assert nothing_kept()
    assert deliver(payload("text", To=number)).status_code == 200
    assert deliver(payload("status", From=number), path=STATUS).status_code == 204


@pytest.mark.parametrize("body", [b"Body=%ZZ", b"Body=%", b"Body=100%25%2"])
def test_percent_signs_that_encode_nothing_are_taken_as_they_are(body: bytes) -> None:
    rest = urlencode(without(payload("text"), "Body")).encode()
    fields = payload("text", Body=body.removeprefix(b"Body=").decode().replace("%25", "%"))
    assert post(rest + b"&" + body, signed=signature(fields)).status_code == 200
    assert messages()[0].content == fields["Body"]


@pytest.mark.parametrize("content_type", [FORM, "application/json", "multipart/form-data; boundary=x"])
def test_a_body_above_the_limit_is_too_large(content_type: str) -> None:
    fields = payload("text", Body="x" * LARGEST)
    body = urlencode(fields).encode()
    assert post(body, content_type=content_type, signed=signature(fields)).status_code == 413
    assert nothing_kept()
    assert not logs()


class Unread(io.RawIOBase):
    """A body that nobody may read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("path", [WEBHOOK, STATUS])
@pytest.mark.parametrize("content_type", [FORM, "application/json", "text/plain", ""])
def test_ten_megabytes_are_refused_unread_on_the_short_way(path: str, content_type: str) -> None:
    assert by_the_short_way(path, content_type, length=10 * 1024 * 1024, body=Unread()) == 413


class BrokenOff(io.RawIOBase):
    """A body whose sender went away."""

    def read(self, *_: object) -> bytes:
        raise ConnectionResetError


@pytest.mark.parametrize("path", [WEBHOOK, STATUS])
@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_a_sender_who_goes_away_in_the_middle_is_no_fault_of_ours(
    path: str, content_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert by_the_short_way(path, content_type, length=1000, body=BrokenOff()) == 400
    assert not [line for line in caplog.records if line.levelname == "ERROR"]
    assert nothing_kept()


def by_the_short_way(path: str, content_type: str, *, length: int, body: io.RawIOBase) -> int:
    """The status of the answer to a post of this body."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(length),
        "HTTP_HOST": "bots.example.com",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_HUB_SIGNATURE_256": "sha256=00",
        "wsgi.input": body,
        "wsgi.url_scheme": "http",
    }

    def long_way(_: HttpRequest) -> HttpResponse:
        raise AssertionError("the long way was taken")

    return ProviderMiddleware(long_way)(WSGIRequest(environ)).status_code


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 5000, "0x10", "٣", ""])
def test_a_nonsensical_length_is_no_server_error(length: str) -> None:
    for path in (WEBHOOK, STATUS):
        response = post(GOOD, path=path, signed="x", headers={"content-length": length})
        assert response.status_code in (400, 403, 404, 413)
    assert nothing_kept()


@pytest.mark.parametrize("value", ["é", "\udcff", "\0", "=" * 100_000])
@pytest.mark.parametrize("header", ["x-twilio-signature", "x-twilio-webhooks-signature-settings", "user-agent"])
def test_no_header_at_all_makes_a_server_error(header: str, value: str) -> None:
    headers = {"x-twilio-signature": "x", header: value}
    for path, body in ((WEBHOOK, GOOD), (STATUS, urlencode(payload("status")).encode())):
        assert post(body, path=path, headers=headers).status_code in (400, 403)
    assert nothing_kept()


@pytest.mark.parametrize("host", ["bots.example.com:no", "", "\0", "bots.example.com/"])
def test_a_host_that_is_none_is_malformed_on_the_short_way(host: str) -> None:
    assert post(GOOD, signed="x", headers={"host": host}).status_code == 400
    assert nothing_kept()


def test_a_body_at_the_limit_is_kept_whole_and_logged_in_part() -> None:
    room = LARGEST - len(urlencode(payload("text", Body="")))
    fields = payload("text", Body="x" * room)
    assert deliver(fields).status_code == 200
    assert len(messages()[0].content) == room
    assert len(logs()[0].body["Body"]) == 2000


@fuzz
@given(body=st.binary(max_size=3000))
@example(b"=")
@example(b"%00=%00")
@example(b"To=%00")
def test_no_bytes_at_all_make_a_server_error(body: bytes) -> None:
    for path in ("/api/whatsapp/webhook/", STATUS):
        assert post(body, path=path, signed="x").status_code in (400, 403, 404)
    assert nothing_kept()


@fuzz
@given(
    changes=st.dictionaries(
        st.sampled_from(
            [*payload("text"), "ExternalUserId", "Latitude", "Longitude", "MediaUrl0", "ButtonText", "Label"]
        ),
        st.one_of(st.text(max_size=300), st.sampled_from(["1", "3", "button", "location", "whatsapp:+", "99999"])),
    )
)
@example({"NumMedia": "9", "MediaUrl0": "\0", "MediaUrl8": "http://["})
def test_no_signed_fields_at_all_make_a_server_error(changes: dict[str, str]) -> None:
    """200 is said of what was kept, and of nothing else."""
    before = len(messages())
    response = deliver(payload("text", **without(changes, "To", "AccountSid")))
    known = {message.external_id for message in messages()}
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        sid = changes.get("MessageSid", payload("text")["MessageSid"]).replace("\0", "").strip()
        assert sid in known
    else:
        assert len(known) == before
    assert len(bells()) == len(known)


@fuzz
@given(
    changes=st.dictionaries(
        st.sampled_from([*payload("status"), "ErrorCode", "ErrorMessage", "ChannelStatusMessage", "EventType"]),
        st.one_of(st.text(max_size=300), st.sampled_from(["READ", "sent", "failed", "queued", "DELIVERED"])),
    )
)
def test_no_signed_status_at_all_makes_a_server_error(changes: dict[str, str]) -> None:
    response = deliver(payload("status", **without(changes, "From", "AccountSid")), path=STATUS)
    assert response.status_code in (204, 400)


def test_what_reaches_no_tenant_is_noted_for_the_platform(public_client: Client) -> None:
    for body, content_type in (("{}", "application/json"), ("a=1", FORM), ("a=" + "x" * 70_000, FORM)):
        public_client.post(WEBHOOK, body, content_type=content_type)

    assert [(kept.response_status, kept.fields) for kept in unrouted()] == [(400, []), (400, ["a"]), (413, [])]
