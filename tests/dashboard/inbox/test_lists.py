"""The five lists: what stands in each, in which order, how it is narrowed down and paged through."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.utils import timezone

from bots.desk import failures, filters, finding, lists
from bots.models import Channel, Conversation, Label, Message
from tests.dashboard.inbox.conftest import Talk, say

ME = 7


def names(query: str = "") -> list[str]:
    """Who stands in the list of a query string, in order."""
    wanted = filters.parse(dict(parse_qsl(query)), member=ME, sees_numbers=True)
    found = finding.page(wanted, after=None, now=timezone.now())
    return [one.contact.profile_name for one in found.conversations]


def test_the_newest_is_first_and_ended_conversations_are_only_among_all(talk: Talk) -> None:
    talk("Ada", "in:Hello", minutes_ago=30)
    talk("Bela", "in:Hello", minutes_ago=3)
    talk("Chidi", "in:Hello", minutes_ago=9, is_active=False)
    assert names() == ["Bela", "Ada"]
    assert names("view=all") == ["Bela", "Chidi", "Ada"]


def test_who_waits_longest_is_first_whoever_they_wait_for(talk: Talk) -> None:
    now = timezone.now()
    talk("Answered", "in:Hello", "out:Hi")
    talk("For the bot", "in:Hello", waiting_since=now - timedelta(minutes=2))
    talk("For Anna", "out:Anna here", "in:Still there?", "in:Hello?", mode="human", minutes_ago=4)
    talk("For anybody", "in:A human please", "out:One moment", mode="human", paused_until=now + timedelta(hours=1))
    talk("Anna answered", "in:Hello", "out:Anna here", mode="human")
    # Anna's has waited since the first of the two messages.
    assert names("view=waiting") == ["For anybody", "For Anna", "For the bot"]


def test_a_pause_that_is_over_waits_for_nobody(talk: Talk) -> None:
    over = timezone.now() - timedelta(minutes=1)
    talk("Ada", "in:A human please", "out:One moment", mode="human", paused_until=over)
    assert names("view=waiting") == []
    assert names("view=human") == ["Ada"]
    assert lists.counts(now=timezone.now())["waiting"] == 0
    assert lists.counts(now=over - timedelta(minutes=1))["waiting"] == 1


def test_a_failure_stays_until_a_member_dealt_with_it_and_comes_back_with_the_next_one(talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello", "out:Hi", status="failed")
    talk("Bela", "in:Hello", "out:Hi")
    assert names("view=failed") == ["Ada"]
    failures.dismiss(conversation.pk)
    assert names("view=failed") == []
    say(conversation, "Again", outcome="failed", minutes_ago=-1)
    assert names("view=failed") == ["Ada"]


def test_taking_back_a_dismissal_keeps_what_else_is_noted(talk: Talk) -> None:
    conversation = talk("Ada", "in:Hello", "out:Hi", status="failed", metadata={"events": [{"what": "taken_over"}]})
    failures.dismiss(conversation.pk)
    failures.recall(conversation.pk)
    conversation.refresh_from_db()
    assert conversation.metadata == {"events": [{"what": "taken_over"}]}
    assert names("view=failed") == ["Ada"]


def test_a_retry_clears_the_failure(talk: Talk) -> None:
    talk("Ada", "in:Hello", "out:Hi", status="failed")
    Message.objects.filter(status="failed").update(status="queued")
    assert names("view=failed") == []


def test_filters_narrow_every_list_down(talk: Talk) -> None:
    label = Label.objects.create(name="Order")
    mine = talk("Mine", "in:Hello", assignee_id=ME)
    mine.labels.add(label)
    talk("Annas", "in:Hello", assignee_id=8, minutes_ago=6)
    talk("Nobodys", "in:Hello", minutes_ago=9)
    assert names("assignee=me") == ["Mine"]
    assert names("assignee=8") == ["Annas"]
    assert names("assignee=none") == ["Nobodys"]
    assert names(f"label={label.pk}&view=all") == ["Mine"]
    assert names(f"channel={Channel.objects.get().pk}&assignee=none") == ["Nobodys"]
    assert names("channel=00000000-0000-0000-0000-000000000000") == []


def test_counts_are_of_each_list_and_stop_at_a_hundred(talk: Talk) -> None:
    contact = talk("Ada", "in:Hello", "out:Hi", status="failed").contact
    Conversation.objects.bulk_create([Conversation(contact=contact, is_active=False, mode="human") for _ in range(120)])
    assert lists.counts(now=timezone.now()) == {"open": 1, "waiting": 0, "human": 100, "failed": 1, "all": 100}


@pytest.mark.parametrize("view", ["all", "waiting"])
def test_pages_follow_one_another_without_gaps_or_repeats_even_at_the_same_instant(talk: Talk, view: str) -> None:
    contact = talk("Ada", "in:Hello", is_active=False).contact
    at = timezone.now() - timedelta(hours=1)
    rows = [Conversation(contact=contact, is_active=False, waiting_since=at) for _ in range(9)]
    Conversation.objects.bulk_create(rows)
    Conversation.objects.filter(waiting_since=at).update(last_activity=at)
    wanted = filters.parse({"view": view}, member=ME, sees_numbers=True)
    seen, after = [], None
    for _ in range(5):
        found = finding.page(wanted, after=after, now=timezone.now(), size=3)
        seen += [one.pk for one in found.conversations]
        after = found.following and finding.cursor_from(str(found.following))
        if after is None:
            break
    expected = 9 if view == "waiting" else 10
    assert len(seen) == len(set(seen)) == expected


@pytest.mark.parametrize("view", filters.VIEWS)
def test_a_list_whose_first_rows_are_known_begins_as_its_first_page_does(
    talk: Talk, view: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "ROWS_A_PAGE", 2)
    for minutes in (3, 1, 2):
        one = talk(f"Ada {minutes}", "in:Hello", "out:Hi", minutes_ago=minutes, status="failed", mode="human")
        Conversation.objects.filter(pk=one.pk).update(waiting_since=one.last_activity)
    wanted, now = filters.parse({"view": view}, member=ME, sees_numbers=True), timezone.now()
    places = [finding.Cursor(at=at, id=key) for key, at in finding.first(wanted, now=now)]
    page = finding.page(wanted, after=None, now=now, size=2)
    assert len(places) == 3
    assert page.following is not None
    assert finding.beginning(wanted, places=places) == page
    assert finding.beginning(wanted, places=places[:2]).following is None


@pytest.mark.parametrize("text", ["", "x", "~", "2026-01-01~", "2026-01-01T00:00:00~x", "9999-99-99T00:00:00+00:00~x"])
def test_a_cursor_that_makes_no_sense_is_the_beginning(text: str) -> None:
    assert finding.cursor_from(text) is None


def test_an_address_that_makes_no_sense_is_the_list_of_open_ones() -> None:
    given = {"view": "x", "label": "1" * 40, "assignee": "-3", "channel": "x", "q": " \0 "}
    assert filters.parse(given, member=ME, sees_numbers=False) == filters.Filter(member=ME)


@pytest.mark.parametrize(
    "query",
    ["", "view=waiting", "q=croissant+to+go", "view=all&label=3&assignee=me", "assignee=12", "assignee=none"],
)
def test_a_filter_is_written_into_the_address_as_it_was_read_from_it(query: str) -> None:
    assert filters.parse(dict(parse_qsl(query)), member=ME, sees_numbers=True).query() == query


def test_whose_a_conversation_is_is_found_by_an_index_in_the_order_of_the_list(talk: Talk) -> None:
    talk("Mine", "in:Hello", assignee_id=ME)
    wanted = filters.parse({"assignee": "me"}, member=ME, sees_numbers=True)
    with connection.cursor() as cursor:
        for other in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            cursor.execute(f"SET LOCAL {other} = off")
    plan = finding.newest(wanted, now=timezone.now()).explain()
    assert "conversation_assigned" in plan
    assert "Sort" not in plan
