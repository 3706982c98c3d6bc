"""Long lists, newest first, page by page: each page begins after the last row of the one before, by an index.

Counting, or skipping rows, would read all of them. Where no index knows a filter, so many of the newest rows are looked
through for one page, and the page says how far it looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Min, Model, Q, QuerySet

M = TypeVar("M", bound=Model)

A_PAGE = 30
#: Rows that are looked through for one page, where an index does not lead to them.
WINDOW = 10_000
#: Of these, so many first: what a filter lets through often is found among them, at a tenth of the cost.
FIRST = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a row: its `timestamp`, and its key where two have the same. No key: behind all of that time."""

    at: datetime
    key: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[M]):
    """`next`: where to go on, None at the end. `looked_until`: older rows were not looked at yet; None: all were."""

    rows: list[M]
    next: Place | None
    looked_until: datetime | None

    @property
    def window(self) -> str:
        """How many rows are looked through for it at the most."""
        return f"{WINDOW:,}"


def parse(text: str) -> Place | None:
    """None for what nobody was given."""
    at, _, key = text.partition("_")
    try:
        moment = datetime.fromisoformat(at.replace(" ", "+"))
    except ValueError:
        return None
    return Place(moment, key) if moment.tzinfo else None


def behind(rows: QuerySet[M], place: Place | None) -> QuerySet[M]:
    """The older ones; all of them without a place."""
    if place is None:
        return rows
    if not (key := _key(rows, place)):
        return rows.filter(timestamp__lt=place.at)
    return rows.filter(Q(timestamp__lt=place.at) | Q(pk__lt=key), timestamp__lte=place.at)


def before(rows: QuerySet[M], place: Place) -> QuerySet[M]:
    """The newer ones."""
    if not (key := _key(rows, place)):
        return rows.filter(timestamp__gt=place.at)
    return rows.filter(Q(timestamp__gt=place.at) | Q(pk__gt=key), timestamp__gte=place.at)


def page(rows: QuerySet[M], *, place: Place | None, among: QuerySet[M] | None = None, size: int = A_PAGE) -> Page[M]:
    """One page of `rows`. `among`: unfiltered, where no index knows the filter; else None."""
    rows = behind(rows, place)
    if among is None:
        return _page(_first(rows, count=size + 1), oldest=None, size=size)
    among = behind(among, place)
    found: list[M] = []
    oldest = None
    for most in (min(FIRST, WINDOW), WINDOW):
        rest = rows.filter(timestamp__lt=oldest) if oldest else rows
        oldest = floor(among, most=most)
        found += _first(rest.filter(timestamp__gte=oldest) if oldest else rest, count=size + 1 - len(found))
        if len(found) > size or not oldest:
            break
    return _page(found, oldest=oldest, size=size)


def next_newer(rows: QuerySet[M], *, place: Place, among: QuerySet[M] | None = None) -> M | None:
    """The oldest of the newer ones; `among` as for `page`."""
    rows = before(rows, place)
    if among is not None:
        window = before(among, place).order_by("timestamp").values("timestamp")[:WINDOW]
        rows = rows.filter(timestamp__lte=window.aggregate(newest=Max("timestamp"))["newest"] or place.at)
    return rows.order_by("timestamp", "pk").first()


def place_of(row: Model) -> Place:
    return Place(row.timestamp, str(row.pk))  # type: ignore[attr-defined]


def newest(among: QuerySet[M], *, most: int) -> QuerySet[M]:
    """So many of the newest, give or take those of the same instant."""
    oldest = floor(among, most=most)
    return among.filter(timestamp__gte=oldest) if oldest else among


def floor(among: QuerySet[M], *, most: int) -> datetime | None:
    """The time of the oldest of the `most` newest; None where there are no more than those."""
    window = among.order_by("-timestamp").values("timestamp")[:most]
    found = window.aggregate(oldest=Min("timestamp"), count=Count("timestamp"))
    return found["oldest"] if found["count"] == most else None


def _first(rows: QuerySet[M], *, count: int) -> list[M]:
    return list(rows.order_by("-timestamp", "-pk")[:count])


def _page(found: list[M], *, oldest: datetime | None, size: int) -> Page[M]:
    """`found`: one more than the page has, where there are as many. `oldest`: what is older was not looked at; None:
    everything was."""
    if len(found) > size:
        return Page(rows=found[:size], next=place_of(found[size - 1]), looked_until=None)
    return Page(rows=found, next=Place(oldest, "") if oldest else None, looked_until=oldest)


def _key(rows: QuerySet[M], place: Place) -> object:
    """The key as the database has it; empty for what is none."""
    try:
        return rows.model._meta.pk.to_python(place.key) if place.key else ""
    except ValidationError:
        return ""
