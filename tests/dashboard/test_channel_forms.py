"""What people paste into the forms, and what they are told."""

from __future__ import annotations

import pytest

from bots.channels.proof import ConnectError, Line
from dashboard.channels.forms import FORMS, MetaForm, TwilioForm, credentials_form

SID, TOKEN = "AC" + "5e" * 16, "7f3e" * 8
GOOD = {"account_sid": SID, "auth_token": TOKEN, "number": "+1 (415) 555-0142", "name": ""}
META = {"phone_number_id": "1065", "business_account_id": "1022", "access_token": "EAAJi", "app_secret": "5ec7e7"}


def told(form_class: type, data: dict[str, str]) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in form_class(data).errors.items()}


def test_what_was_copied_with_blanks_around_it_is_taken() -> None:
    form = TwilioForm({**GOOD, "account_sid": f" {SID}\n", "auth_token": f"{TOKEN} "})
    assert form.is_valid(), form.errors
    assert form.line() == Line(
        provider="twilio", address="+14155550142", account_id=SID, credentials={"auth_token": TOKEN}
    )


@pytest.mark.parametrize(
    ("sid", "sentence"),
    [
        ("", "Enter the Account SID."),
        ("SK" + "5e" * 16, "This is the SID of an API key."),
        (SID[:-2], "An Account SID has 34 characters, and this has 32"),
        ("AC" + "zz" * 16, "After AC an Account SID has digits and the letters a to f"),
        ("14155550142", "An Account SID begins with AC."),
    ],
)
def test_each_wrong_account_sid_is_told_what_it_is(sid: str, sentence: str) -> None:
    assert told(TwilioForm, {**GOOD, "account_sid": sid})["account_sid"][0].startswith(sentence)


def test_an_account_sid_in_the_place_of_the_token_is_noticed() -> None:
    assert "This is an Account SID." in told(TwilioForm, {**GOOD, "auth_token": SID})["auth_token"][0]


def test_a_token_with_a_line_break_in_it_is_not_passed_on() -> None:
    assert "a space or a line break" in told(TwilioForm, {**GOOD, "auth_token": "7f3e 9a"})["auth_token"][0]


@pytest.mark.parametrize("number", ["4155550142", "call me"])
def test_a_number_without_its_country_code_is_refused(number: str) -> None:
    assert "Add the country code" in told(TwilioForm, {**GOOD, "number": number})["number"][0]


@pytest.mark.parametrize("number", ["+1", "+1415555014299999999"])
def test_of_a_number_that_is_too_short_or_too_long_nobody_says_that_its_country_code_is_missing(number: str) -> None:
    assert "not a whole phone number" in told(TwilioForm, {**GOOD, "number": number})["number"][0]


def test_metas_ids_are_digits() -> None:
    assert "digits only" in told(MetaForm, {**META, "phone_number_id": "+1 415"})["phone_number_id"][0]
    assert MetaForm(META).is_valid()


def test_a_secret_is_never_in_the_form_again() -> None:
    for provider, data in (("twilio", {**GOOD, "number": "?"}), ("meta", {**META, "phone_number_id": "?"})):
        form = FORMS[provider](data)
        assert not form.is_valid()
        for name in form.secret_fields:
            assert data[name] not in str(form)


def test_a_refusal_stands_beside_the_field_that_it_speaks_of() -> None:
    form = TwilioForm(GOOD)
    assert form.is_valid()
    form.refuse(ConnectError("not_in_account"))
    form.refuse(ConnectError("unreachable"))
    assert "number" in form.errors
    assert form.non_field_errors() == ["Twilio did not answer in time. Nothing was changed: try again in a minute."]


def test_of_metas_secrets_one_alone_may_be_replaced_and_of_unreadable_ones_all_are_needed() -> None:
    given = {"business_account_id": "1022", "access_token": "EAAnew", "app_secret": ""}
    kept = credentials_form("meta", given, account_id="1022", all_needed=False)
    assert kept.is_valid(), kept.errors
    assert kept.credentials() == {"access_token": "EAAnew"}
    assert "app_secret" in credentials_form("meta", given, account_id="1022", all_needed=True).errors


def test_replacing_twilios_token_asks_for_neither_number_nor_name() -> None:
    form = credentials_form("twilio", {"account_sid": SID, "auth_token": ""}, account_id=SID, all_needed=False)
    assert list(form.fields) == ["account_sid", "auth_token"]
    assert list(form.errors) == ["auth_token"]
