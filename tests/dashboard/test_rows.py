"""What lists have in each row comes from tags and remembered addresses: it is what the slow way writes."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from bots.models import Message
from dashboard import addresses, keyset
from tests.dashboard.conftest import SignIn

KEY = UUID("0195f1d4-97f2-7cc0-a5f1-3d1c5a1f7b42")
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template("{% load rows %}" + source).render(Context(context))


@pytest.mark.parametrize("name", ["conversation", "why", "log", "ledger_again", "thread_live"])
def test_the_address_of_a_row_is_what_reverse_says(name: str) -> None:
    assert addresses.of_row(name, KEY) == reverse(name, args=[KEY])
    assert render("{% row_url name key %}", name=name, key=KEY) == reverse(name, args=[KEY])


@pytest.mark.parametrize("status", [*Message.Status.values, ""])
def test_ticks_say_what_is_known_of_a_message_also_to_those_who_hear_them(status: str) -> None:
    words = {"failed": "Not delivered", "read": "Read", "delivered": "Delivered", "sent": "Sent"}
    written = render("{% ticks status %}", status=status)
    assert f'class="ticks ticks-{status}"' in written
    assert f'aria-label="{words.get(status, "On its way")}"' in written


def test_a_name_is_never_markup_in_an_avatar() -> None:
    assert "<b" not in render("{% avatar name %}", name="<b> <i>").removeprefix("<span")


def test_a_moment_tells_how_long_ago_and_exactly_when() -> None:
    at = datetime(2026, 3, 14, 15, 5, 3, tzinfo=UTC)
    assert render("{% moment at now %}", at=at, now=NOW) == (
        '<time datetime="2026-03-14T15:05:03+00:00" title="14 Mar 2026, 15:05:03 UTC">4 min ago</time>'
    )


@pytest.mark.django_db
def test_what_is_remembered_of_the_frame_is_of_the_page_and_of_the_role(tenant_client: Client, sign_in: SignIn) -> None:
    current = '<a class="navigation-link" href="/{}" aria-current="page"'
    sign_in(tenant_client, "owner")
    overview, bot = tenant_client.get("/").text, tenant_client.get("/bot/").text
    assert [overview.count(current.format("")), overview.count(current.format("bot/"))] == [2, 0]
    assert [bot.count(current.format("")), bot.count(current.format("bot/"))] == [0, 2]
    sign_in(tenant_client, "viewer")
    assert 'href="/team/"' in bot
    assert 'href="/team/"' not in tenant_client.get("/bot/").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "words"),
    [("/ledger/?range=30d&outcome=answered", "messages"), ("/logs/?range=30d&outcome=updated", "requests")],
)
def test_a_list_says_how_far_it_looked(
    address: str,
    words: str,
    tenant_client: Client,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keyset, "WINDOW", 12_345)
    monkeypatch.setattr(keyset, "floor", lambda among, *, most: NOW)
    sign_in(tenant_client, "owner")
    assert f"Nothing among the newest 12,345 {words}" in tenant_client.get(address).text
