from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import hours
from bots.hours import KEYS, HoursError, checked, in_words, is_open, next_opening, opens_in_words

SHOP = {
    "mon": [["09:00", "12:00"], ["13:00", "18:00"]],
    "tue": [["09:00", "12:00"], ["13:00", "18:00"]],
    "sat": [["09:00", "13:00"]],
}
BAR = {"fri": [["18:00", "02:00"]], "sun": [["22:00", "01:00"]]}
PARIS = "Europe/Paris"


def at(text: str, *, zone: str = PARIS, fold: int = 0) -> datetime:
    """That time on the wall there; 2026-11-23 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_so"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T11:59:59", True),
        ("2026-11-23T12:00:00", False),
        ("2026-11-23T13:00:00", True),
        ("2026-11-25T10:00:00", False),
        ("2026-11-28T12:30:00", True),
    ],
)
def test_a_shop_is_open_from_the_first_minute_of_a_span_to_its_last(moment: str, is_so: bool) -> None:
    assert is_open(SHOP, at=at(moment), time_zone=PARIS) is is_so


@pytest.mark.parametrize(
    ("moment", "is_so"),
    [
        ("2026-11-27T23:30:00", True),
        ("2026-11-28T01:59:00", True),
        ("2026-11-28T02:00:00", False),
        ("2026-11-28T23:30:00", False),
        # From the week's last night into the next week.
        ("2026-11-29T23:00:00", True),
        ("2026-11-30T00:59:00", True),
        ("2026-11-30T01:00:00", False),
    ],
)
def test_a_span_lasts_beyond_midnight(moment: str, is_so: bool) -> None:
    assert is_open(BAR, at=at(moment), time_zone=PARIS) is is_so


def test_a_whole_day_is_open_all_day_and_no_longer() -> None:
    whole = {"mon": [["00:00", "00:00"]]}
    assert is_open(whole, at=at("2026-11-23T00:00:00"), time_zone=PARIS)
    assert is_open(whole, at=at("2026-11-23T23:59:00"), time_zone=PARIS)
    assert not is_open(whole, at=at("2026-11-24T00:00:00"), time_zone=PARIS)


def test_the_same_moment_is_another_hour_elsewhere() -> None:
    moment = at("2026-11-23T09:30:00")
    assert is_open(SHOP, at=moment, time_zone=PARIS)
    assert not is_open(SHOP, at=moment, time_zone="America/New_York")


def test_the_wall_clock_counts_on_both_sides_of_a_clock_change() -> None:
    """In Paris summer ends on 25 October 2026 at 03:00, and begins on 28 March 2027 at 02:00."""
    sunday = {"sun": [["09:00", "17:00"]]}
    for day in ("2026-10-18", "2026-10-25", "2026-11-01", "2027-03-28", "2027-04-04"):
        assert is_open(sunday, at=at(f"{day}T09:00:00"), time_zone=PARIS)
        assert not is_open(sunday, at=at(f"{day}T08:59:00"), time_zone=PARIS)
        assert not is_open(sunday, at=at(f"{day}T17:00:00"), time_zone=PARIS)
    assert at("2026-10-25T09:00:00") - at("2026-10-18T09:00:00") == timedelta(days=7, hours=1)


def test_the_hour_that_comes_twice_is_open_twice_and_the_skipped_one_is_nobodys() -> None:
    night = {"sun": [["02:00", "03:00"]]}
    assert is_open(night, at=at("2026-10-25T02:30:00", fold=0), time_zone=PARIS)
    assert is_open(night, at=at("2026-10-25T02:30:00", fold=1), time_zone=PARIS)
    skipped = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)
    assert not any(is_open(night, at=skipped + timedelta(minutes=5 * step), time_zone=PARIS) for step in range(48))


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-23T08:00:00", "today at 09:00"),
        ("2026-11-23T12:30:00", "today at 13:00"),
        ("2026-11-23T18:00:00", "tomorrow at 09:00"),
        ("2026-11-24T18:00:00", "on Saturday at 09:00"),
        ("2026-11-28T13:00:00", "on Monday at 09:00"),
    ],
)
def test_the_next_opening_is_told_as_people_say_it(moment: str, told: str) -> None:
    assert opens_in_words(SHOP, at=at(moment), time_zone=PARIS) == told


def test_who_opens_once_a_week_opens_again_in_a_week() -> None:
    once = {"mon": [["09:00", "10:00"]]}
    opening = next_opening(once, at=at("2026-11-23T09:30:00"), time_zone=PARIS)
    assert opening == at("2026-11-30T09:00:00")


def test_who_never_opens_opens_soon() -> None:
    assert next_opening({}, at=at("2026-11-23T09:00:00"), time_zone=PARIS) is None
    assert opens_in_words({}, at=at("2026-11-23T09:00:00"), time_zone=PARIS) == "soon"


def test_a_skipped_opening_time_is_as_much_later() -> None:
    night = {"sun": [["02:30", "05:00"]]}
    opening = next_opening(night, at=at("2027-03-27T12:00:00"), time_zone=PARIS)
    assert opening == at("2027-03-28T03:30:00")


@pytest.mark.parametrize(
    ("week", "told"),
    [
        ({}, ""),
        (SHOP, "Monday and Tuesday 09:00–12:00 and 13:00–18:00; closed on Wednesday to Friday; "
               "Saturday 09:00–13:00; closed on Sunday"),
        ({day: [["00:00", "00:00"]] for day in KEYS}, "Monday to Sunday all day"),
    ],
)  # fmt: skip
def test_a_week_is_told_in_words(week: hours.Week, told: str) -> None:
    assert in_words(week) == told


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ({"moon": [["09:00", "10:00"]]}, "moon is no day"),
        ({"mon": [["09:00"]]}, "Monday: write an opening and a closing time"),
        ({"mon": [["9:00", "10:00"]]}, "Monday: write an opening and a closing time"),
        ({"mon": [["09:00", "24:00"]]}, "Monday: write an opening and a closing time"),
        ({"mon": [["09:00", ""]]}, "Monday: write an opening and a closing time"),
        ({"mon": [["12:00", "15:00"], ["09:00", "13:00"]]}, "Monday: two spans overlap"),
        ({"mon": [["18:00", "03:00"]], "tue": [["02:00", "10:00"]]}, "Monday and Tuesday: two spans overlap"),
        ({"sun": [["18:00", "03:00"]], "mon": [["02:00", "10:00"]]}, "Sunday and Monday: two spans overlap"),
    ],
)
def test_a_week_that_cannot_be_meant_is_refused_in_words(week: hours.Week, sentence: str) -> None:
    with pytest.raises(HoursError, match=sentence):
        checked(week)


def test_a_checked_week_is_in_order_and_without_closed_days() -> None:
    assert checked({"tue": [["13:00", "18:00"], ["09:00", "12:00"]], "mon": []}) == {
        "tue": [["09:00", "12:00"], ["13:00", "18:00"]]
    }


def test_a_time_zone_that_the_machine_does_not_know_is_utc() -> None:
    assert is_open(SHOP, at=at("2026-11-23T09:30:00", zone="UTC"), time_zone="Europe/Atlantis")


@given(
    minute=st.integers(0, 60 * 24 * 365 * 3),
    zone=st.sampled_from([PARIS, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    week=st.sampled_from([SHOP, BAR, {"wed": [["00:00", "00:00"]]}]),
)
def test_at_the_next_opening_it_is_open(minute: int, zone: str, week: hours.Week) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    opening = next_opening(week, at=moment, time_zone=zone)
    assert opening
    assert opening > moment
    assert is_open(week, at=opening, time_zone=zone)
