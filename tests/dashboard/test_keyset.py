"""Long lists page by page: how far a page looks for what no index knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from bots.models import Channel, Contact, Conversation, Message
from dashboard import keyset
from dashboard.keyset import Page
from tenants.models import Tenant
from tests.dashboard.thread.reading import NOON

#: Rows of a page, and of a list whose newest four are looked at first and newest eight at the most.
SIZE, FIRST, WINDOW, ROWS = 2, 4, 8, 12


@pytest.fixture
def newest_first(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    monkeypatch.setattr(keyset, "FIRST", FIRST)
    monkeypatch.setattr(keyset, "WINDOW", WINDOW)
    contact = Contact.objects.create(channel=Channel.objects.get(), identity="ada", reply_to="ada")
    conversation = Conversation.objects.create(contact=contact)
    rows = [
        Message(conversation=conversation, role="user", direction="in", timestamp=NOON - timedelta(minutes=minutes))
        for minutes in range(ROWS)
    ]
    return Message.objects.bulk_create(rows)


def page_of(*wanted: Message) -> Page[Message]:
    """The first page of these among all."""
    rows: QuerySet[Message] = Message.objects.filter(pk__in=[message.pk for message in wanted])
    return keyset.page(rows, place=None, among=Message.objects.all(), size=SIZE)


def test_a_page_that_the_newest_rows_fill_looks_no_further(
    newest_first: list[Message], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        page = page_of(*newest_first[1:4], newest_first[9])
    assert page.rows == newest_first[1:3]
    assert page.next == keyset.place_of(newest_first[2])
    assert page.looked_until is None


def test_a_page_that_they_do_not_fill_looks_through_the_whole_window(newest_first: list[Message]) -> None:
    page = page_of(newest_first[1], newest_first[6], newest_first[9])
    assert page.rows == [newest_first[1], newest_first[6]]
    assert page.looked_until == newest_first[WINDOW - 1].timestamp


def test_what_lies_behind_the_window_is_on_the_next_page(newest_first: list[Message]) -> None:
    first = page_of(newest_first[9])
    assert first.rows == []
    rows = Message.objects.filter(pk=newest_first[9].pk)
    assert keyset.page(rows, place=first.next, among=Message.objects.all(), size=SIZE).rows == [newest_first[9]]


def test_a_list_shorter_than_the_first_look_is_looked_through_at_once(
    newest_first: list[Message], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Message.objects.exclude(pk__in=[message.pk for message in newest_first[:3]]).delete()
    with django_assert_num_queries(2):
        page = page_of(newest_first[2])
    assert page.rows == [newest_first[2]]
    assert (page.next, page.looked_until) == (None, None)


def test_page_after_page_to_the_end_each_row_comes_once_and_in_its_place(newest_first: list[Message]) -> None:
    """Whatever fits, in each look: the rows of one look never come again in the next."""
    for chosen in range(0, 2**ROWS, 37):
        wanted = [row for place, row in enumerate(newest_first) if chosen >> place & 1]
        rows: QuerySet[Message] = Message.objects.filter(pk__in=[row.pk for row in wanted])
        walked: list[Message] = []
        place: keyset.Place | None = None
        for _ in range(ROWS):
            page = keyset.page(rows, place=place, among=Message.objects.all(), size=SIZE)
            walked += page.rows
            if (place := page.next) is None:
                break
        assert place is None
        assert walked == wanted, bin(chosen)
