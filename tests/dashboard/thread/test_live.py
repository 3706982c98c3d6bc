"""What a browser is told when something changes: that, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from bots.models import (
    Conversation,
    Message,
)
from dashboard.inbox.thread_rows import A_PAGE
from tests.dashboard.thread.reading import HTMX, NOON, Say, bubble, shown, url


def live(client: Client, conversation: Conversation, page: str, **more: str) -> str:
    """What a browser that shows the page is told is new."""
    found = re.findall(r'data-short="([^"]+)" data-version="([^"]+)" data-sort="([^"]+)"', page)
    first = re.search(r'data-cursor="([^"]+)"', page)
    composer = re.search(r'data-kind="[^"]*" data-version="([^"]+)"', page)
    assert composer
    sorts = [sort for _, _, sort in found if "_" in sort]
    known = [f"{short}:{version}" for short, version, sort in found if sort >= min(sorts)]
    query = {"have": ",".join(known), "composer": composer[1]}
    if first:
        query["from"] = first[1]
    response = client.get(url(conversation, "thread/live/"), query | more)
    assert response.status_code == 200
    return response.text


def test_nothing_is_told_where_nothing_changed(owner: Client, conversation: Conversation, say: Say) -> None:
    for _ in range(3):
        say(direction="out")
    told = live(owner, conversation, owner.get(url(conversation)).text)
    assert "data-item" not in told
    assert "data-composer" not in told
    assert 'data-gone=""' in told


def test_only_what_is_new_or_different_is_told(owner: Client, conversation: Conversation, say: Say) -> None:
    same, ticked, gone = (say(direction="out", status="sent") for _ in range(3))
    page = owner.get(url(conversation)).text
    Message.objects.filter(pk=ticked.pk).update(status="read")
    new, gone_id = say("new"), gone.pk
    gone.delete()
    told = live(owner, conversation, page)

    assert shown(told) == [str(ticked.pk), str(new.pk)]
    assert "ticks-read" in bubble(told, ticked)
    short = re.search(rf'id="m-{gone_id}"[^>]*data-short="([^"]+)"', page)
    assert short
    assert f'data-gone="{short[1]}"' in told
    assert str(same.pk) not in told


def test_a_message_that_is_sent_again_moves_to_its_new_place(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    first, _ = say(direction="out", status="failed"), say(direction="out")
    page = owner.get(url(conversation)).text
    Message.objects.filter(pk=first.pk).update(status="queued", timestamp=NOON + timedelta(hours=1))
    assert str(first.pk) in shown(live(owner, conversation, page))


def test_the_first_message_of_an_empty_thread_comes_by_itself(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    page = owner.get(url(conversation)).text
    assert "No messages yet" in page
    message = say("first")
    assert shown(live(owner, conversation, page)) == [str(message.pk)]


def test_a_page_amid_an_old_conversation_is_told_of_the_composer_alone(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    page = owner.get(url(conversation)).text
    say("new", timestamp=timezone.now())
    Conversation.objects.update(mode="human")
    told = live(owner, conversation, page, still="yes")
    assert shown(told) == []
    assert 'data-kind="human"' in told


def test_a_browser_that_was_asleep_for_hundreds_of_messages_loads_anew(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    say()
    page = owner.get(url(conversation)).text
    for _ in range(205):
        say()
    cursor = re.search(r'data-cursor="([^"]+)"', page)
    assert cursor
    response = owner.get(url(conversation, "thread/live/"), {"from": cursor[1]})
    assert response.status_code == 205
    assert owner.get(url(conversation, "thread/"), headers=HTMX).text.count("data-cursor") == A_PAGE


def test_the_bot_is_seen_writing_while_a_worker_has_the_conversation(
    owner: Client, conversation: Conversation, say: Say
) -> None:
    say(outcome="")
    now = timezone.now()
    Conversation.objects.update(lease_until=now + timedelta(minutes=1), waiting_since=now)
    assert "The bot is writing…" in owner.get(url(conversation)).text
    Conversation.objects.update(lease_until=now - timedelta(minutes=1))
    assert "The bot is writing…" not in owner.get(url(conversation)).text
