from __future__ import annotations

import pytest

from bots import rules, texts
from bots.rules import Facts, Written, refusal, sort

FINE = {
    "tenant_status": "active",
    "mode": "bot",
    "opted_out": False,
    "configured": True,
    "failed_claims": 0,
    "most_failed_claims": 5,
}


def decided(**changes):
    return refusal(Facts(**{**FINE, **changes}))


def sorted_texts(*written: str, over: tuple[int, ...] = ()):
    return sort([Written(text=text, within_limit=index not in over) for index, text in enumerate(written)])


def test_nothing_keeps_the_bot_from_answering():
    assert decided() is None


@pytest.mark.parametrize(
    ("facts", "outcome", "reason", "text"),
    [
        ({"tenant_status": "suspended"}, "refused", "suspended", ""),
        ({"tenant_status": "closed"}, "refused", "suspended", ""),
        ({"mode": "human"}, "human", "human", ""),
        ({"opted_out": True}, "refused", "opted_out", ""),
        ({"failed_claims": 5}, "failed", "poison", texts.AI_UNAVAILABLE),
        ({"configured": False}, "failed", "not_configured", texts.INVALID_CONFIGURATION),
    ],
)
def test_each_rule_says_what_becomes_of_the_messages_and_what_the_contact_reads(facts, outcome, reason, text):
    refused = decided(**facts)

    assert (refused.outcome, refused.reason, refused.text) == (outcome, reason, text)


def test_a_message_is_given_up_at_the_limit_and_not_before():
    assert decided(failed_claims=4) is None
    assert decided(failed_claims=5).reason == "poison"


def test_whoever_is_to_get_no_message_gets_none_even_of_a_broken_bot():
    broken = {"configured": False, "failed_claims": 9}

    assert decided(tenant_status="suspended", mode="human", **broken).reason == "suspended"
    assert decided(mode="human", opted_out=True, **broken).reason == "human"
    assert decided(opted_out=True, **broken).reason == "opted_out"
    assert decided(**broken).reason == "poison"


def test_plain_messages_are_answered_together():
    sorting = sorted_texts("how much", "is a croissant?")

    assert sorting == rules.Sorting(to_answer=[0, 1])


def test_messages_over_the_limit_are_set_aside():
    sorting = sorted_texts("one", "two", "three", over=(2,))

    assert (sorting.to_answer, sorting.limited) == ([0, 1], [2])


@pytest.mark.parametrize("command", ["/reset", "/RESET", "  /Reset \n"])
def test_a_reset_is_known_in_any_case_and_with_blanks(command):
    assert sorted_texts(command) == rules.Sorting(reset=0)


@pytest.mark.parametrize("text", ["/resetting", "please /reset", "reset", "/ reset"])
def test_what_only_looks_like_a_reset_is_answered(text):
    assert sorted_texts(text) == rules.Sorting(to_answer=[0])


def test_what_came_before_a_reset_is_forgotten_and_what_follows_is_answered():
    assert sorted_texts("old", "/reset", "new") == rules.Sorting(forgotten=[0], reset=1, to_answer=[2])


def test_the_last_of_two_resets_counts():
    sorting = sorted_texts("a", "/reset", "b", "/reset", "c")

    assert (sorted(sorting.forgotten), sorting.reset, sorting.to_answer) == ([0, 1, 2], 3, [4])


def test_every_message_is_sorted_exactly_once():
    sorting = sorted_texts("a", "", "/reset", "b", "/reset", "", "c", over=(3,))
    all_of_them = [*sorting.limited, *sorting.forgotten, *sorting.wordless, *sorting.to_answer, sorting.reset]

    assert sorted(all_of_them) == [0, 1, 2, 3, 4, 5, 6]


def test_a_message_without_words_alone_is_wordless():
    assert sorted_texts("", " \n") == rules.Sorting(wordless=[0, 1])


def test_a_message_without_words_is_answered_with_the_words_around_it():
    assert sorted_texts("", "what is this?") == rules.Sorting(to_answer=[0, 1])


def test_a_reset_over_the_limit_resets_nothing():
    assert sorted_texts("a", "/reset", over=(1,)) == rules.Sorting(limited=[1], to_answer=[0])
