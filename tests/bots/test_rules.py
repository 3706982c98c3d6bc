from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import rules, texts
from bots.commands import recognise
from bots.rules import Facts, Sorting, given_up, sort

FINE: dict[str, Any] = {"tenant_status": "active", "opted_out": False, "with_a_person": False, "paused": False}


def facts(**changes: Any) -> Facts:
    return Facts(**{**FINE, **changes})


def never_over() -> bool:
    return True


def first(count: int) -> Callable[[], bool]:
    """A limit that so many messages are within."""
    left = [True] * count
    return lambda: bool(left and left.pop())


def sorted_texts(*written: str, limit: Callable[[], bool] = never_over, **known: Any) -> Sorting:
    return sort(written, facts=facts(**known), within_limit=limit)


def fates(sorting: Sorting) -> list[str]:
    """Of each message, in order, in one word: its reason, else its outcome; `?` is the AI's."""
    count = len(sorting.settled) + len(sorting.to_answer)
    return ["?" if index in sorting.to_answer else sorting.settled[index][1] for index in range(count)]


def said(sorting: Sorting) -> list[str]:
    return [reason for reason, _ in sorting.replies]


# Who hears nothing


@pytest.mark.parametrize(
    ("known", "outcome", "reason"),
    [
        ({"tenant_status": "suspended"}, "refused", "suspended"),
        ({"tenant_status": "closed"}, "refused", "suspended"),
        ({"blocked": True}, "refused", "blocked"),
        ({"blocked": True, "with_a_person": True}, "refused", "blocked"),
        ({"with_a_person": True}, "human", "human"),
        ({"paused": True}, "human", "human"),
        ({"opted_out": True}, "refused", "opted_out"),
        ({"opted_out": True, "with_a_person": True}, "refused", "opted_out"),
    ],
)
def test_whoever_is_to_hear_nothing_costs_nothing(known, outcome, reason):
    def counted() -> bool:
        raise AssertionError("counted")

    sorting = sorted_texts("hello", "help", "human", "", limit=counted, **known)

    assert set(sorting.settled.values()) == {(outcome, reason)}
    assert (sorting.to_answer, sorting.replies) == ([], [])


def test_messages_whose_every_turn_broke_are_given_up_with_a_word():
    refused = given_up(facts())

    assert (refused.outcome, refused.reason, refused.text) == ("failed", "poison", texts.AI_UNAVAILABLE)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"tenant_status": "suspended"}, "suspended"),
        ({"with_a_person": True}, "human"),
        ({"paused": True}, "human"),
        ({"opted_out": True}, "opted_out"),
    ],
)
def test_whoever_is_to_hear_nothing_hears_nothing_even_of_a_broken_bot(known, reason):
    assert (given_up(facts(**known)).reason, given_up(facts(**known)).text) == (reason, "")


# Questions


def test_plain_messages_are_answered_together():
    assert sorted_texts("how much", "is a croissant?").to_answer == [0, 1]


def test_messages_over_the_limit_are_set_aside_with_one_notice():
    sorting = sorted_texts("one", "two", "three", "four", limit=first(2))

    assert (fates(sorting), said(sorting)) == (["?", "?", "rate_limited", "rate_limited"], ["rate_limited"])


def test_a_message_without_words_alone_is_wordless():
    sorting = sorted_texts("", " \n")

    assert (fates(sorting), said(sorting)) == (["no_words", "no_words"], ["no_words"])


def test_a_message_without_words_is_answered_with_the_words_around_it():
    assert sorted_texts("", "what is this?").to_answer == [0, 1]


# RESET


@pytest.mark.parametrize("command", ["/reset", "/RESET", "  /Reset \n", "reset", "Start over!"])
def test_a_reset_is_known_in_any_case_and_with_blanks(command):
    sorting = sorted_texts(command)

    assert (fates(sorting), said(sorting), sorting.forgets) == (["reset"], ["reset"], True)


@pytest.mark.parametrize("text", ["/resetting", "please /reset", "how do I reset it?"])
def test_what_only_looks_like_a_reset_is_answered(text):
    assert fates(sorted_texts(text)) == ["?"]


def test_what_came_before_a_reset_is_forgotten_and_what_follows_is_answered():
    sorting = sorted_texts("old", "/reset", "new")

    assert sorting.settled == {0: ("refused", "reset"), 1: ("answered", "reset")}
    assert sorting.to_answer == [2]


def test_the_last_of_two_resets_counts():
    sorting = sorted_texts("a", "/reset", "b", "/reset", "c")

    assert [sorting.settled[index][0] for index in range(4)] == ["refused", "refused", "refused", "answered"]
    assert (sorting.to_answer, said(sorting)) == ([4], ["reset"])


def test_a_reset_over_the_limit_resets_nothing():
    sorting = sorted_texts("a", "/reset", limit=first(1))

    assert (fates(sorting), sorting.forgets) == (["?", "rate_limited"], False)


# STOP and START


def test_a_stop_is_the_last_thing_that_is_answered():
    sorting = sorted_texts("hi", "help", "STOP", "are you there?", "stop")

    assert fates(sorting) == ["opted_out", "help", "stop", "opted_out", "opted_out"]
    assert (said(sorting), sorting.opted_out, sorting.to_answer) == (["stop"], True, [])


def test_a_stop_is_understood_however_much_was_written():
    sorting = sorted_texts("one", "two", "stop", limit=first(1))

    assert (fates(sorting), said(sorting)) == (["opted_out", "rate_limited", "stop"], ["stop"])


def test_a_start_in_the_same_burst_takes_the_stop_back():
    sorting = sorted_texts("hi", "STOP", "START", "price?")

    assert fates(sorting) == ["opted_out", "stop", "start", "?"]
    assert (said(sorting), sorting.opted_out) == (["start"], False)


def test_who_opted_out_is_back_with_a_start():
    sorting = sorted_texts("hello", "Start", "price?", opted_out=True)

    assert (fates(sorting), sorting.opted_out) == (["opted_out", "start", "?"], False)


def test_a_start_of_somebody_who_is_listened_to_is_a_message_like_any_other():
    assert fates(sorted_texts("start")) == ["?"]


def test_starts_of_somebody_who_opted_out_are_counted():
    sorting = sorted_texts("start", "stop", "start", "stop", opted_out=True, limit=first(1))

    assert fates(sorting) == ["start", "stop", "rate_limited", "opted_out"]
    assert (said(sorting), sorting.opted_out) == (["stop"], True)


def test_a_stop_holds_beside_a_person_and_the_rest_is_theirs():
    sorting = sorted_texts("hello", "stop", with_a_person=True)

    assert sorting.settled == {0: ("human", "human"), 1: ("answered", "stop")}
    assert (sorting.opted_out, said(sorting)) == (True, ["stop"])


def test_a_start_beside_a_person_lets_them_hear_the_contact_again_and_nothing_else():
    sorting = sorted_texts("start", "hello", with_a_person=True, opted_out=True)

    assert (fates(sorting), sorting.opted_out) == (["start", "human"], False)
    assert fates(sorted_texts("start", "reset", "help", with_a_person=True)) == ["human"] * 3


def test_a_stop_to_a_suspended_business_holds_and_is_answered_by_nothing():
    sorting = sorted_texts("hello", "stop", tenant_status="suspended")

    assert (set(fates(sorting)), sorting.opted_out, said(sorting)) == ({"suspended"}, True, [])


# HUMAN


def test_whoever_asks_for_a_person_is_left_to_them_with_all_that_they_wrote():
    sorting = sorted_texts("my parcel is broken", "human", "it is urgent")

    assert sorting.settled == {0: ("human", "human"), 1: ("human", "handover"), 2: ("human", "human")}
    assert (said(sorting), sorting.paused, sorting.hands_over) == (["handover"], True, True)


@pytest.mark.parametrize("back", ["start", "reset"])
def test_whoever_waits_for_a_person_may_go_back_to_the_bot(back):
    sorting = sorted_texts("anybody?", back, "price?", paused=True)

    assert (fates(sorting), sorting.paused) == (["human", back, "?"], False)


def test_a_handover_that_is_taken_back_at_once_is_none():
    sorting = sorted_texts("human", "start", "price?")

    assert (fates(sorting), sorting.paused, sorting.hands_over) == (["handover", "start", "?"], False, False)
    assert said(sorting) == ["start"]


def test_whoever_goes_back_and_asks_again_waits_anew():
    assert sorted_texts("reset", "human", paused=True).hands_over


# All of it


WRITTEN = st.lists(
    st.sampled_from(["", "price?", "stop", "START", "help", "/reset", "human", "hilfe", "please stop"]), max_size=9
)
KNOWN = st.fixed_dictionaries(
    {
        "tenant_status": st.sampled_from(["active", "suspended"]),
        "opted_out": st.booleans(),
        "with_a_person": st.booleans(),
        "paused": st.booleans(),
        "languages": st.sampled_from([[], ["de"], ["de", "en"]]),
    }
)


@given(written=WRITTEN, known=KNOWN, within=st.integers(0, 9))
def test_each_message_ends_in_exactly_one_way(written: Sequence[str], known: dict[str, Any], within: int):
    sorting = sorted_texts(*written, limit=first(within), **known)

    assert sorted([*sorting.settled, *sorting.to_answer]) == list(range(len(written)))
    assert sorting.to_answer == sorted(sorting.to_answer)


@given(written=WRITTEN, known=KNOWN, within=st.integers(0, 9))
def test_after_a_stop_nothing_is_answered_without_a_start(written: Sequence[str], known: dict[str, Any], within: int):
    sorting = sorted_texts(*written, limit=first(within), **known)
    names = [command.name if (command := recognise(text)) else "" for text in written]
    stops = [index for index, name in enumerate(names) if name == "stop"]
    starts = [index for index, fate in sorting.settled.items() if fate == ("answered", "start")]
    listening = not known["opted_out"]

    for answered in sorting.to_answer:
        consents = [index for index in (*stops, *starts) if index < answered]
        assert (max(consents) in starts) if consents else listening
    if stops and not [index for index in starts if index > stops[-1]]:
        assert sorting.opted_out or known["tenant_status"] != "active"
        assert said(sorting) in (["stop"], [])


@given(written=WRITTEN, known=KNOWN, within=st.integers(0, 9))
def test_who_opted_out_costs_no_call_and_no_notice(written: Sequence[str], known: dict[str, Any], within: int):
    silent = [text for text in written if text != "START"]
    sorting = sorted_texts(*silent, limit=first(within), **{**known, "opted_out": True})

    assert (sorting.to_answer, sorting.replies) == ([], [])


def test_every_reason_that_is_said_has_its_text():
    for written in (["a"] * 2, ["help"], ["stop"], ["human"], ["reset"], [""]):
        for reason, command in sorted_texts(*written, limit=first(1)).replies:
            assert texts.reply_to(command.name) if command else texts.NOTICES[reason]


def test_what_is_said_about_being_written_to_is_never_told_to_a_model():
    assert rules.CONSENT < rules.UNTOLD
