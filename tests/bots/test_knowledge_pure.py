"""What needs no database: languages, tables, rankings as one, words that mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.ai.synonyms import asked_words, sought
from bots.knowledge.fusion import fused
from bots.knowledge.languages import LANGUAGES, SIGNS, language_of
from bots.knowledge.problems import SENTENCES, sentence
from bots.knowledge.tables import as_lines


def test_every_language_with_signs_is_one_that_can_be_chosen():
    assert set(SIGNS) <= set(LANGUAGES)


def test_a_text_without_small_words_is_taken_for_the_default():
    assert language_of("Croissant: 2.40\nBaguette: 1.80") == "english"
    assert language_of("") == "english"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Är du här? Vi har inte öppet, och det är stängt till på måndag.", "swedish"),
        ("Мы работаем для вас и не закрываемся", "russian"),
        ("Não abrimos aos domingos, mas você pode ligar para nós", "portuguese"),
        ("We zijn open, en het is niet ver. Voor u ook.", "dutch"),
    ],
)
def test_the_small_words_tell_the_language(text, language):
    assert language_of(text) == language


def test_a_table_with_a_heading_says_on_each_line_what_its_columns_are():
    table = 'Product,Price,Allergens\nCroissant,2.40,"butter, wheat"\nBaguette,1.80,\n'

    assert as_lines(table) == "Croissant: Price 2.40, Allergens butter, wheat\nBaguette: Price 1.80"


def test_a_table_of_another_country_is_read_too():
    assert as_lines("Artikel;Preis\nBrezel;0,90") == "Brezel: Preis 0,90"


def test_a_table_without_a_heading_loses_no_row():
    assert as_lines("Croissant,2.40\nBaguette,1.80") == "Croissant: 2.40\nBaguette: 1.80"


def test_a_column_alone_is_a_list():
    assert as_lines("Name\nAnna\n\nBen\n") == "Name\nAnna\nBen"


def test_a_row_without_a_first_cell_is_kept():
    assert as_lines("Name,Price\n,3.00") == "Price 3.00"


@given(st.text(alphabet='ab,;"\n\t |1', max_size=200))
def test_no_table_is_too_strange_to_be_read(text):
    assert isinstance(as_lines(text), str)


def test_what_stands_first_in_every_ranking_has_the_whole_score():
    assert fused([["a", "b"], ["a", "c"]]) == {
        "a": pytest.approx(1.0),
        "b": pytest.approx(61 / 124),
        "c": pytest.approx(61 / 124),
    }


def test_two_rankings_that_agree_on_the_second_outweigh_one_that_has_another_first():
    assert next(iter(fused([["x", "a"], ["a", "y"]]))) == "a"


def test_an_empty_ranking_takes_nothing_away():
    assert fused([["a", "b"], []]) == fused([["a", "b"]])
    assert fused([]) == {}


@given(st.lists(st.lists(st.integers(0, 20), unique=True), max_size=4))
def test_every_key_is_ranked_once_and_the_scores_fall(rankings):
    scores = fused(rankings)

    assert set(scores) == {key for ranking in rankings for key in ranking}
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert all(0 < score <= 1.0000001 for score in scores.values())


@pytest.mark.parametrize("question", ["where are you?", "Where is your shop", "¿dónde están?", "wo seid ihr?"])
def test_who_asks_where_asks_for_the_address(question):
    assert asked_words(question)[0] == "address"


def test_who_asks_where_something_else_is_asks_for_that():
    assert asked_words("where can I park?") == ["park"]


def test_other_words_for_a_thing_count_less_than_its_own():
    weights = {(one.word, one.other): one.weight for one in sought("can I pay by card?")}

    assert weights["card", "card"] == weights["pay", "pay"] == 1.0
    assert weights["pay", "cash"] < 1.0


def test_every_problem_has_a_sentence_and_none_has_none():
    assert sentence("") == ""
    assert sentence("a word of tomorrow") == SENTENCES["unreadable"]
