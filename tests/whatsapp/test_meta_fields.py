"""Meta's words become ours."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.whatsapp import meta_fields
from bots.whatsapp.base import Incoming, MalformedError

FIXTURES = Path(__file__).parent.parent / "fixtures" / "webhooks"
PERSON = "DE.13491208655302741918"
SIGNED = "aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494"


def body(name: str) -> bytes:
    return (FIXTURES / f"meta_{name}.json").read_bytes()


def parts(name: str, which="messages"):
    return [part for change in meta_fields.changes(body(name)) for part in change.each(which)]


def read(name: str) -> Incoming:
    (part,) = parts(name)
    return meta_fields.parse(part)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text", "text", "How much is a croissant?"),
        ("image", "image", "Is this bread?"),
        ("voice", "audio", ""),
        ("document", "document", ""),
        ("sticker", "sticker", ""),
        ("button", "button", "Yes, please"),
        ("reply_button", "button", "Yes"),
        ("list", "button", "Rye loaf"),
        ("location", "location", "Location: Office, Alexanderplatz 1 (52.52, 13.405)"),
        ("contacts", "contacts", ""),
        ("reaction", "reaction", "👍"),
        ("unsupported", "unsupported", ""),
    ],
)
def test_each_type_has_a_kind_and_its_words(name, kind, text):
    incoming = read(name)
    assert (incoming.kind, incoming.text, incoming.profile_name) == (kind, text, "Ada")


@pytest.mark.parametrize(
    ("name", "sender", "reply_to", "phone"),
    [
        ("text", PERSON, "+4915112345601", "+4915112345601"),
        ("phone_only", "+4915112345601", "+4915112345601", "+4915112345601"),
        ("username", "US.13491208655302741918", "US.13491208655302741918", ""),
    ],
)
def test_a_contact_is_their_user_id_and_is_answered_on_their_phone_where_there_is_one(name, sender, reply_to, phone):
    incoming = read(name)
    assert (incoming.sender, incoming.reply_to, incoming.phone) == (sender, reply_to, phone)


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("button", {"button_payload": "YES", "replied_to": "wamid.ours"}),
        ("reply_button", {"button_payload": "yes"}),
        ("list", {"button_payload": "rye"}),
        ("document", {"file_name": "order.pdf"}),
        ("contacts", {"contact_names": ["Grace Hopper"]}),
        ("reaction", {"reacted_to": "wamid.ours"}),
        ("unsupported", {"type": "unsupported"}),
    ],
)
def test_what_stands_beside_the_words_is_kept(name, details):
    assert read(name).details == details


def test_a_file_is_named_by_its_object_at_the_graph_api():
    (media,) = read("voice").media
    assert media.url == "https://graph.facebook.com/v24.0/1908647269898588"
    assert media.content_type == "audio/ogg; codecs=opus"


def test_all_of_many_entries_changes_messages_and_statuses_are_found():
    found = meta_fields.changes(body("many"))
    assert [change.phone_number_id for change in found] == ["106540352242922"] * 2 + ["206540352242922"]
    read_ones = [meta_fields.parse(part) for part in parts("many")]
    assert [(one.text, one.profile_name) for one in read_ones] == [("one", "Ada"), ("two", "Grace"), ("three", "Ada")]
    reports = [meta_fields.parse_status(part) for part in parts("many", "statuses")]
    assert [(report.external_id, report.status) for report in reports if report] == [
        ("wamid.a", "sent"),
        ("wamid.b", "read"),
    ]


def test_a_status_brings_back_what_the_send_carried_along():
    (part,) = parts("status_delivered", "statuses")
    report = meta_fields.parse_status(part)
    assert report is not None
    assert (report.status, report.carried) == ("delivered", "0a0e8a5e-5f3c-4a55-8f1c-7f1e1d9b6a11")


def test_a_failure_says_why():
    (part,) = parts("status_failed", "statuses")
    report = meta_fields.parse_status(part)
    assert report is not None
    assert (report.status, report.error_code, report.error_text) == (
        "failed",
        "131047",
        "More than 24 hours have passed.",
    )


def test_a_status_that_we_do_not_know_is_none():
    assert meta_fields.parse_status({"statuses": [{"id": "wamid.x", "status": "warning"}]}) is None


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text"},
        {"id": "", "from": "49"},
        {"id": "wamid.x"},
        {"id": "x" * 161, "from": "49"},
        {"id": "wamid.x", "from": "4" * 16},
        {"id": "wamid.x", "from": "DROP TABLE"},
        {"id": "wamid.x", "from_user_id": "U" * 161},
    ],
)
def test_a_message_without_an_id_or_a_sender_is_malformed(message):
    with pytest.raises(MalformedError):
        meta_fields.parse({"messages": [message]})


def test_text_is_kept_without_what_postgresql_cannot_hold():
    message = {"id": "wamid.x", "from": "49151", "type": "text", "text": {"body": "cro\0issant \ud800"}}
    assert meta_fields.parse({"messages": [message]}).text == "croissant \N{REPLACEMENT CHARACTER}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "from", "type", "text", "body", "contacts", "profile", "image", "mime_type", "errors"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(json_values, json_values)
def test_whatever_a_message_or_status_holds_it_is_read_or_malformed(item, beside):
    if not isinstance(item, dict):
        return
    with suppress(MalformedError):
        meta_fields.parse({"messages": [item], "contacts": beside})
    with suppress(MalformedError):
        meta_fields.parse_status({"statuses": [item]})


def test_the_apps_own_signature_is_valid_and_no_other():
    # Computed by: printf '{"a":1}' | openssl dgst -sha256 -hmac secret
    signature = "sha256=" + SIGNED
    assert meta_fields.signature_is_valid(body=b'{"a":1}', signature=signature, app_secret="secret")
    for wrong in ("", "sha256=", signature[:-1], SIGNED, "é"):
        assert not meta_fields.signature_is_valid(body=b'{"a":1}', signature=wrong, app_secret="secret")
    assert not meta_fields.signature_is_valid(body=b'{"a":1} ', signature=signature, app_secret="secret")
    assert not meta_fields.signature_is_valid(body=b'{"a":1}', signature=signature, app_secret="other")
    assert not meta_fields.signature_is_valid(body=b'{"a":1}', signature=signature, app_secret="")
