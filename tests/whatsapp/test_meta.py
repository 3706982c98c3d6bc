"""What is Meta's own: its address, its two kinds of recipients, its limits."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
from requests import Session

from bots.whatsapp import build_client, meta, meta_media, meta_templates
from bots.whatsapp.base import OutgoingFile, WhatsAppError
from bots.whatsapp.downloads import Limits
from bots.whatsapp.meta_fields import GRAPH, VERSION

USER_ID = "US.13491208655302741918"


def test_without_an_override_metas_own_host_is_asked(monkeypatch):
    asked = []

    def send(_session, prepared, **options):
        asked.append((prepared.url, options["timeout"], options["allow_redirects"], prepared.headers["Authorization"]))
        raise ConnectionError

    monkeypatch.setattr(Session, "send", send)
    client = build_client(provider="meta", address="1065", account_id="", credentials={"access_token": "t"})
    with pytest.raises(WhatsAppError):
        client.send_message("+4915112345601", "hello")

    assert asked == [("https://graph.facebook.com/v24.0/1065/messages", meta.TIMEOUT, False, b"Bearer t")]


@pytest.mark.parametrize("provider", ["meta"])
def test_somebody_without_a_phone_number_is_written_to_by_their_user_id(client, far_end):
    client.send_message(USER_ID, "hello")

    assert [reply["to"] for reply in far_end.phone.replies(number=far_end.address, user=USER_ID)] == [USER_ID]


@pytest.mark.parametrize("provider", ["meta"])
@pytest.mark.parametrize(
    ("code", "status", "pace"), [(131056, 400, (1.0, 4.0)), (130429, 429, (5.0, 1.0)), (131016, 500, (5.0, 1.0))]
)
def test_a_limit_or_an_outage_that_took_nothing_is_tried_again_without_doubt(client, far_end, code, status, pace):
    far_end.fails("messages.create", mode="status", status=status, code=code)
    with pytest.raises(WhatsAppError) as caught:
        client.send_message(far_end.to, "hello")

    error = caught.value
    assert (error.permanent, error.uncertain, error.credentials) == (False, False, False)
    assert (error.retry_after, error.retry_factor) == pace


@pytest.mark.parametrize("provider", ["meta"])
@pytest.mark.parametrize("code", [0, 10, 190, 131042])
def test_what_only_an_admin_can_mend_is_named_as_such(client, far_end, code):
    far_end.fails("messages.create", mode="status", status=400, code=code)
    with pytest.raises(WhatsAppError) as caught:
        client.send_message(far_end.to, "hello")

    assert (caught.value.credentials, caught.value.permanent, caught.value.code) == (True, True, str(code))


@pytest.mark.parametrize("provider", ["meta"])
def test_typing_marks_the_message_as_read_in_the_same_call(client, far_end):
    sid = far_end.phone.send(user=far_end.to, number=far_end.address, body="hi")["sid"]
    client.send_typing_indicator(far_end.to, message_id=sid)

    assert far_end.phone.requests()["calls"] == {"typing": 1}


@pytest.mark.parametrize("provider", ["meta"])
def test_a_file_is_handed_over_as_it_is(client, far_end):
    content = bytes(range(256)) + b"\r\n\r\r\n--"
    file = OutgoingFile(
        kind="document", content_type="application/pdf", name="menu.pdf", url="", open=lambda: BytesIO(content)
    )
    client.send_file(far_end.to, file)

    (message,) = far_end.received()
    kept = BytesIO()
    limits = Limits(most_bytes=1000, ends=time.monotonic() + 5)
    assert client.fetch_media(f"{GRAPH}/{VERSION}/{message['media']}", limits=limits, into=kept) == "application/pdf"
    assert (message["kind"], kept.getvalue()) == ("document", content)


@pytest.mark.parametrize("provider", ["meta"])
def test_a_file_that_took_too_long_to_hand_over_is_not_sent(client, far_end, monkeypatch):
    """Somebody else may be sending it by now."""
    monkeypatch.setattr(meta_media, "LONGEST_UPLOAD", 0.0)
    file = OutgoingFile(
        kind="document", content_type="application/pdf", name="menu.pdf", url="", open=lambda: BytesIO(b"%PDF-")
    )
    with pytest.raises(WhatsAppError) as caught:
        client.send_file(far_end.to, file)

    assert (caught.value.permanent, caught.value.uncertain) == (True, False)
    assert far_end.received() == []


@pytest.mark.parametrize("provider", ["meta"])
def test_a_text_may_answer_to_one_message_in_particular(client, far_end):
    client.send_message(far_end.to, "2.40", quoted="wamid.asked")

    assert [reply["quoted"] for reply in far_end.received()] == ["wamid.asked"]


@pytest.mark.parametrize("provider", ["meta"])
def test_without_the_accounts_id_no_templates_are_known(connect):
    assert connect(account_id="").list_templates() == []


def test_templates_that_need_more_than_words_are_left_out():
    def listed(*components, status="APPROVED"):
        body = {"type": "BODY", "text": "Hi {{name}}"}
        return {"id": "7", "name": "hi", "language": "en", "status": status, "components": [body, *components]}

    fitting = [listed(), listed({"type": "FOOTER", "text": "Acme"}), listed({"type": "HEADER", "text": "Acme"})]
    others = [
        listed({"type": "HEADER", "format": "IMAGE"}),
        listed({"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://acme.example/{{1}}"}]}),
        listed(status="PAUSED"),
        {"status": "APPROVED", "components": None},
        "nonsense",
    ]

    assert [one.variables for one in meta_templates.approved({"data": fitting + others})] == [("name",)] * 3
    assert meta_templates.approved({"error": {}}) == []


def test_named_variables_are_filled_by_name():
    [template] = meta_templates.approved(
        {"data": [{"name": "hi", "status": "APPROVED", "components": [{"type": "BODY", "text": "Hi {{first_name}}"}]}]}
    )
    [body] = meta_templates.content(template, variables={"first_name": "Ada"})["components"]

    assert body["parameters"] == [{"type": "text", "text": "Ada", "parameter_name": "first_name"}]
