"""A thread page by page: none is skipped, none comes twice, and none costs more than another."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from bots.models import (
    Channel,
    Contact,
    Conversation,
    Message,
    Note,
    ReadMark,
    Turn,
)
from dashboard.inbox.thread_rows import A_PAGE
from tenants.models import Tenant, User
from tests.dashboard.thread.reading import NOON, Say, shown, url


@pytest.fixture
def long_one(conversation: Conversation, say: Say) -> list[Message]:
    """130 messages, of which each three have the same time."""
    return [say(str(number), timestamp=NOON + timedelta(minutes=number // 3)) for number in range(130)]


def in_order(messages: list[Message]) -> list[str]:
    return [str(one.pk) for one in sorted(messages, key=lambda one: (one.timestamp, one.pk))]


def test_paging_back_shows_each_message_once_and_in_order(
    owner: Client, conversation: Conversation, long_one: list[Message]
) -> None:
    page = owner.get(url(conversation)).text
    found, pages = shown(page), 1
    while link := re.search(r'data-older="([^"]+)"', page):
        page = owner.get(link[1].replace("&amp;", "&")).text
        found, pages = [*shown(page), *found], pages + 1

    assert found == in_order(long_one)
    assert pages == -(-len(long_one) // A_PAGE)
    assert "The conversation begins here." in page


def test_a_link_to_a_message_shows_it_amid_the_others_and_pages_lead_on_to_the_newest(
    owner: Client, conversation: Conversation, long_one: list[Message]
) -> None:
    wanted = in_order(long_one)[30]
    page = owner.get(url(conversation) + f"?message={wanted}").text
    assert f'data-wanted="m-{wanted}"' in page
    found = shown(page)
    assert wanted in found[A_PAGE // 2 - 5 : A_PAGE // 2 + 5]
    while link := re.search(r'data-newer="([^"]+)"', page):
        page = owner.get(link[1].replace("&amp;", "&")).text
        found += shown(page)
    assert found == in_order(long_one)[30 - A_PAGE // 2 :]


def test_the_links_to_other_pages_work_without_javascript(
    owner: Client, conversation: Conversation, long_one: list[Message]
) -> None:
    page = owner.get(url(conversation)).text
    link = re.search(r'<a class="thread-more" href="([^"]+)"', page)
    assert link
    assert shown(owner.get(link[1].replace("&amp;", "&")).text) == in_order(long_one)[-2 * A_PAGE : -A_PAGE]


@pytest.mark.parametrize("query", ["before=x", "before=2026-01-01T00:00:00_zz", "after=%00", "message=x", "before=9_9"])
def test_what_nobody_was_given_as_a_place_shows_the_newest(
    owner: Client, conversation: Conversation, say: Say, query: str
) -> None:
    message = say()
    assert shown(owner.get(f"{url(conversation)}?{query}").text) == [str(message.pk)]


def test_a_note_between_two_pages_is_on_one_of_them(
    owner: Client, conversation: Conversation, long_one: list[Message]
) -> None:
    last_of_older = sorted(long_one, key=lambda one: (one.timestamp, one.pk))[-A_PAGE - 1]
    note = Note.objects.create(conversation=conversation, author_id=1, author="A", text="between")
    Note.objects.filter(pk=note.pk).update(created_at=last_of_older.timestamp + timedelta(seconds=20))
    page = owner.get(url(conversation)).text
    link = re.search(r'data-older="([^"]+)"', page)
    assert link
    older = owner.get(link[1].replace("&amp;", "&")).text
    assert (f"n-{note.pk}" in page) + (f"n-{note.pk}" in older) == 1


def test_the_unread_ones_are_marked_off(
    owner: Client, conversation: Conversation, say: Say, people: dict[str, User]
) -> None:
    read = say("read")
    ReadMark.objects.create(conversation=conversation, member_id=people["owner"].pk, read_until=read.timestamp)
    unread = say("unread")
    page = owner.get(url(conversation)).text
    assert page.index(f"m-{read.pk}") < page.index("thread-unread") < page.index(f"m-{unread.pk}")
    assert "thread-unread" not in owner.get(url(conversation)).text, "now it is read"


def test_a_page_costs_as_many_queries_for_a_pageful_of_messages_as_for_one(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    original = say("first", media=[{"url": "https://x.test/1", "content_type": "image/jpeg"}])

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert owner.get(url(conversation, "thread/page/")).status_code == 200
        return len(captured)

    queries()
    say("a", metadata={"replied_to": original.external_id})
    before = queries()
    turn = Turn.objects.create(conversation=conversation, outcome="answered")
    for _ in range(40):
        say("b", metadata={"replied_to": original.external_id}, media=original.media)
        say("c", direction="out", turn=turn)
        Note.objects.create(conversation=conversation, author_id=1, author="A", text="n")
    assert queries() <= before + 1
    assert before <= 16


def test_another_tenants_conversation_is_not_there(
    owner: Client, conversation: Conversation, other_tenant: Tenant
) -> None:
    with schema_context(other_tenant.schema_name):
        contact = Contact.objects.create(channel=Channel.objects.get(), identity="x", reply_to="x")
        theirs = Conversation.objects.create(contact=contact)
    for behind in ("", "thread/", "thread/page/", "thread/live/", "template/"):
        assert owner.get(url(theirs, behind)).status_code == 404
    for behind in ("take-over/", "give-back/", "reply/", "suggest/", "typing/"):
        assert owner.post(url(theirs, behind), {"text": "x"}).status_code == 404
