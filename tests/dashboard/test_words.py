"""What pages say and hide: pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bots.models import Message
from bots.rules import Reason
from dashboard import masking, wording
from dashboard.verdict import Facts, judge

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("+14155238886", "+1 415 *** 8886"),
        ("whatsapp:+14155238886", "+1 415 *** 8886"),
        ("+4915112345678", "+49 151 *** 5678"),
        ("+2904123", "+290 *** 3"),
        ("whatsapp:DE.abcdef123456", "wh***56"),
        ("secret", "***"),
        ("", "***"),
    ],
)
def test_a_masked_number_keeps_its_ends(address: str, masked: str) -> None:
    assert masking.masked_number(address) == masked


@pytest.mark.parametrize("digits", range(4, 13))
def test_at_least_three_digits_of_any_number_are_hidden(digits: int) -> None:
    number = "+49" + "123456789012"[:digits]
    shown = masking.masked_number(number).removeprefix("+49")
    assert sum(character.isdigit() for character in shown) <= digits - 3


@pytest.mark.parametrize(
    ("profile_name", "phone", "name"),
    [
        ("Ada Lovelace", "+4915112345678", "Ada L."),
        ("Ada", "+4915112345678", "Ada"),
        ("", "+4915112345678", "+49 151 *** 5678"),
        ("  ", "", "WhatsApp user"),
        ("+49 151 12345678", "", "+49 151 *** 5678"),
        ("x" * 50, "", "x" * 27 + "…"),
    ],
)
def test_a_contact_is_called_by_less_than_the_whole_name(profile_name: str, phone: str, name: str) -> None:
    assert masking.contact_name(profile_name=profile_name, phone=phone) == name


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7200, "2 h ago"),
        (90_000, "1 day ago"),
        (172_800, "2 days ago"),
        (604_800, "15 Nov 2026"),
    ],
)
def test_a_moment_is_told_in_one_unit(seconds: int, words: str) -> None:
    assert wording.ago(NOW - timedelta(seconds=seconds), now=NOW) == words


@pytest.mark.parametrize(("milliseconds", "words"), [(640.4, "640 ms"), (2440, "2.4 s"), (185_000, "3 min")])
def test_a_duration_is_told_in_one_unit(milliseconds: float, words: str) -> None:
    assert wording.duration(milliseconds) == words


@pytest.mark.parametrize("reason", [one for one in get_args(Reason) if one])
def test_every_reason_of_the_rules_has_words(reason: str) -> None:
    assert reason in wording.REASONS


@pytest.mark.parametrize("outcome", ["", *Message.Outcome.values])
def test_every_outcome_has_words_of_its_own(outcome: str) -> None:
    words = {
        one: wording.outcome(Message(outcome=one, outcome_reason="ai_timeout" if one == "failed" else ""))
        for one in ["", *Message.Outcome.values]
    }
    assert words[outcome]
    assert len(set(words.values())) == len(words)


def test_an_admin_reads_why_the_fallback_answers() -> None:
    verdict = judge(facts(fallback_error="credentials: OpenAI answered 401"), now=NOW)
    assert verdict.detail == "The bot's own AI provider failed at the last message: OpenAI answered 401."


@pytest.mark.parametrize(
    ("outcome", "reason", "words"),
    [
        ("answered", "", "Answered"),
        ("answered", "stop", "Answered: the contact asked for silence"),
        ("human", "human", "Left to a person"),
        ("human", "handover", "Left to a person: the contact asked for one"),
        ("refused", "opted_out", "Not answered: the contact opted out"),
    ],
)
def test_what_a_command_led_to_is_said_in_words(outcome: str, reason: str, words: str) -> None:
    assert wording.outcome(Message(outcome=outcome, outcome_reason=reason)) == words


FINE = Facts(
    suspended=False,
    connected=True,
    configured=True,
    channel_error="",
    last_inbound=NOW - timedelta(minutes=3),
    last_outcome="answered",
    last_reason="",
    waiting_since=None,
)


def facts(**changes: object) -> Facts:
    return replace(FINE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "tone", "title"),
    [
        (FINE, "good", "Working"),
        (facts(last_inbound=None, last_outcome=""), "calm", "Ready for the first message"),
        (facts(waiting_since=NOW - timedelta(seconds=119)), "good", "Working"),
        (facts(waiting_since=NOW - timedelta(seconds=121)), "bad", "Messages are waiting"),
        (facts(last_outcome="failed", last_reason="ai_timeout"), "bad", "The last message got no answer"),
        (facts(configured=False), "warn", "The bot is not set up"),
        (facts(fallback_error="credentials: OpenAI answered 401"), "warn", "The fallback answers"),
        (facts(fallback_error="timeout: x", last_outcome="failed"), "bad", "The last message got no answer"),
        (facts(channel_error="401"), "bad", "Replies cannot be sent"),
        (facts(connected=False, configured=False), "warn", "No number connected"),
        (facts(suspended=True, channel_error="401"), "bad", "Suspended"),
        (facts(channel_needs_help=True), "bad", "The number needs attention"),
        (facts(is_set_up=False, last_inbound=None, last_outcome=""), "warn", "Set-up is not finished"),
        (facts(is_set_up=False, connected=False), "warn", "No number connected"),
    ],
)
def test_the_verdict_is_the_worst_that_is_wrong(found: Facts, tone: str, title: str) -> None:
    verdict = judge(found, now=NOW)
    assert (verdict.tone, verdict.title) == (tone, title)
