"""Whole messages that are commands, in twelve languages."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import commands, formatting, texts
from bots.commands import WORDS, Command, recognise, to_type

EVERY_WORD = [
    (language, name, word) for language, names in WORDS.items() for name, words in names.items() for word in words
]


@pytest.mark.parametrize(("language", "name", "word"), EVERY_WORD)
def test_each_word_is_its_command_however_it_is_written(language, name, word):
    for written in (word, word.upper(), word.title(), f"  {word}. ", f"/{word}", f"«{word}»!", f"\u200f{word}\u200f"):
        assert recognise(written, languages=[language]) == Command(name, language), written


def test_no_word_means_two_things():
    meanings: dict[str, set[str]] = {}
    for _, name, word in EVERY_WORD:
        meanings.setdefault(word, set()).add(name)
    assert {word: names for word, names in meanings.items() if len(names) > 1} == {}


@pytest.mark.parametrize(
    "text",
    [
        "please stop",
        "stop please",
        "stop it",
        "How do I reset my password?",
        "start of the course",
        "help me choose",
        "I am human",
        "stopp das",
        "",
        " ",
        "/",
        "...",
        "?",
        "stop" * 30,
        "s t o p",
    ],
)
def test_a_sentence_with_a_command_in_it_is_no_command(text):
    assert recognise(text, languages=list(WORDS)) is None


@pytest.mark.parametrize(
    "text", ["ｓｔｏｐ", "STOP", "/Stop", "*stop*", '"stop"', "stop\n", "STOP!!!", "(stop)", "stop  all"]
)
def test_stop_is_understood_in_many_shapes(text):
    assert recognise(text) == Command("stop", "en")


def test_a_language_that_the_business_did_not_choose_is_not_understood():
    assert recognise("hilfe") is None
    assert recognise("hilfe", languages=["fr", "de"]) == Command("help", "de")


def test_english_is_understood_whatever_the_business_chose():
    assert recognise("unsubscribe", languages=["tr"]) == Command("stop", "en")


def test_a_word_of_several_languages_is_the_first_chosen_ones():
    assert recognise("stop", languages=["nl", "de"]) == Command("stop", "nl")
    assert recognise("stop", languages=["de", "nl"]) == Command("stop", "de")


def test_turkish_capitals_are_understood_with_and_without_their_dots():
    assert recognise("İNSAN", languages=["tr"]) == recognise("INSAN", languages=["tr"]) == Command("human", "tr")
    assert recognise("YARDIM", languages=["tr"]) == Command("help", "tr")


@given(st.text(alphabet=st.sampled_from(string.ascii_letters + " ./!\u200f\u0307ıİßﬀ"), max_size=12))
def test_what_is_recognised_is_recognised_with_anything_around_it(text):
    assert recognise(f" ({text})! ", languages=list(WORDS)) == recognise(text, languages=list(WORDS))


# What is said


def test_every_language_has_a_text_for_every_command():
    assert set(texts.COMMAND_REPLIES) == set(WORDS)
    for replies in texts.COMMAND_REPLIES.values():
        assert set(replies) == {"stop", "start", "help", "human", "reset"}


@pytest.mark.parametrize("language", WORDS)
def test_the_words_that_a_text_names_are_understood(language):
    """Also by somebody who copies them out of the message."""
    offered = {
        "stop": {"start"},
        "start": set(),
        "help": {"human", "reset", "stop"},
        "human": {"start"},
        "reset": set(),
    }
    for name, expected in offered.items():
        text = texts.COMMAND_REPLIES[language][name]
        assert {command for command in WORDS[language] if f"{{{command}}}" in text} == expected
        for command in expected:
            word = to_type(language)[command]
            assert word in texts.reply_to(name, language=language)
            assert recognise(word, languages=[language]) == Command(command, language)


@pytest.mark.parametrize("language", WORDS)
def test_help_names_the_business_and_keeps_its_lines(language):
    sent = formatting.to_whatsapp(texts.reply_to("help", language=language, tenant_name="Acme & {Söhne}"))

    assert "Acme & {Söhne}" in sent
    assert len(sent.splitlines()) == 6


def test_no_language_borrows_another_s_words():
    for name in ("stop", "start", "help", "human", "reset"):
        said = [texts.COMMAND_REPLIES[language][name] for language in WORDS]
        assert len(set(said)) == len(WORDS)


@pytest.mark.parametrize(("language", "script"), [("ar", "ARABIC"), ("hi", "DEVANAGARI")])
def test_a_language_of_another_script_is_written_in_it(language, script):
    """But for the business's name, which `HELP` holds."""
    for name in texts.COMMAND_REPLIES[language]:
        letters = [sign for sign in texts.reply_to(name, language=language) if sign.isalpha()]
        assert letters
        assert all(unicodedata.name(sign).startswith(script) for sign in letters)


def test_turkish_words_to_type_keep_the_dot_of_their_i():
    assert to_type("tr")["human"] == "İNSAN"
    assert to_type("tr")["help"] == "YARDIM"
    assert to_type("it")["start"] == "INIZIA"


def test_a_reset_is_answered_in_the_language_of_its_word():
    assert texts.reply_to("reset") == texts.RESET_DONE
    assert texts.reply_to("reset", language="de").startswith("Erledigt.")


def test_far_too_long_messages_are_not_even_folded(monkeypatch):
    monkeypatch.setattr(commands, "_folded", lambda _: pytest.fail("folded"))

    assert recognise("stop" + " " * 200) is None
