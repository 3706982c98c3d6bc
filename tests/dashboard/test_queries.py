"""How often each page of a tenant asks the database: no page is without its line, and none asks more often because there
is more to show."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.models import Tenant, User
from tests.dashboard.conftest import PASSWORD
from tests.dashboard.furnished import Converse, House
from tests.dashboard.urls import named

#: A page, by the name of its URL -> the most queries that its owner's visit may take, those for knowing who asks, and
#: for whom, included: the host, the session, the user, the membership.
MOST = {
    "overview": 20,
    "health": 10,
    "conversations": 13,
    "conversations_list": 12,
    "conversations_live": 7,
    "conversation": 26,
    "conversation_person": 14,
    "thread_page": 12,
    "thread_live": 11,
    "composer_template": 8,
    "labels": 7,
    "canned_replies": 7,
    "canned_reply_list": 7,
    "canned_reply": 7,
    "team": 9,
    "bot": 7,
    "bot_provider": 7,
    "bot_conversation": 7,
    "bot_hours": 7,
    "bot_texts": 7,
    "bot_key": 7,
    "bot_publish": 7,
    "bot_versions": 9,
    "bot_version": 8,
    "channels": 8,
    "channel_new": 6,
    "channel_connect": 6,
    "channel": 12,
    "channel_progress": 12,
    "channel_edit": 7,
    "channel_credentials": 8,
    "channel_verify_token": 8,
    "playground": 10,
    "playground_why": 7,
    "knowledge": 8,
    "knowledge_progress": 10,
    "knowledge_try": 6,
    "knowledge_settings": 9,
    "knowledge_new": 6,
    "knowledge_source": 9,
    "knowledge_source_progress": 11,
    "knowledge_edit": 7,
    "marks": 8,
    "marks_file": 9,
    "why": 10,
    "exports": 10,
    "exports_progress": 10,
    "contact_erase": 9,
    "erasures": 7,
    "erasure": 7,
    "ledger": 14,
    "ledger_alarm": 7,
    "ledger_dot": 8,
    "logs": 13,
    "log": 12,
    "account": 13,
    "account_logout": 5,
    "account_inactive": 2,
    "account_reset_password": 2,
    "account_reset_password_done": 2,
    "account_reset_password_from_key": 4,
    "account_reset_password_from_key_done": 2,
    "account_confirm_email": 2,
    "account_change_password": 6,
    "account_email": 10,
    "account_reauthenticate": 12,
    "mfa_activate_totp": 10,
    "mfa_generate_recovery_codes": 7,
    "mfa_add_webauthn": 10,
    "usersessions_list": 10,
}
#: What the house has none of: files, a second factor, an invitation to whoever looks.
ABSENT = {
    "conversation_file",
    "export_file",
    "invitation",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
}


@pytest.fixture
def house(tenant: Tenant, people: dict[str, User], converse: Converse) -> House:
    house = House(tenant=tenant, owner=people["owner"], converse=converse)
    house.furnish()
    return house


@pytest.fixture
def owner(house: House) -> Client:
    """Who went through the sign-in page just now, so that nothing asks who it is."""
    client = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})
    client.post("/accounts/login/", {"login": house.owner.email, "password": PASSWORD})
    client.get("/")
    return client


def read(response: HttpResponse) -> int:
    """The status, once all of it has come."""
    if response.streaming:
        b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return response.status_code


def counts(client: Client, house: House) -> dict[str, int]:
    """The queries of each page."""
    found = {}
    paths = named(settings.ROOT_URLCONF, given=house.arguments())
    for name in MOST:
        with CaptureQueriesContext(connection) as queries:
            assert read(client.get(paths[name])) == 200, name
        found[name] = len(queries)
    return found


def test_every_page_has_its_line(house: House, owner: Client) -> None:
    """A page is what answers a GET with 200."""
    answered = {
        name: read(owner.get(path)) for name, path in named(settings.ROOT_URLCONF, given=house.arguments()).items()
    }

    assert {name for name, status in answered.items() if status == 200} == set(MOST)
    assert {name for name, status in answered.items() if status == 404} == ABSENT


def test_no_page_asks_oftener_than_its_line_says_however_much_there_is_to_show(house: House, owner: Client) -> None:
    few = counts(owner, house)
    for _ in range(4):
        house.furnish()
    many = counts(owner, house)

    assert {name: few[name] for name in MOST if few[name] > MOST[name]} == {}
    assert {name: (few[name], many[name]) for name in MOST if many[name] > few[name]} == {}
