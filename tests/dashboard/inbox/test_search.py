"""Search: words in messages, names, numbers, and who may find whom by what."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bots.desk import filters, finding, said, searching
from tests.dashboard.conftest import SignIn
from tests.dashboard.inbox.conftest import Talk, say


def found(words: str, *, sees_numbers: bool = True, view: str = "all") -> list[str]:
    """Who is found, by the inbox and by an export alike."""
    wanted = filters.parse({"q": words, "view": view}, member=1, sees_numbers=sees_numbers)
    now = timezone.now()
    page = finding.page(wanted, after=None, now=now)
    everything = finding.found(wanted, now=now).select_related("contact")
    assert {one.pk for one in page.conversations} == {one.pk for one in everything}
    return [one.contact.profile_name for one in page.conversations]


def test_words_are_found_by_their_beginnings_in_any_order_and_any_case(talk: Talk) -> None:
    talk("Ada", "in:How much is a Croissant with butter?")
    talk("Bela", "in:A croissant, please", minutes_ago=9)
    assert found("croiss") == ["Ada", "Bela"]
    assert found("BUTTER crois") == ["Ada"]
    assert found("utter") == []


@pytest.mark.parametrize(
    "words",
    [
        "'",
        "\\",
        "a'b:*|c",
        "!x & (y | z)",
        "<->",
        "it's",
        "foo:*",
        "%",
        "_",
        "' OR 1=1 --",
        "🥐",
        "a\\'b",
        "::",
        "𝒳" * 99,
    ],
)
def test_no_sign_that_somebody_types_means_anything_to_the_database(talk: Talk, words: str) -> None:
    talk("Ada", "in:Hello")
    assert found(words) == []


def test_an_address_or_a_price_is_found_as_it_was_written(talk: Talk) -> None:
    talk("Ada", "in:Write to ada@example.com, it's 2.40 EUR")
    for words in ("ada@example.com", "2.40", "it's"):
        assert found(words) == ["Ada"], words


def test_names_are_found_by_any_part_of_them(talk: Talk) -> None:
    talk("Ada Lovelace", "in:Hello")
    talk("100 % Bio_Laden", "in:Hello", minutes_ago=9)
    assert found("lovel") == ["Ada Lovelace"]
    assert found("ace ada") == ["Ada Lovelace"]
    assert found("lo") == ["Ada Lovelace"], "too short for the index"
    assert found("100 %") == ["100 % Bio_Laden"], "a per cent sign is one"
    assert found("o_L") == ["100 % Bio_Laden"]


def test_digits_find_numbers(talk: Talk) -> None:
    talk("Ada", "in:Hello", phone="+14155238886")
    talk("Bela", "in:Hello", phone="+4915112345601")
    for digits in ("415 523", "+1 (415) 523-8886", "8886", "0014155238886"):
        assert found(digits) == ["Ada"], digits


def test_who_may_not_see_numbers_cannot_feel_their_way_to_one(talk: Talk) -> None:
    talk("Ada", "in:Hello", phone="+14155238886")
    assert found("8886", sees_numbers=False) == ["Ada"], "these are shown to everybody"
    assert found("+1 415 523 8886", sees_numbers=False) == ["Ada"], "they know it already"
    for part in ("415523", "5238886", "155", "1415523"):
        assert found(part, sees_numbers=False) == [], part


def test_a_search_stays_in_its_list(talk: Talk) -> None:
    talk("Ada", "in:croissant", is_active=False)
    assert found("croissant", view="open") == []
    assert found("croissant") == ["Ada"]


@pytest.fixture
def full(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four of five messages have the same word, which is many; the newest three are looked at for such."""
    monkeypatch.setattr(said, "FEW", 2)
    monkeypatch.setattr(searching, "NEWEST", 3)
    talk("Old", "in:the first croissant", minutes_ago=90)
    for number in range(3):
        talk(f"New {number}", "in:the one", minutes_ago=3 + number, mode="human" if number == 2 else "bot")
    # PostgreSQL expects something of beginnings once it knows a hundred words.
    talk("Chatty", "in:" + " ".join(f"word{number}" for number in range(120)), minutes_ago=99)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bots_message")


def page(words: str, *, view: str = "all") -> finding.Found:
    wanted = filters.parse({"q": words, "view": view}, member=1, sees_numbers=True)
    return finding.page(wanted, after=None, now=timezone.now())


def names(found: finding.Found) -> list[str]:
    return [one.contact.profile_name for one in found.conversations]


def test_words_that_very_many_messages_have_are_looked_for_among_the_newest(full: None) -> None:
    common = page("the")
    assert names(common) == ["New 0", "New 1", "New 2"]
    assert common.is_cut


def test_words_that_few_messages_have_are_found_however_old(full: None) -> None:
    rare = page("croissant")
    assert names(rare) == ["Old"]
    assert not rare.is_cut


def test_no_more_is_looked_at_than_there_is_room_for(full: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "NEWEST", 99)
    whole = page("the")
    assert names(whole) == ["New 0", "New 1", "New 2", "Old"]
    assert not whole.is_cut
    monkeypatch.setattr(searching, "ENOUGH", 2)
    common = page("the")
    assert names(common) == ["New 0", "New 1"]
    assert common.is_cut


def test_of_many_matches_those_of_the_list_are_looked_for(full: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "ENOUGH", 1)
    assert names(page("the", view="human")) == ["New 2"], "newer ones elsewhere leave it its place"


def test_an_empty_list_says_that_only_the_newest_matches_were_looked_at(
    full: None, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "owner")
    hint = "Only the newest were looked at"
    assert hint in client.get("/conversations/?view=failed&q=the").text
    assert hint not in client.get("/conversations/?view=failed&q=croissant").text


def test_the_newest_of_several_matches_is_the_one_that_is_shown(talk: Talk) -> None:
    conversation = talk("Ada", "in:croissant one", minutes_ago=10)
    newest = say(conversation, "croissant two", minutes_ago=1)
    wanted = filters.parse(dict(parse_qsl("q=croissant")), member=1, sees_numbers=True)
    assert finding.page(wanted, after=None, now=timezone.now()).messages == {conversation.pk: newest.pk}
