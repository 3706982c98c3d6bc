"""A conversation of 100,000 messages is read backwards without a jump, and forwards again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.inbox.thread_rows import A_PAGE
from tests.browser.bakery import BAKERYS_SCHEMA, LIVE, bubble, opened, run, thread_of, write
from tests.browser.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
ADA, PHONE = "Ada Lovelace", "+15550300001"
MESSAGES, PAGES = 100_000, 8
#: As many messages as there are, each a minute older than the next and some of them long.
SEED = f"""{BAKERYS_SCHEMA}
from django.db import connection
from bots.models import Message
others = [field.column for field in Message._meta.concrete_fields
          if field.column not in ("id", "timestamp", "content", "external_id")]
with schema_context(schema), connection.cursor() as cursor:
    cursor.execute(f'''
        INSERT INTO bots_message (id, timestamp, content, {{", ".join(others)}})
        SELECT gen_random_uuid(), first.timestamp - n * interval '1 minute',
               'Message ' || n || '.' || repeat(' And more of it.', n %% 9 * 4), {{", ".join("first." + one for one in others)}}
          FROM (SELECT * FROM bots_message WHERE direction = 'in' ORDER BY timestamp LIMIT 1) AS first,
               generate_series(1, {MESSAGES}) AS n
    ''', [])
"""
TAKE_OVER = f"""{BAKERYS_SCHEMA}
from bots.models import Conversation
with schema_context(schema):
    Conversation.objects.update(mode="human")
"""
#: The first message in sight: its id and how many pixels it stands below the list's upper edge.
IN_SIGHT = """() => {
  const list = document.getElementById("thread-scroll");
  const top = list.getBoundingClientRect().top;
  const one = [...list.querySelectorAll("[data-cursor]")].find((item) => item.getBoundingClientRect().bottom > top);
  return { id: one.id, top: one.getBoundingClientRect().top - top };
}"""


@pytest.fixture(scope="module")
def long_one(running_demo: Demo) -> Demo:
    running_demo.start()
    write(running_demo, PHONE, "Hello", name=ADA)
    run(running_demo, SEED)
    return running_demo


def numbers(page: Page) -> list[int]:
    """Of the messages that are there, from top to bottom."""
    said = page.locator("#thread-scroll .bubble-words").all_inner_texts()
    return [int(found[1]) for one in said if (found := re.match(r"Message (\d+)\.", one))]


def stands(page: Page, id: str) -> float:
    """How many pixels the message stands below the list's upper edge."""
    query = "id => document.getElementById(id).getBoundingClientRect().top"
    upper = "document.getElementById('thread-scroll').getBoundingClientRect().top"
    return float(page.evaluate(query, id)) - float(page.evaluate(upper))


def page_back(page: Page, *, pages: int) -> dict[str, Any]:
    """To the upper edge so many times; what is in sight there."""
    items = page.locator("#thread-scroll [data-cursor]")
    for _ in range(pages):
        before = items.count()
        page.evaluate("document.getElementById('thread-scroll').scrollTop = 400")
        seen: dict[str, Any] = page.evaluate(IN_SIGHT)
        expect(items).to_have_count(before + A_PAGE, timeout=LIVE)
        assert stands(page, seen["id"]) == pytest.approx(seen["top"], abs=1), "what one reads stays where it is"
    return dict(page.evaluate(IN_SIGHT))


@pytest.mark.parametrize("width", [1440, 390])
def test_older_messages_come_without_a_jump_and_newer_ones_wait_below(
    long_one: Demo, browser: Browser, width: int
) -> None:
    with opened(browser, long_one, width=width) as page:
        thread = thread_of(page, long_one, ADA)
        expect(bubble(thread, "Hello").last).to_be_in_viewport()
        seen = page_back(page, pages=PAGES)
        there = numbers(page)
        assert there == list(range(there[0], 0, -1)), "each once and in its order"
        assert there[0] > PAGES * A_PAGE

        words = f"Are you still there, at {width}?"
        write(long_one, PHONE, words)
        expect(bubble(thread, words)).to_have_count(1, timeout=LIVE)
        expect(bubble(thread, words)).not_to_be_in_viewport()
        assert stands(page, seen["id"]) == pytest.approx(seen["top"], abs=1)
        page.get_by_role("link", name="New messages").click()
        expect(bubble(thread, words)).to_be_in_viewport()


def test_from_a_message_amid_them_one_reads_on_to_both_ends_and_a_reply_leads_to_the_newest(
    long_one: Demo, browser: Browser
) -> None:
    run(long_one, TAKE_OVER)
    with opened(browser, long_one) as page:
        thread = thread_of(page, long_one, ADA)
        page.get_by_role("searchbox").fill("Message 50000.")
        page.locator("#conversation-list a[data-row][href*='message=']").first.click(timeout=LIVE)
        expect(bubble(thread, "Message 50000.")).to_be_in_viewport()
        page_back(page, pages=2)
        items = page.locator("#thread-scroll [data-cursor]")
        before = items.count()
        page.evaluate("(list => list.scrollTop = list.scrollHeight)(document.getElementById('thread-scroll'))")
        expect(items).to_have_count(before + A_PAGE, timeout=LIVE)
        there = numbers(page)
        assert there == list(range(there[0], there[0] - len(there), -1))

        page.get_by_label("Your message").fill("Here I am")
        page.keyboard.press("Enter")
        expect(bubble(thread, "Here I am").last).to_be_in_viewport(timeout=LIVE)
        expect(page.get_by_label("Your message")).to_be_focused()
