"""Opening hours: a week of spans on the wall's clock, in one time zone. Pure; the time is passed in.

What the clock on the wall shows is what counts, so the hour that comes twice when summer ends is open twice, and the
one that is skipped in spring is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Day (`mon` ...) -> its spans, as ("09:00", "17:30"), in order. A span that ends when it begins or earlier lasts into
#: the next day: ("18:00", "02:00"), and ("00:00", "00:00") is the whole day. A day that is not named is closed.
Week = Mapping[str, Sequence[Sequence[str]]]
#: Outside the hours the bot answers as ever, answers and says that nobody is there, or says only that.
Outside = Literal["always", "note", "closed"]
OUTSIDE: tuple[Outside, ...] = ("always", "note", "closed")

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
KEYS = tuple(DAYS)
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
DAY = 24 * 60
WEEK = 7 * DAY


class HoursError(ValueError):
    """A week that cannot be meant, in a sentence for whoever wrote it."""


def checked(week: Week) -> dict[str, list[list[str]]]:
    """The week in order, without its closed days. Raises `HoursError`."""
    for day, spans in week.items():
        if day not in DAYS:
            raise HoursError(f"{day} is no day: use {', '.join(KEYS)}.")
        for span in spans:
            if len(span) != 2 or not all(CLOCK.fullmatch(clock) for clock in span):  # noqa: PLR2004 (open, close)
                raise HoursError(f"{DAYS[day]}: write an opening and a closing time, such as 09:00 and 17:30.")
    ordered = {day: sorted([list(span) for span in week[day]]) for day in KEYS if week.get(day)}
    _refuse_overlaps(ordered)
    return ordered


def zone(name: str) -> tzinfo:
    """The time zone of that IANA name; UTC where the machine does not know it: a bot that is asked answers."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def is_open(week: Week, *, at: datetime, time_zone: str) -> bool:
    """Whether somebody is there at this moment (aware)."""
    there = at.astimezone(zone(time_zone))
    minute = there.weekday() * DAY + there.hour * 60 + there.minute
    return any(begin <= minute < end or begin <= minute + WEEK < end for _, begin, end in _spans(week))


def next_opening(week: Week, *, at: datetime, time_zone: str) -> datetime | None:
    """When it opens next after this moment (aware), in that time zone; None when it never does."""
    there = zone(time_zone)
    today = at.astimezone(there).date()
    coming = (
        opening
        for days in range(8)
        for span in week.get(KEYS[(today + timedelta(days=days)).weekday()], ())
        if (opening := _moment(today + timedelta(days=days), span[0], there=there)) > at
    )
    return min(coming, default=None)


def opens_in_words(week: Week, *, at: datetime, time_zone: str) -> str:
    """`today at 14:00`, `tomorrow at 09:00`, `on Monday at 09:00`; `soon` where no day is open."""
    opening = next_opening(week, at=at, time_zone=time_zone)
    if opening is None:
        return "soon"
    days = (opening.date() - at.astimezone(opening.tzinfo).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {DAYS[KEYS[opening.weekday()]]}")
    return f"{day} at {opening:%H:%M}"


def in_words(week: Week) -> str:
    """`Monday to Friday 09:00–12:00 and 13:00–18:00; Saturday 09:00–13:00; closed on Sunday`. Empty where none are."""
    if not any(week.values()):
        return ""
    runs: list[tuple[str, str, str]] = []
    for day in KEYS:
        spans = " and ".join("all day" if span[0] == span[1] else f"{span[0]}–{span[1]}" for span in week.get(day, ()))
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    told = [
        f"{_days(first, last)} {spans}" if spans else f"closed on {_days(first, last)}" for first, last, spans in runs
    ]
    return "; ".join(told)


def _days(first: str, last: str) -> str:
    if first == last:
        return DAYS[first]
    return f"{DAYS[first]} {'and' if KEYS.index(last) - KEYS.index(first) == 1 else 'to'} {DAYS[last]}"


def _spans(week: Week) -> Iterator[tuple[str, int, int]]:
    """(day, begin, end) in minutes since Monday 00:00; the end of Sunday's last may lie in the next week."""
    for number, day in enumerate(KEYS):
        for opens, closes in week.get(day, ()):
            begin, end = number * DAY + _minutes(opens), number * DAY + _minutes(closes)
            yield day, begin, end if end > begin else end + DAY


def _refuse_overlaps(week: Week) -> None:
    spans = list(_spans(week))
    following = [*spans[1:], *((day, begin + WEEK, end + WEEK) for day, begin, end in spans[:1])]
    for (day, _, end), (next_day, begin, _) in zip(spans, following, strict=True):
        if begin < end:
            whose = DAYS[day] if day == next_day else f"{DAYS[day]} and {DAYS[next_day]}"
            raise HoursError(f"{whose}: two spans overlap.")


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _moment(day: date, clock: str, *, there: tzinfo) -> datetime:
    """That time on the wall. One that a clock change skips is as much later as is skipped."""
    on_the_wall = datetime.combine(day, time.fromisoformat(clock), tzinfo=there)
    return datetime.fromtimestamp(on_the_wall.timestamp(), tz=there)
