"""What holds for every WhatsApp provider. A new one is one more line in `PROVIDERS` and passes all of this."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import BytesIO

import pytest

from bots.whatsapp import PROVIDERS, max_length
from bots.whatsapp.base import OutgoingFile, WhatsAppClient, WhatsAppError
from sandbox.templates import TEMPLATES
from tests.whatsapp.conftest import CALLBACK

NOBODY = "http://127.0.0.1:9"
MINUTE = timedelta(minutes=1)


def now() -> datetime:
    return datetime.now(UTC)


def error_of(call, *args, **kwargs) -> WhatsAppError:
    with pytest.raises(WhatsAppError) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.fixture
def impatient(provider, monkeypatch):
    """The true client, with a timeout that a test can wait for."""
    module = import_module(PROVIDERS[provider].rpartition(".")[0])
    monkeypatch.setattr(module, "TIMEOUT", 0.3)
    module.http.cache_clear()
    yield
    module.http.cache_clear()


# Sending


def test_a_text_is_sent_from_our_number_to_the_user(client, far_end):
    external_id = client.send_message(far_end.to, "2.40 euro")

    (message,) = far_end.received()
    assert message["sid"] == external_id
    assert (message["body"], message["to"], message["number"]) == ("2.40 euro", far_end.to, far_end.address)


@pytest.mark.parametrize(
    "text", ["naïve café €5 & more + 100% #1", "👩‍🍳🥐", "a\nb\n\n- c", "مرحبا", "\"quoted\" 'twice'"]
)
def test_any_text_arrives_as_it_was_written(client, far_end, text):
    client.send_message(far_end.to, text)

    assert far_end.received()[-1]["body"] == text


def test_the_longest_text_is_sent_whole(client, far_end):
    longest = "x" * client.max_length
    client.send_message(far_end.to, longest)

    assert far_end.received()[-1]["body"] == longest


def test_the_longest_text_is_known_without_a_client(provider, client):
    assert max_length(provider) == client.max_length


# Files and templates


@pytest.fixture
def photo(far_end) -> OutgoingFile:
    return OutgoingFile(
        kind="image",
        content_type="image/png",
        name="menu.png",
        url=f"{far_end.phone.url}/static/icon.svg",
        open=lambda: BytesIO(b"\x89PNG\r\n\x1a\n\r\r\n\0\xff"),
    )


def test_a_file_is_sent_with_the_words_beneath_it(client, far_end, photo):
    external_id = client.send_file(far_end.to, photo, caption="The menu", status_callback=CALLBACK)

    (message,) = far_end.received()
    assert (message["sid"], message["body"], message["status_callback"]) == (external_id, "The menu", far_end.callback)
    assert message["media"] or message["media_urls"] == [photo.url]


def test_a_file_needs_no_words(client, far_end, photo):
    client.send_file(far_end.to, photo)

    assert far_end.received()[0]["body"] == ""


def test_a_send_of_a_file_without_an_answer_is_uncertain(client, far_end, photo):
    far_end.fails("messages.create", mode="drop")

    assert error_of(client.send_file, far_end.to, photo).uncertain


def test_approved_templates_are_listed_and_no_others(client):
    templates = {template.name: template for template in client.list_templates()}

    assert set(templates) == {sample.name for sample in TEMPLATES if sample.status == "approved"}
    assert templates["order_ready"].variables == ("1", "2")
    assert templates["order_ready"].body.startswith("Hi {{1}}, your order {{2}}")
    assert templates["open_again"].variables == ()
    assert (templates["open_again"].category, templates["open_again"].language) == ("marketing", "en")


def test_a_template_is_sent_with_its_variables(client, far_end):
    [template] = [one for one in client.list_templates() if one.name == "order_ready"]
    external_id = client.send_template(far_end.to, template, variables={"1": "Ada", "2": "7"}, status_callback=CALLBACK)

    (message,) = far_end.received()
    assert (message["sid"], message["status_callback"]) == (external_id, far_end.callback)
    assert message["body"] == "Hi Ada, your order 7 is ready. Come by whenever it suits you!"


def test_templates_that_cannot_be_listed_are_an_error(client, far_end):
    far_end.fails("content.list", mode="status", status=500)

    assert isinstance(error_of(client.list_templates), WhatsAppError)


def test_the_provider_is_told_where_to_report(client, far_end):
    client.send_message(far_end.to, "with", status_callback=CALLBACK)
    client.send_message(far_end.to, "without")

    assert [message["status_callback"] for message in far_end.received()] == [far_end.callback, ""]


def test_every_message_has_an_id_of_its_own(client, far_end):
    assert client.send_message(far_end.to, "Hello!") != client.send_message(far_end.to, "Hello!")


# Errors


@pytest.mark.parametrize(
    "case", ["outside the window", "no such recipient", "opted out", "daily limit", "no such sender", "something new"]
)
def test_what_no_retry_helps_is_permanent_and_names_the_providers_code(client, far_end, case):
    fault = far_end.codes[case]
    far_end.fails("messages.create", **fault)
    error = error_of(client.send_message, far_end.to, "hello")

    assert (error.permanent, error.uncertain, error.credentials) == (True, False, False)
    assert error.code == str(fault["code"])


def test_a_text_that_is_too_long_is_permanent(client, far_end):
    error = error_of(client.send_message, far_end.to, "x" * (client.max_length + 1))

    assert (error.permanent, error.uncertain) == (True, False)


def test_wrong_credentials_are_named_as_such(connect, far_end):
    error = error_of(connect(credentials=far_end.wrong_credentials).send_message, far_end.to, "hello")

    assert (error.credentials, error.permanent, error.uncertain) == (True, True, False)


def test_missing_credentials_are_wrong_credentials(connect, far_end):
    error = error_of(connect(credentials={}).send_message, far_end.to, "hello")

    assert error.credentials


def test_a_limit_passes_and_says_when_to_come_back(client, far_end):
    far_end.fails("messages.create", mode="status", status=429)
    error = error_of(client.send_message, far_end.to, "hello")

    assert (error.permanent, error.uncertain, error.credentials) == (False, False, False)
    assert error.retry_after > 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_servers_error_leaves_open_whether_it_was_sent(client, far_end, status):
    far_end.fails("messages.create", mode="status", status=status)
    error = error_of(client.send_message, far_end.to, "hello")

    assert (error.permanent, error.uncertain, error.credentials) == (False, True, False)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mode", ["hang", "accept_and_hang", "drop"])
def test_a_send_without_an_answer_is_bounded_in_time_and_uncertain(client, far_end, mode):
    far_end.fails("messages.create", mode=mode)
    error = error_of(client.send_message, far_end.to, "hello")

    assert (error.permanent, error.uncertain, error.credentials) == (False, True, False)


@pytest.mark.parametrize(
    "body", ["{}", "", "[]", "null", '"SM1"', "<html>", '{"sid": null, "messages": [{"id": null}]}']
)
def test_a_send_whose_answer_tells_nothing_is_uncertain(client, far_end, body):
    far_end.fails("messages.create", mode="accept_and_garble", body=body)
    error = error_of(client.send_message, far_end.to, "hello")

    assert (error.permanent, error.uncertain, error.credentials) == (False, True, False)


def test_a_provider_that_cannot_be_reached_is_tried_again(connect, far_end):
    error = error_of(connect(api_base_url=NOBODY).send_message, far_end.to, "hello")

    assert (error.permanent, error.credentials) == (False, False)


def test_an_error_holds_neither_the_user_nor_the_text_nor_a_secret(client, far_end, caplog):
    far_end.fails("messages.create", mode="status", status=400, code=21211, times=1)
    far_end.fails("messages.create", mode="drop", times=1)
    with caplog.at_level(logging.INFO):
        texts = [str(error_of(client.send_message, far_end.to, "my words")) for _ in range(2)]

    told = " ".join([*texts, caplog.text])
    for private in (far_end.to.removeprefix("whatsapp:"), "my words", *far_end.credentials.values()):
        assert private not in told


# Finding what was sent


@pytest.fixture
def listing(client) -> WhatsAppClient:
    if not client.lists_sent:
        pytest.skip("this provider has no list of what was sent")
    return client


def test_only_a_provider_without_a_list_finds_nothing_of_what_it_sent(client, far_end):
    client.send_message(far_end.to, "Hello!")

    assert bool(client.find_sent(far_end.to, "Hello!", since=now() - MINUTE)) == client.lists_sent


def test_what_was_sent_is_found(listing, client, far_end):
    sent = [client.send_message(far_end.to, text) for text in ("Hello!", "other", "Hello!")]

    assert set(client.find_sent(far_end.to, "Hello!", since=now() - MINUTE)) == {sent[0], sent[2]}


def test_another_text_another_user_or_an_earlier_time_is_not_found(listing, client, far_end):
    client.send_message(far_end.to, "Hello!")

    assert client.find_sent(far_end.to, "Hello", since=now() - MINUTE) == []
    assert client.find_sent("whatsapp:+4915100000000", "Hello!", since=now() - MINUTE) == []
    assert client.find_sent(far_end.to, "Hello!", since=now() + MINUTE) == []


def test_a_send_whose_answer_never_came_is_found(listing, client, far_end):
    far_end.fails("messages.create", mode="accept_and_status", status=500, times=1)
    error_of(client.send_message, far_end.to, "Hello!")

    assert client.find_sent(far_end.to, "Hello!", since=now() - MINUTE) == [far_end.received()[0]["sid"]]


def test_a_search_that_fails_is_an_error_and_no_empty_list(listing, client, far_end):
    far_end.fails("messages.list", mode="status", status=503)

    assert not error_of(client.find_sent, far_end.to, "Hello!", since=now() - MINUTE).permanent


# The rest


def test_typing_is_shown_as_the_answer_to_the_users_message(client, far_end):
    sid = far_end.phone.send(user=far_end.to.removeprefix("whatsapp:"), number=far_end.address, body="hi")["sid"]
    client.send_typing_indicator(far_end.to, message_id=sid)

    assert [shown["message_sid"] for shown in far_end.phone.typing()] == [sid]


def test_a_typing_indicator_that_fails_is_an_error_of_ours(client, far_end):
    far_end.fails("typing", mode="status", status=500)

    assert not error_of(client.send_typing_indicator, far_end.to, message_id="SM1").uncertain


def test_right_credentials_are_valid_and_wrong_ones_are_not(connect, far_end):
    assert connect().validate_credentials() is True
    assert connect(credentials=far_end.wrong_credentials).validate_credentials() is False


def test_credentials_that_could_not_be_tried_are_neither_valid_nor_not(connect):
    assert not error_of(connect(api_base_url=NOBODY).validate_credentials).credentials


def test_two_channels_share_no_credentials(connect, far_end):
    right, wrong = connect(), connect(credentials=far_end.wrong_credentials)

    assert (right.validate_credentials(), wrong.validate_credentials(), right.validate_credentials()) == (
        True,
        False,
        True,
    )


def test_nothing_of_the_machines_environment_is_used(connect, far_end, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    environment = {
        "TWILIO_ACCOUNT_SID": "ACwrong",
        "TWILIO_AUTH_TOKEN": "wrong",
        "TWILIO_EDGE": "sydney",
        "TWILIO_REGION": "au1",
        "HTTP_PROXY": NOBODY,
        "http_proxy": NOBODY,
        "ALL_PROXY": NOBODY,
        "NETRC": str(netrc),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = connect()
    client.send_message(far_end.to, "hello")

    assert far_end.received()[-1]["account_sid"] == far_end.account_id
    assert client.validate_credentials()
    assert connect(credentials={}).validate_credentials() is False
