"""What the bot's pages call the values of a version."""

from __future__ import annotations

import pytest

from bots import drafts
from bots.differences import differences
from bots.models import AIConfiguration
from dashboard.bot import lengths, meanwhile, words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (1.5, "1.5 seconds"),
        (0.25, "0.25 seconds"),
        (60, "1 minute"),
        (5400, "1 hour 30 minutes"),
        (43_200, "12 hours"),
        (86_400, "1 day"),
        (90_061.5, "1 day 1 hour 1 minute 1.5 seconds"),
        (31_536_000, "365 days"),
    ],
)
def test_a_length_is_told_as_people_say_it_and_nothing_is_rounded_away(seconds, said):
    assert lengths.in_words(seconds) == said


@pytest.mark.django_db
def test_a_change_of_lengths_is_told_in_plain_words(tenant):
    before = AIConfiguration(ttl_seconds=3600, reply_delay_seconds=1.5, handover_pause_seconds=43_200)
    after = AIConfiguration(ttl_seconds=90_000, reply_delay_seconds=0, handover_pause_seconds=0)
    told = {one.label: (one.before, one.after) for one in map(words.change, differences(before=before, after=after))}

    assert told == {
        "A conversation is remembered for": ("1 hour", "1 day 1 hour"),
        "Wait for more": ("1.5 seconds", "not at all"),
        "Silence after somebody asked for a person": ("12 hours", "until a person gives it back"),
    }


@pytest.mark.django_db
def test_what_a_version_began_with_has_no_empty_lengths(tenant):
    told = [words.change(one) for one in differences(before=None, after=AIConfiguration(provider="builtin"))]
    lines = {one.label: (one.before, one.after) for one in told}

    assert lines["A conversation is remembered for"] == ("", "1 hour")
    assert lines["AI provider"] == ("", "Built-in answerer")


@pytest.mark.django_db
def test_whoever_was_second_reads_what_stands_there_in_plain_words(tenant):
    row = drafts.change_draft(
        {"ttl_seconds": 7200, "outside_hours": "closed", "languages": ["en", "de"]}, seen={}, by="anna@acme.test"
    )

    assert meanwhile.theirs(row, names=["ttl_seconds", "outside_hours", "languages"]) == [
        ("A conversation is remembered for", "2 hours"),
        ("Outside your hours", "Do not answer: say only that we are closed"),
        ("Languages of commands", "German"),
    ]
