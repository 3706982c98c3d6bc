"""A span of time that a page looks at, from its URL, and the equal parts in which a histogram counts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.charts.histogram import Span

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CUSTOM = "custom"
#: The word in the URL -> (how long, each part of it).
PRESETS: dict[str, tuple[timedelta, timedelta]] = {
    "15m": (15 * MINUTE, MINUTE),
    "1h": (HOUR, 2 * MINUTE),
    "24h": (DAY, HOUR),
    "7d": (7 * DAY, 6 * HOUR),
    "30d": (30 * DAY, DAY),
}
LABELS = {"15m": "15 min", "1h": "1 h", "24h": "24 h", "7d": "7 days", "30d": "30 days"}
#: Parts of a span that somebody chose: the first of which there are few enough. From an hour on, whole hours.
PARTS = (MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY)
MOST_PARTS = 60
LONGEST = 400 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From `start` on, up to and without `end`. `is_live`: it ends now, and goes on. `part`: of a histogram."""

    name: str
    start: datetime
    end: datetime
    part: timedelta
    is_live: bool

    @property
    def parts(self) -> list[Span]:
        """Equal parts at whole minutes, hours or days (UTC) that hold all of it."""
        edge, spans = begin_of(self.start, part=self.part), []
        while edge < self.end:
            spans.append(Span(start=edge, end=edge + self.part))
            edge += self.part
        return spans

    @property
    def from_text(self) -> str:
        return as_text(self.start)

    @property
    def to_text(self) -> str:
        return "" if self.is_live else as_text(self.end)

    @property
    def counts_hours(self) -> bool:
        return self.part >= HOUR


def parse(given: Mapping[str, str], *, now: datetime, default: str = "24h") -> Range:
    """`range=7d`, or else `from=` and `to=` (UTC, as `2026-11-12T09:30`). What makes no sense counts as not said."""
    name = given.get("range", "")
    start, end = _moment(given.get("from", "")), _moment(given.get("to", ""))
    if name == CUSTOM and not start:
        start = now.replace(second=0, microsecond=0) - DAY
    if name not in PRESETS and start and (end or now) > start:
        until = min(end or now, start + LONGEST)
        part = next((part for part in PARTS if (until - start) / part <= MOST_PARTS), PARTS[-1])
        return Range(name=CUSTOM, start=start, end=until, part=part, is_live=end is None or end > now)
    name = name if name in PRESETS else default
    length, part = PRESETS[name]
    return Range(name=name, start=now - length, end=now, part=part, is_live=True)


def as_text(moment: datetime) -> str:
    """As the URL and a browser's field for date and time have it: to the minute, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def label(span: Span, *, part: timedelta) -> str:
    """`09:30`; `12 Nov 09:00` where a day has several parts; `12 Nov`."""
    if part >= DAY:
        return span.start.strftime("%-d %b")
    return span.start.strftime("%H:%M" if part <= HOUR else "%-d %b %H:%M")


def in_words(asked: Range) -> str:
    """For the histogram's title."""
    if asked.name != CUSTOM:
        return f"last {LABELS[asked.name]}"
    return f"{asked.start:%-d %b %H:%M} to {asked.end:%-d %b %H:%M} UTC"


def begin_of(moment: datetime, *, part: timedelta) -> datetime:
    """The beginning of the part in which a moment lies."""
    return EPOCH + (moment - EPOCH) // part * part


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if EPOCH.year < moment.year < 9000 else None  # noqa: PLR2004 (beyond lies no arithmetic)
