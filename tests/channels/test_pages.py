"""The pages about the tenant's numbers, asked as a browser does, with true far ends behind them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context
from pytest_django import DjangoAssertNumQueries

from bots.channels.connecting import remove
from bots.models import Channel
from sandbox.meta.client import MetaPhone
from sandbox.twilio.client import Phone
from tenants.models import Route, Tenant, User
from tests.bots.factories import ContactFactory, ConversationFactory
from tests.channels.conftest import ACCOUNT, ANOTHER, CARRIED, META_LINE, NUMBER, OURS, PHONE_NUMBER_ID, TOKEN
from tests.channels.test_facts import came, refused

#: Who is asking takes some six of them.
LIST_QUERIES, PROGRESS_QUERIES = 9, 12
HTMX = {"hx-request": "true"}
FILLED_IN = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": "+1 415-555-0123", "name": "Support"}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_checklist_leads_from_nothing_to_a_number_that_messages_come_to(admin: Client, twilio: Phone) -> None:
    answer = admin.post("/channels/new/twilio/", FILLED_IN)
    channel = Channel.objects.get(address=NUMBER)
    assert (answer.status_code, answer["Location"]) == (302, f"/channels/{channel.pk}/")
    page = text(admin.get(answer["Location"]))
    assert "Now they go to elsewhere.example.com" in page
    assert "Set it for me" in page
    assert OURS.replace("&", "&amp;") in page

    assert admin.post(f"/channels/{channel.pk}/webhook/").status_code == 302
    page = text(admin.get(f"/channels/{channel.pk}/"))
    assert "The address that is set there is this platform&#x27;s." in page
    assert "This ticks by itself." in page
    came(channel)
    assert "It came, and it is really from Twilio." in text(admin.get(f"/channels/{channel.pk}/"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"auth_token": "wrong"}, "Twilio does not know this pair of Account SID and Auth Token."),
        ({"account_sid": "AC12"}, "An Account SID has 34 characters"),
        ({"number": "+14155550188"}, "The Twilio account does not have this number."),
        ({"number": "+14155550199"}, "This number is connected to another business on this platform."),
        ({"number": "+14155238886"}, "You have connected this number already"),
    ],
)
def test_each_thing_that_is_wrong_is_told_and_nothing_is_kept(
    admin: Client, twilio: Phone, change: dict[str, str], sentence: str
) -> None:
    answer = admin.post("/channels/new/twilio/", {**FILLED_IN, **change})
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert 'aria-invalid="true"' in text(answer)
    assert Channel.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("suspended", "This Twilio account is suspended"),
        ("closed", "This Twilio account is closed"),
    ],
)
def test_an_account_out_of_order_is_told_at_once(admin: Client, twilio: Phone, status: str, sentence: str) -> None:
    twilio.add_number(**{**CARRIED, "account_status": status})
    assert sentence in text(admin.post("/channels/new/twilio/", FILLED_IN))


def test_a_provider_that_does_not_answer_costs_nothing_but_a_moment(admin: Client, twilio: Phone) -> None:
    twilio.fault(on="account.fetch", mode="drop")
    assert "Twilio did not answer in time." in text(admin.post("/channels/new/twilio/", FILLED_IN))
    assert Channel.objects.count() == 1


def test_htmx_is_led_to_the_page_of_the_new_number_and_gets_the_form_where_something_is_wrong(
    admin: Client, twilio: Phone
) -> None:
    wrong = admin.post("/channels/new/twilio/", {**FILLED_IN, "auth_token": "wrong"}, headers=HTMX)
    assert 'id="content"' in text(wrong)
    assert "autofocus" in text(wrong)
    right = admin.post("/channels/new/twilio/", FILLED_IN, headers=HTMX)
    assert right["HX-Redirect"] == f"/channels/{Channel.objects.get(address=NUMBER).pk}/"


def test_a_number_at_meta_is_connected_by_its_ids(admin: Client, at_meta: MetaPhone) -> None:
    filled_in = {
        "phone_number_id": PHONE_NUMBER_ID,
        "business_account_id": META_LINE.account_id,
        "access_token": "an-access-token",
        "app_secret": "of another app",
        "name": "",
    }
    assert "a space or a line break" in text(admin.post("/channels/new/meta/", filled_in))
    wrong = admin.post("/channels/new/meta/", {**filled_in, "app_secret": "another"})
    assert "The app secret is not that of the app" in text(wrong)
    answer = admin.post("/channels/new/meta/", {**filled_in, "app_secret": "the-apps-secret"})
    assert answer.status_code == 302
    page = text(admin.get(answer["Location"]))
    assert "+1 415-555-0123" in page
    assert "Meta sends its messages here" in page


def test_progress_is_sent_only_when_something_changed(admin: Client, connected: Channel) -> None:
    page = admin.get(f"/channels/{connected.pk}/").context["page"]
    url = f"/channels/{connected.pk}/progress/"
    assert admin.get(url, {"seen": page.version}).status_code == 204
    refused(connected, why="The signature is wrong: …")
    changed = admin.get(url, {"seen": page.version})
    assert "the Auth Token stored here is not the account&#x27;s" in text(changed)
    assert "<html" not in text(changed)


def test_the_page_asks_for_progress_only_while_it_waits_for_something(admin: Client, connected: Channel) -> None:
    assert "every 2s" not in text(admin.get(f"/channels/{connected.pk}/"))
    admin.post(f"/channels/{connected.pk}/webhook/")
    assert "every 2s" in text(admin.get(f"/channels/{connected.pk}/"))
    came(connected)
    assert "every 2s" not in text(admin.get(f"/channels/{connected.pk}/"))


def test_what_a_button_did_comes_back_as_the_part_that_changed_and_a_word_about_it(
    admin: Client, connected: Channel
) -> None:
    answer = text(admin.post(f"/channels/{connected.pk}/webhook/", headers=HTMX))
    assert "<html" not in answer
    assert 'id="channel-live"' in answer
    assert "Twilio sends this number&#x27;s messages here now." in answer


def test_the_button_that_asks_the_provider_stands_out_while_it_is_the_next_step(
    admin: Client, connected: Channel, twilio: Phone
) -> None:
    twilio.add_number(**{**CARRIED, "status": "OFFLINE"})
    Channel.objects.filter(pk=connected.pk).update(findings={})
    page = text(admin.get(f"/channels/{connected.pk}/"))
    assert '<button class="button button-small" type="submit">Check now</button>' in page
    assert "Last checked with Twilio" not in page
    checked = text(admin.post(f"/channels/{connected.pk}/check/", headers=HTMX))
    assert '<button class="button button-small button-quiet" type="submit">Check again</button>' in checked
    assert "Last checked with Twilio" in checked


def test_a_check_finds_what_changed_at_the_provider(admin: Client, connected: Channel, twilio: Phone) -> None:
    twilio.add_number(**{**CARRIED, "status": "OFFLINE", "offline_reason": "<b>Quality</b> is too low."})
    answer = text(admin.post(f"/channels/{connected.pk}/check/", headers=HTMX))
    assert "WhatsApp has taken this number out of service." in answer
    assert "&lt;b&gt;Quality&lt;/b&gt; is too low." in answer


def test_a_check_that_gets_no_answer_is_told_and_breaks_nothing(
    admin: Client, connected: Channel, twilio: Phone
) -> None:
    twilio.fault(on="account.fetch", mode="drop")
    answer = text(admin.post(f"/channels/{connected.pk}/check/", headers=HTMX))
    assert "Twilio did not answer in time." in answer
    assert "Needs attention" not in answer


def test_a_webhook_that_cannot_be_set_is_told_with_what_to_do(admin: Client, connected: Channel, twilio: Phone) -> None:
    twilio.add_number(**{**CARRIED, "status": ""})
    answer = text(admin.post(f"/channels/{connected.pk}/webhook/", headers=HTMX))
    assert "Twilio does not let us set this for this number." in answer


def test_a_test_message_is_refused_beside_its_field(admin: Client, connected: Channel) -> None:
    came(connected)
    answer = text(admin.post(f"/channels/{connected.pk}/test/", {"phone": "+44 7700 900123"}, headers=HTMX))
    assert "Nobody has written to this number from that phone yet." in answer
    assert "country code" in text(admin.post(f"/channels/{connected.pk}/test/", {"phone": "7700"}))


def test_unreadable_credentials_are_told_and_offered_to_be_replaced(admin: Client, connected: Channel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_channel SET credentials = 'gAAAAABunreadable' WHERE id = %s", [connected.pk])
    page = text(admin.get(f"/channels/{connected.pk}/"))
    assert "Cannot be opened" in page
    assert "Replace the credentials" in page
    assert page.count("What is stored here cannot be opened") == 1, "beside its step, and not a second time"
    assert "Needs attention" in text(admin.get("/channels/"))
    for button in ("check", "webhook"):
        answer = admin.post(f"/channels/{connected.pk}/{button}/", headers=HTMX)
        assert "Enter the credentials again." in text(answer)


def test_the_name_and_the_number_are_changed(admin: Client, connected: Channel, twilio: Phone) -> None:
    twilio.add_number(**{**CARRIED, "number": ANOTHER})
    path = f"/channels/{connected.pk}/edit/"
    assert "does not have this number" in text(admin.post(path, {"name": "Desk", "number": "+14155550188"}))
    assert Channel.objects.get(pk=connected.pk).name == "Support"
    assert admin.post(path, {"name": "Desk", "number": ANOTHER}).status_code == 302
    channel = Channel.objects.get(pk=connected.pk)
    assert (channel.name, channel.address) == ("Desk", ANOTHER)


def test_the_number_stands_in_its_field_as_people_write_it_and_is_saved_as_it_was(
    admin: Client, connected: Channel
) -> None:
    path = f"/channels/{connected.pk}/edit/"
    shown = admin.get(path).context["form"]["number"].value()
    assert shown == "+1 415-555-0123"
    assert admin.post(path, {"name": "Desk", "number": shown}).status_code == 302
    assert Channel.objects.get(pk=connected.pk).address == NUMBER


def test_a_removed_number_is_gone_from_the_list_and_its_page(admin: Client, connected: Channel) -> None:
    assert admin.post(f"/channels/{connected.pk}/remove/").status_code == 302
    assert f"/channels/{connected.pk}/" not in text(admin.get("/channels/"))
    assert admin.get(f"/channels/{connected.pk}/").status_code == 404
    with schema_context("public"):
        assert not Route.objects.filter(address=NUMBER).exists()


def test_without_a_number_the_list_offers_to_connect_one(admin: Client, tenant: Tenant) -> None:
    Channel.objects.all().delete()
    page = text(admin.get("/channels/"))
    assert "No number yet" in page
    assert "/channels/new/" in page


def test_the_overview_speaks_of_no_number_that_was_removed(admin: Client, tenant: Tenant, actor: User) -> None:
    remove(Channel.objects.get(), tenant=tenant, actor=actor)
    assert "No number" in text(admin.get("/"))


def test_a_provider_that_nobody_knows_is_not_found(admin: Client) -> None:
    assert admin.get("/channels/new/signal/").status_code == 404


def test_a_provider_is_not_asked_more_often_than_a_few_times_a_minute(
    admin: Client, connected: Channel, twilio: Phone
) -> None:
    for _ in range(12):
        admin.post(f"/channels/{connected.pk}/check/", headers=HTMX)
    before = twilio.requests()["calls"]["account.fetch"]
    assert "Wait a minute" in text(admin.post(f"/channels/{connected.pk}/check/", headers=HTMX))
    assert "Wait a minute" in text(admin.post("/channels/new/twilio/", FILLED_IN))
    assert twilio.requests()["calls"]["account.fetch"] == before


@pytest.mark.parametrize("numbers", [1, 6])
def test_the_list_takes_as_many_queries_for_six_numbers_as_for_one(
    admin: Client, tenant: Tenant, numbers: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(1, numbers):
        channel = Channel.objects.create(provider="twilio", address=f"+1415555020{index}", account_id=ACCOUNT)
        ConversationFactory(contact=ContactFactory(channel=channel))
    admin.get("/channels/")
    with django_assert_max_num_queries(LIST_QUERIES):
        admin.get("/channels/")


@pytest.mark.parametrize("messages", [0, 5])
def test_the_checklist_is_cheap_enough_to_be_asked_for_every_two_seconds(
    admin: Client, connected: Channel, messages: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(messages):
        came(connected)
    url = f"/channels/{connected.pk}/progress/"
    admin.get(url)
    with django_assert_max_num_queries(PROGRESS_QUERIES):
        admin.get(url)
