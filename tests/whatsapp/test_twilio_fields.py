from __future__ import annotations

import json

import pytest

from bots.whatsapp import twilio_fields
from bots.whatsapp.base import MalformedError
from tests.databases import PROJECT

ADA, GRACE = "+4915112345601", "US.13491208655302741918"


def payload(name: str, **changes: str) -> dict[str, str]:
    return {**json.loads((PROJECT / f"tests/fixtures/webhooks/twilio_{name}.json").read_text()), **changes}


def parsed(name: str, **changes: str):
    return twilio_fields.parse(payload(name, **changes))


def without(name: str, *fields: str) -> dict[str, str]:
    return {key: value for key, value in payload(name).items() if key not in fields}


# Who


def test_a_text_has_a_sender_words_and_an_id():
    incoming = parsed("text")

    assert (incoming.kind, incoming.text) == ("text", "How much is a croissant? € & more")
    assert incoming.external_id == payload("text")["MessageSid"]
    assert (incoming.sender, incoming.phone, incoming.reply_to) == (ADA, ADA, f"whatsapp:{ADA}")
    assert (incoming.profile_name, incoming.media, incoming.details) == ("Ada Lovelace", (), {})


def test_a_duplicate_has_the_same_id():
    assert parsed("duplicate") == parsed("text")


def test_a_person_behind_a_username_is_known_by_user_id_alone():
    incoming = parsed("username")

    assert (incoming.sender, incoming.phone, incoming.reply_to) == (GRACE, "", f"whatsapp:{GRACE}")


def test_without_the_user_ids_own_field_the_sender_address_is_the_user_id():
    incoming = twilio_fields.parse(without("username", "ExternalUserId"))

    assert (incoming.sender, incoming.phone) == (GRACE, "")


def test_a_user_id_is_the_identity_even_where_the_phone_is_known():
    incoming = parsed("user_id_and_phone")

    assert (incoming.sender, incoming.phone) == ("DE.84620175539120476631", ADA)
    assert incoming.reply_to == f"whatsapp:{ADA}"


def test_the_destination_of_a_message_is_our_number():
    assert twilio_fields.destination(payload("text")) == "+14155238886"


def test_the_origin_of_a_status_is_our_number():
    assert twilio_fields.origin(payload("status_read")) == "+14155238886"


# What


@pytest.mark.parametrize(
    ("name", "kind", "content_type", "text"),
    [
        ("image", "image", "image/jpeg", "Is this gluten-free?"),
        ("voice", "audio", "audio/ogg", ""),
        ("sticker", "sticker", "image/webp", ""),
        ("document", "document", "application/pdf", "menu.pdf"),
        ("contacts", "contacts", "text/vcard", ""),
    ],
)
def test_a_file_has_a_kind_an_address_and_its_caption(name, kind, content_type, text):
    incoming = parsed(name)

    assert (incoming.kind, incoming.text) == (kind, text)
    (media,) = incoming.media
    assert (media.url, media.content_type) == (payload(name)["MediaUrl0"], content_type)


@pytest.mark.parametrize(
    ("name", "kind"), [("image", "image"), ("voice", "audio"), ("document", "document"), ("text", "text")]
)
def test_without_a_message_type_the_file_tells_the_kind(name, kind):
    assert twilio_fields.parse(without(name, "MessageType")).kind == kind


def test_several_files_are_kept_in_their_order():
    more = {"NumMedia": "2", "MediaUrl1": "https://api.twilio.com/second", "MediaContentType1": "image/png"}

    assert [media.content_type for media in parsed("image", **more).media] == ["image/jpeg", "image/png"]


@pytest.mark.parametrize("count", ["", "-1", "many", "²", "0"])
def test_a_strange_number_of_files_is_none(count):
    assert parsed("image", NumMedia=count).media == ()


def test_a_file_that_was_announced_but_did_not_come_is_left_out():
    assert len(parsed("image", NumMedia="9" * 5000).media) == 1


def test_a_place_is_told_in_words_with_its_coordinates():
    incoming = parsed("location")

    assert incoming.kind == "location"
    assert incoming.text == "Location: Lumen Bakery, Alexanderplatz 1, 10178 Berlin (52.520008, 13.404954)"
    assert incoming.details == {
        "latitude": "52.520008",
        "longitude": "13.404954",
        "label": "Lumen Bakery",
        "address": "Alexanderplatz 1, 10178 Berlin",
    }


def test_a_place_without_a_name_is_its_coordinates():
    assert parsed("pin").text == "Location: 52.520008, 13.404954"


def test_words_that_came_with_a_place_are_kept():
    assert parsed("pin", Body="meet me here").text == "meet me here\nLocation: 52.520008, 13.404954"


def test_a_button_says_what_is_written_on_it():
    incoming = parsed("button")

    assert (incoming.kind, incoming.text) == ("button", "Order now")
    assert incoming.details == {
        "button_payload": "order-42",
        "replied_to": payload("button")["OriginalRepliedMessageSid"],
    }


def test_a_choice_from_a_list_says_what_was_chosen():
    incoming = parsed("list")

    assert (incoming.kind, incoming.text) == ("button", "Two croissants")


def test_a_reply_names_the_message_that_it_quotes():
    assert parsed("reply").details == {"replied_to": payload("reply")["OriginalRepliedMessageSid"]}


def test_a_forwarded_message_says_so():
    assert parsed("forwarded").details == {"forwarded": "true", "frequently_forwarded": "true"}


def test_a_message_from_an_advertisement_says_from_which():
    assert parsed("referral").details == {
        "referral_url": "https://fb.me/3xAmPle",
        "referral_headline": "Lumen Bakery",
    }


def test_fields_that_twilio_adds_change_nothing():
    assert parsed("text", SomethingNew="x", MediaUrl7="y", Body2="z") == parsed("text")


def test_a_kind_that_we_do_not_know_is_unsupported():
    assert parsed("text", MessageType="hologram").kind == "unsupported"


def test_a_very_long_profile_name_is_cut():
    assert len(parsed("text", ProfileName="A" * 1000).profile_name) == 200


@pytest.mark.parametrize("field", ["From", "MessageSid"])
@pytest.mark.parametrize("value", [None, "", "   ", "x" * 200], ids=["missing", "empty", "blank", "too long"])
def test_a_message_without_a_usable_sender_or_id_is_malformed(field, value):
    fields = without("text", field) if value is None else payload("text", **{field: value})
    with pytest.raises(MalformedError, match=field):
        twilio_fields.parse(fields)


@pytest.mark.parametrize("sender", ["whatsapp:", "whatsapp:+" + "1" * 30])
def test_a_sender_without_a_number_is_malformed(sender):
    with pytest.raises(MalformedError):
        parsed("text", From=sender)


def test_a_message_to_nobody_is_malformed():
    with pytest.raises(MalformedError, match="To"):
        twilio_fields.destination(without("text", "To"))


# Statuses


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", "queued"),
        ("queued", "queued"),
        ("sending", "sending"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("Delivered", "delivered"),
        ("read", "read"),
        ("failed", "failed"),
        ("undelivered", "failed"),
    ],
)
def test_twilios_words_for_a_status_are_ours(word, status):
    update = twilio_fields.parse_status(payload("status_delivered", MessageStatus=word))

    assert (update.external_id, update.status) == (payload("status_delivered")["MessageSid"], status)
    assert (update.error_code, update.error_text) == ("", "")


def test_a_read_receipt_is_known_by_its_event():
    assert twilio_fields.parse_status(payload("status_read")).status == "read"
    assert twilio_fields.parse_status(payload("status_read", MessageStatus="delivered")).status == "read"


def test_a_failure_comes_with_its_code_and_its_reason():
    update = twilio_fields.parse_status(payload("status_failed"))

    assert (update.status, update.error_code) == ("failed", "63016")
    assert "outside the allowed window" in update.error_text


def test_a_status_that_we_do_not_know_is_none():
    assert twilio_fields.parse_status(payload("status_delivered", MessageStatus="teleported")) is None


@pytest.mark.parametrize("field", ["MessageSid", "MessageStatus"])
def test_a_status_without_its_message_or_its_word_is_malformed(field):
    with pytest.raises(MalformedError, match=field):
        twilio_fields.parse_status(without("status_delivered", field))
