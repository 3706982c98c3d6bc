"""What became of the messages of the last 24 hours, as parts of one bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard import latest
from dashboard.charts.scale import WIDTH
from dashboard.ledger.filters import OUTCOMES, WAITING

#: A part of anything is seen.
NARROWEST = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the bar: where it begins and how wide it is, of `charts.scale.WIDTH`."""

    outcome: str
    name: str
    count: int
    percent: str
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """`since`: there was more in these 24 hours than is counted, and it is counted from then on; else None."""

    shares: list[Share]
    since: datetime | None


def of_the_last_day(*, now: datetime) -> Lately:
    """In the order of `OUTCOMES`, the waiting last; without those of which there are none."""
    counted = latest.count(now=now)
    counts = {outcome or WAITING: count for outcome, count in counted.received.items()}
    return Lately(shares=shares(counts), since=counted.since if counted.is_cut else None)


def shares(counts: dict[str, int]) -> list[Share]:
    """`counts` by outcome; the widths fill the bar."""
    order = [*(name for name in OUTCOMES if name != WAITING), WAITING]
    there = [name for name in order if counts.get(name)]
    total = sum(counts[name] for name in there)
    widths = [max(NARROWEST, WIDTH * counts[name] / total) for name in there]
    scale = WIDTH / sum(widths) if widths else 1
    found, x = [], 0.0
    for name, width in zip(there, widths, strict=True):
        found.append(
            Share(
                outcome=name,
                name=OUTCOMES[name],
                count=counts[name],
                percent=_percent(counts[name], of=total),
                x=round(x, 2),
                width=round(width * scale, 2),
            )
        )
        x += width * scale
    return found


def _percent(count: int, *, of: int) -> str:
    """`37 %`; what is some, but less than one, as `<1 %`; all but some as `>99 %`."""
    percent = round(100 * count / of)
    if percent == 0:
        return "<1 %"
    return ">99 %" if percent == 100 and count < of else f"{percent} %"  # noqa: PLR2004
