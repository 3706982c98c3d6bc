"""Words in what was said: by the index where few messages have them, by reading the newest where many have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots.desk import said
from bots.desk.one_of import one_of
from bots.models import Conversation, Message
from tests.bots.factories import InboundFactory

SENTENCES = (
    "How much is a Croissant with butter?",
    "A croissant, please",
    "Write to ada@example.com, it's 2.40 EUR",
    "butterfly",
    "",
    # PostgreSQL expects something of beginnings once it knows a hundred words.
    " ".join(f"word{number}" for number in range(120)),
)


@pytest.fixture
def messages(conversation: Conversation) -> list[Message]:
    """The newest first, a minute apart; PostgreSQL knows what is in them."""
    Message.objects.all().delete()
    now = timezone.now()
    made = [InboundFactory(conversation=conversation, content=sentence) for sentence in SENTENCES]
    for minutes, message in enumerate(made):
        message.timestamp = now - timedelta(minutes=minutes)
        message.save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bots_message")
    return made


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("croiss", [0, 1]),
        ("BUTTER crois", [0]),
        ("butter", [0, 3]),
        ("utter", []),
        ("ada@example.com", [2]),
        ("2.40", [2]),
        ("it's", [2]),
        ("a", [0, 1, 2]),
        ("!x & (y | z)", []),
        ("'", []),
    ],
)
def test_reading_finds_what_the_index_finds(messages: list[Message], words: str, expected: list[int]) -> None:
    keys = [messages[at].pk for at in expected]
    read = Message.objects.filter(said.has_all(words)).order_by("-timestamp")
    gathered = said.newest_first(said.all_with(words))
    few = said.few_with(words)
    assert few is not None
    for found in (read, gathered, said.newest_first(few)):
        assert list(found.values_list("pk", flat=True)) == keys


def test_words_are_many_where_more_messages_are_expected_to_have_them_than_the_index_gathers_well(
    messages: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "FEW", 1)
    assert said.few_with("croissant") is None
    assert said.few_with("butterfly") is not None
    monkeypatch.setattr(said, "FEW", 2)
    assert said.few_with("croissant") is not None


def test_few_messages_have_words_that_nobody_ever_said(
    messages: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "FEW", 1)
    assert said.few_with("zeppelin") is not None


def test_the_index_is_asked_for_no_more_words_than_make_few(
    messages: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "FEW", 1)
    with CaptureQueriesContext(connection) as asked:
        few = said.few_with("a butterfly b")
    assert ["'a':*" in query["sql"] for query in asked] == [False]
    assert few is not None
    assert list(few) == [], "the other words are looked for in what the index gave"
    assert said.few_with("please croissant") is not None, "a croissant has two, that and please one"


def test_no_word_is_left_out_however_many_there_are(messages: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    words = " ".join(f"word{number}" for number in range(100, 112))
    found = said.few_with(words)
    assert found is not None
    assert list(found) == [messages[-1]]
    other = said.few_with(f"{words} w")
    assert other is not None
    assert list(other) == [messages[-1]]
    none = said.few_with(f"{words} z")
    assert none is not None
    assert list(none) == []


def test_the_index_of_words_gathers_and_the_one_of_times_stays_out_of_it(messages: list[Message]) -> None:
    gathered = said.newest_first(said.all_with("croissant"))[:1].values("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = gathered.explain()
    assert "message_words" in plan
    assert "message_recent" not in plan


def test_what_is_read_never_waits_for_the_index_of_words(messages: list[Message]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute("SET LOCAL enable_indexonlyscan = off")
    assert "message_words" in said.all_with("croissant").order_by().values("pk").explain()
    read = Message.objects.filter(said.has_all("croissant"))
    assert "message_words" not in read.order_by().values("pk").explain()


def test_one_of_many_keys_is_found_by_one_parameter(messages: list[Message]) -> None:
    keys = [messages[0].pk, messages[3].pk]
    found = Message.objects.filter(one_of("pk", keys))
    assert {message.pk for message in found} == set(keys)
    assert not Message.objects.filter(one_of("pk", [])).exists()
    of_them = Message.objects.filter(one_of("conversation_id", [messages[0].conversation_id]))
    assert of_them.count() == len(messages)
