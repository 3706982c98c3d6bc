"""The left pane: lists, filters and rows, as the URL asks for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from bots.desk import filters, finding, lists
from bots.desk.filters import VIEWS, Filter, View
from bots.desk.finding import Cursor, Found
from bots.models import Channel, Label
from dashboard import masking
from dashboard.access import MemberRequest
from dashboard.inbox.directory import Directory
from dashboard.inbox.rows import Row, rows_of

TITLES: dict[View, str] = {
    "open": "Open",
    "waiting": "Waiting",
    "human": "Human",
    "failed": "Failed",
    "all": "All",
}
#: Rows with which something is done at once, at the most.
MOST_SELECTED = 200
#: What an empty list says, and why that is so.
EMPTY: dict[View, tuple[str, str]] = {
    "open": ("No open conversations", "Whoever writes to one of your numbers appears here."),
    "waiting": ("Nobody waits", "Everybody who wrote has been answered."),
    "human": ("None is with a human", "When somebody asks for a human, or you take over, you find it here."),
    "failed": ("Nothing has failed", "Messages that could not be sent or answered would be here."),
    "all": ("No conversations yet", "Whoever writes to one of your numbers appears here."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    view: View
    label: str
    count: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is set, and the query string without it."""

    label: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of the list. `more`: the query string of the next page; empty: there is none."""

    wanted: Filter
    rows: list[Row]
    more: str
    is_cut: bool
    empty: tuple[str, str]
    query: str
    everywhere: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above the list."""

    tabs: list[Tab]
    chips: list[Chip]
    labels: list[Label]
    channels: list[tuple[str, str]]
    members: dict[int, str]
    most_selected: int = MOST_SELECTED


def wanted_of(request: MemberRequest) -> Filter:
    can_see = request.membership.can("reveal_numbers")
    return filters.parse(request.GET, member=request.user.pk, sees_numbers=can_see)


def listing_of(
    request: MemberRequest, *, wanted: Filter, directory: Directory, first: Sequence[Cursor] | None = None
) -> Listing:
    """`first`: the rows with which the list begins, where somebody read them (`live.state_of`)."""
    now = timezone.now()
    after = finding.cursor_from(request.GET.get("cursor", ""))
    if first is not None and after is None:
        found = finding.beginning(wanted, places=first)
    else:
        found = finding.page(wanted, after=after, now=now)
    return _listing(request, wanted=wanted, found=found, directory=directory, now=now)


def selected_of(request: MemberRequest, *, wanted: Filter, chosen: Collection[UUID]) -> Listing:
    """Those of the rows that are selected which the list has."""
    now = timezone.now()
    found = finding.among(wanted, ids=chosen, now=now)
    return _listing(request, wanted=wanted, found=found, directory=Directory(request.tenant), now=now)


def head_of(*, wanted: Filter, directory: Directory) -> Head:
    counts = lists.counts(now=timezone.now())
    channels = [
        (str(one.pk), one.name or masking.masked_number(one.phone or one.address))
        for one in Channel.objects.only("pk", "name", "phone", "address").order_by("created_at")
    ]
    return Head(
        tabs=[
            Tab(
                view=view,
                label=TITLES[view],
                count="" if view == "all" else _capped(counts[view]),
                query=wanted.query(view=view),
                is_current=view == wanted.view,
            )
            for view in VIEWS
        ],
        chips=_chips(wanted, channels=dict(channels), directory=directory),
        labels=directory.labels,
        channels=channels,
        members=directory.who_answers,
    )


def _listing(request: MemberRequest, *, wanted: Filter, found: Found, directory: Directory, now: datetime) -> Listing:
    rows = rows_of(found, wanted=wanted, directory=directory, member_since=request.membership.created_at, now=now)
    return Listing(
        wanted=wanted,
        rows=rows,
        more=wanted.query(cursor=str(found.following)) if found.following else "",
        is_cut=found.is_cut,
        empty=EMPTY[wanted.view],
        query=wanted.query(),
        everywhere=wanted.query(view="all", label=None, assignee="", channel=None),
        now=now,
    )


def _chips(wanted: Filter, *, channels: dict[str, str], directory: Directory) -> list[Chip]:
    chips = []
    if wanted.label:
        name = next((label.name for label in directory.labels if label.pk == wanted.label), "a deleted label")
        chips.append(Chip(label=f"Label: {name}", query=wanted.query(label=None)))
    if wanted.assignee:
        whose = {"me": "mine", "none": "nobody’s"}.get(wanted.assignee)
        name = whose or directory.who_answers.get(wanted.assignee_id or 0, "somebody who left")
        chips.append(Chip(label=f"Assigned: {name}", query=wanted.query(assignee="")))
    if wanted.channel:
        name = channels.get(str(wanted.channel), "unknown")
        chips.append(Chip(label=f"Number: {name}", query=wanted.query(channel=None)))
    return chips


def _capped(count: int) -> str:
    return f"{lists.MOST_COUNTED - 1}+" if count >= lists.MOST_COUNTED else str(count)
